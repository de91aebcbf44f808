// executor.hpp - runs one script, statement by statement, in the current transaction and as the current user.
//
// The server's raw parser is the authority; it parses the text once. The surprise: errors keep their SQLSTATE and gain the
// statement as internal query, with the position in it, and a context line that names revision, direction, statement and line.
#pragma once

#include <functional>
#include <string>

namespace strata::pg {

// What a script is called in context lines and where its text begins.
struct ScriptName {
  std::string text;  // e.g. upgrade of revision 0086 (0086_add_priority.sql)
  int first_line = 1;
};

// `after_statement` runs after each statement. Returns the number of statements.
int execute_script(const std::string& sql, const ScriptName& name, const std::function<void()>& after_statement);

}  // namespace strata::pg
