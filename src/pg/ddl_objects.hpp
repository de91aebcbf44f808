// ddl_objects.hpp - what a DDL command touches, as event triggers can know it, and whether that is in a managed schema.
//
// Before a command only its parse tree tells, and only what it names: what it makes or takes with it is known at its end. The surprise:
// some things are known only before (what is moved to another schema, what is granted), others only after, so both are asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pg/postgres.hpp"

struct Node;

namespace strata::pg {

// migrate.managed_schemas, as far as the user cannot have set it: what a session sets for itself must not get around a policy.
class ManagedSchemas {
 public:
  ManagedSchemas();
  bool has(const std::string& schema) const;

 private:
  std::vector<std::string> names_;
  bool all_ = false;
};

struct Touched {
  std::string title;                  // table public.t
  std::optional<std::string> schema;  // none: it belongs to the whole database

  bool is_temporary() const { return schema && schema->starts_with("pg_temp"); }
};

// Before the command: the objects that it names, as far as they are there.
std::vector<Touched> named_by(const Node* parsetree);
// For event sql_drop, for event ddl_command_end.
std::vector<Touched> dropped_objects();
std::vector<Touched> changed_objects();

// One that is managed, if any: rather one of this kind ("table"), else the first. What belongs to the whole database is managed.
const Touched* find_managed(const std::vector<Touched>& objects, const std::string& kind);

// CREATE, ALTER and DROP EXTENSION pg_strata.
bool is_about_pg_strata(const Node* parsetree);

}  // namespace strata::pg
