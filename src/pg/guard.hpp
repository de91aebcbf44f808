// guard.hpp - DDL outside of migrations: logged, warned about or refused (migrate.guard), or recorded (record.hpp).
//
// Event triggers of the extension call here before a DDL command, after it has dropped something, and at its end. What the parse tree tells
// is refused before it begins, so that no big table is locked or read in vain. The surprise: each of the three is called for every DDL of
// every session, guard or not, so it must cost nothing when the guard is off.
#pragma once

#include "pg/postgres.hpp"

struct Node;

namespace strata::pg {

enum class DdlEvent { start, drop, end };

struct DdlCommand {
  DdlEvent event;
  const Node* parsetree;
  const char* tag;  // CREATE TABLE
};

// Raises MG007 for what the guard refuses.
void watch_ddl(const DdlCommand& command);

// While it lives, this session's DDL is nobody's business: what is done in a hidden world, and rolled back.
// The scripts of migrations need none, Running is enough.
class Unguarded {
 public:
  Unguarded();
  ~Unguarded();
  Unguarded(const Unguarded&) = delete;
  Unguarded& operator=(const Unguarded&) = delete;
};

// From now on the session runs a printed script: its DDL passes as long as the role may execute this function (migrate.expect).
void pass_printed_script(Oid function);

// May the user of the session, or who he is now, execute it?
bool may_execute(Oid function);

}  // namespace strata::pg
