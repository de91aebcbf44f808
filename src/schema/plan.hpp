// plan.hpp - from one schema to another: the statements, in an order in which they can run.
//
// Values in, values out; the reverse of a migration is the migration with the models exchanged. The surprise: what depends on a thing that
// must be made anew is made anew, too, with all that was said of it, so one changed column type can name a dozen views.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schema/statement.hpp"
#include "schema/types.hpp"

namespace strata::schema {

enum class Building { plain, concurrently };  // of indexes on tables that are there already
enum class Validation { at_once, afterwards };  // of foreign keys and checks on such tables

// Name of an extension, version before, version after.
using ExtensionUpdates = std::set<std::array<std::string, 3>>;

struct PlanOptions {
  std::string role;  // who runs it, quoted
  Casts casts;
  Building building = Building::plain;
  Validation validation = Validation::at_once;
  ExtensionUpdates updates = {};  // that the server knows (pg_extension_update_paths)
  bool in_one_transaction = false;  // an enum value that is used at once comes with a new type instead of ADD VALUE; with Building::plain there is no barrier then
};

struct Migration {
  Statements statements;
  std::optional<std::string> barrier;  // why it cannot run inside a transaction
  std::vector<std::string> impossible;  // what PostgreSQL cannot do at all; the statements say it nevertheless
};

Migration plan_migration(const Model& from, const Model& to, const PlanOptions& options);

}  // namespace strata::schema
