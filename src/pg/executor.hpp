// executor.hpp - runs one script, statement by statement, as the current user.
//
// The server's raw parser is the authority; it parses the text once. The surprise: errors keep their SQLSTATE and gain the
// statement as internal query, with the position in it, and a context line that names revision, direction, statement and line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pg/postgres.hpp"

struct Node;

namespace strata::pg {

// What a script is called in context lines and where its text begins.
struct ScriptName {
  std::string text;  // e.g. upgrade of revision 0086 (0086_add_priority.sql)
  int first_line = 1;
};

// Inside the transaction that is open, or as a command of the client, which may end transactions.
enum class Level { inside_transaction, top };

class ScriptRun {
 public:
  ScriptRun(const std::string& utf8, const ScriptName& name);
  ~ScriptRun();
  ScriptRun(const ScriptRun&) = delete;
  ScriptRun& operator=(const ScriptRun&) = delete;

  int size() const { return static_cast<int>(places_.size()); }
  // The statement as the server has parsed it; numbers count from 0.
  const Node* statement(int number) const;
  std::string text(int number) const;  // in the encoding of the server
  int line(int number) const { return places_[number].line; }
  // Returns the number of rows that it has affected.
  std::uint64_t run(int number, Level level);
  // Runs what waits for the end of the transaction (deferred constraints), so that its errors have the context of this statement.
  void run_deferred(int number);

 private:
  struct Place {
    int line;    // where the statement begins, in the file
    int offset;  // the same in bytes of the script
    int length;
  };
  class Context;

  std::string sql_;
  std::string name_;
  int first_line_;
  MemoryContext script_memory_;
  MemoryContext statement_memory_;
  std::vector<Node*> statements_;
  std::vector<Place> places_;
};

}  // namespace strata::pg
