// hidden_world.hpp - the database with its managed schemas empty, for as long as a function runs.
//
// In a subtransaction the schemas get other names, and what is to be compared is built under the real ones; then everything is
// rolled back. The surprise: it takes no lock on anything that is there. Only rows of the catalogs are written, so other sessions
// read, write, create and alter as before; who wants to change the same rows (GRANT ON SCHEMA, ALTER PUBLICATION) waits.
#pragma once

#include <unordered_set>

#include "pg/address.hpp"

extern "C" {
#include "access/transam.h"
}

namespace strata::pg {

struct WorldScope {
  std::vector<std::string> schemas;     // to be hidden: real names, not quoted; those that are not there are passed over
  std::vector<std::string> precreated;  // those of them that are there, empty, when the body begins; public always is
  // Foreign servers, wrappers and user mappings: visible where nothing builds them anew but something may need them.
  enum class Servers { hidden, visible };
  Servers servers = Servers::hidden;
};

class World {
 public:
  // What belongs to the whole database and is older than the world: extensions, publications, servers, casts ...
  std::vector<Address> before;
  // Schemas that nothing in the world has created; CREATE SCHEMA takes them over.
  std::vector<std::string> precreated;
  // How long a statement in here may wait for a lock, in milliseconds.
  int lock_timeout = 0;

  bool is_older(const Address& address) const;
  // To be called after each statement: new enum values become usable, and locks that nobody else can want are given back, so
  // that thousands of new tables fit into the lock table.
  void settle();
  // At its end: the lock on a sequence that was touched would stay until the end of the caller's transaction.
  void give_locks_back();

  // What is made in here has this number or a higher one.
  Oid first_oid() const { return first_oid_; }

 private:
  friend class WorldMaker;
  SubTransactionId level_ = InvalidSubTransactionId;
  Oid first_oid_ = InvalidOid;
  int unsettled_ = 0;
  std::unordered_set<Oid> locked_;  // relations of which a standby knows an exclusive lock
  std::int64_t most_locked_ = 0;    // 0: there is no standby
};

// Calls body in a subtransaction and rolls it back: the locks that it took are given back, too. What prints the definitions of live
// tables keeps a lock on each, which would stop ALTER TABLE of others for as long as the comparison runs.
void in_passing(const std::function<void()>& body);

// May the caller have such a world of these schemas? Why not, otherwise.
std::optional<std::string> reason_against_world(const std::vector<std::string>& schemas);

// Calls body in there, as the caller; then nothing of it has happened. Raises 42501 before anything is done when the caller does
// not own the schemas or may not create any, 25006 in a read-only transaction, and what body raises. Not to be nested (55000).
void in_hidden_world(const WorldScope& scope, const std::function<void(World&)>& body);

}  // namespace strata::pg
