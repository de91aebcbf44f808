// desired.hpp - DDL that builds the desired schema, run in a hidden world.
//
// It is taken as it stands (a dump, the DDL of an ORM) and runs as the caller, as the script of a revision does. The surprise: what
// the world cannot do twice is not done: CREATE SCHEMA and CREATE EXTENSION of what is there already, and what ends or outlives a
// transaction (CONCURRENTLY, subscriptions).
#pragma once

#include "parse/script.hpp"
#include "pg/executor.hpp"
#include "pg/hidden_world.hpp"

namespace strata::pg {

// That the DDL wants an extension, and what it says of it.
struct ExtensionMention {
  std::string name;
  std::optional<std::string> schema;
  std::optional<std::string> version;
};

// What the DDL speaks of. The insides of DO blocks and functions are not looked at.
struct Desired {
  std::vector<std::string> schemas_created;  // real names, not quoted
  std::vector<ExtensionMention> extensions;
  bool mentions_owner = false;
  bool mentions_privileges = false;
  bool mentions_comment = false;
  bool mentions_publication = false;
  bool mentions_event_trigger = false;
  bool mentions_server = false;
};

class DesiredDdl {
 public:
  // Raises all that is wrong with the text; `name` is for the context of errors.
  explicit DesiredDdl(const std::string& utf8, const std::string& name = "desired DDL");
  const Desired& says() const { return desired_; }
  int statements() const { return script_.size(); }
  // Once in each world.
  void run(World& world) const;

 private:
  std::string name_;
  mutable ScriptRun script_;
  Desired desired_;
};

// DDL of our own; `what` is for the context of errors.
void run_statements(World& world, const std::vector<std::string>& statements, const std::string& what);

}  // namespace strata::pg
