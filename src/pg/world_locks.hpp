// world_locks.hpp - gives locks back before the transaction ends, in a hidden world alone.
//
// A new relation is seen by nobody else, so nobody else can want its lock; a transaction keeps it all the same, and five thousand new tables
// with their indexes do not fit into the lock table. The surprise: a standby learns of each exclusive lock and keeps it until the world
// ends, so where one follows the number is bounded.
#pragma once

#include "pg/postgres.hpp"

namespace strata::pg {

struct NewThings {
  SubTransactionId level;  // relations made in this subtransaction or below
  Oid first_oid;           // other objects from this number on
};

// Returns the relations among them whose lock was exclusive.
std::vector<Oid> release_locks_on(const NewThings& things);

// How many locks a standby with the settings of this server is sure to have room for.
std::int64_t room_for_locks();

}  // namespace strata::pg
