// statement.hpp - one statement of a generated migration, with what a DBA asks before running it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/model.hpp"

namespace strata::schema {

enum class Operation : std::uint8_t { create, alter, rename, drop };
std::string_view name_of(Operation operation);

// The strongest lock that it takes on a table that is there already (documentation of PostgreSQL, "Explicit Locking").
enum class LockLevel : std::uint8_t { none, share_update_exclusive, share, share_row_exclusive, access_exclusive };
std::string_view name_of(LockLevel level);

struct Statement {
  Operation operation = Operation::create;
  Key object;
  std::string sql;   // without `;`
  std::string lost;  // what of the data is gone afterwards; empty: nothing
  LockLevel lock = LockLevel::none;
  bool rewrites_table = false;
  bool outside_transaction = false;  // CREATE INDEX CONCURRENTLY and the like
  std::string advice = {};           // a comment above it in the script
};

using Statements = std::vector<Statement>;

}  // namespace strata::schema
