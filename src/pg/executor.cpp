#include "pg/executor.hpp"

#include "pg/boundary.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "access/xact.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
}

namespace strata::pg {
namespace {

// A statement longer than this is not sent back whole with every error.
constexpr int kLongestQuote = 10'000;

// What the error callback looks at. Plain values: it is read while an ereport is under way.
struct Position {
  const char* sql;
  const char* name;
  int statement;  // counts from 1; 0: the script is being parsed
  int line;       // where the statement begins, in the file
  int offset;     // the same in bytes of the script
  int length;
};

int count_lines(const char* text, int length) {
  int lines = 0;
  for (int i = 0; i < length; i++) lines += text[i] == '\n';
  return lines;
}

// Bytes before the character with this number (counting from 1).
int offset_of_character(const char* text, int character) {
  int offset = 0;
  for (int i = 1; i < character && text[offset]; i++) offset += pg_mblen(text + offset);
  return offset;
}

// Position of the error in the script -> in the statement, which the client gets to see as the internal query.
void show_statement(const Position& position, int error_character) {
  if (position.length > kLongestQuote) return;
  const int before = pg_mbstrlen_with_len(position.sql, position.offset);
  internalerrposition(error_character - before);
  internalerrquery(pnstrdup(position.sql + position.offset, position.length));
}

// Called for every message, notices included, so it looks at no more text than it must.
void add_context(void* argument) {
  const auto& position = *static_cast<const Position*>(argument);
  const int error_character = geterrposition();
  int line = position.line;
  if (error_character > 0) {
    errposition(0);  // it would point into the caller's query
    const int error_offset = offset_of_character(position.sql, error_character);
    // Outside of the statement it belongs to a text of the caller's.
    const bool inside = error_offset >= position.offset && error_offset <= position.offset + position.length;
    if (inside) line += count_lines(position.sql + position.offset, error_offset - position.offset);
    if (inside && position.statement > 0) show_statement(position, error_character);
  }
  if (position.statement > 0) errcontext("%s, statement %d, line %d", position.name, position.statement, line);
  else errcontext("%s, line %d", position.name, line);
}

// Where a raw statement begins: behind the white space and comments that the parser leaves in front of it.
void stand_on(Position* position, const RawStmt* statement) {
  const char* sql = position->sql;
  int offset = statement->stmt_location > 0 ? statement->stmt_location : 0;
  int end = statement->stmt_len > 0 ? offset + statement->stmt_len : static_cast<int>(strlen(sql));
  for (int depth = 0; offset < end;) {
    const char c = sql[offset], next = sql[offset + 1];
    if (c == '/' && next == '*') depth++, offset += 2;
    else if (depth > 0 && c == '*' && next == '/') depth--, offset += 2;
    else if (depth > 0 || isspace(static_cast<unsigned char>(c))) offset++;
    else if (c == '-' && next == '-') while (offset < end && sql[offset] != '\n') offset++;
    else break;
  }
  position->statement++;
  position->line += count_lines(sql + position->offset, offset - position->offset);
  position->offset = offset;
  position->length = end - offset;
}

void run_plan(PlannedStmt* plan, const char* sql) {
  DestReceiver* nowhere = None_Receiver;
  if (plan->utilityStmt) {
    ProcessUtility(plan, sql, false, PROCESS_UTILITY_QUERY, nullptr, nullptr, nowhere, nullptr);
    return;
  }
  QueryDesc* query = CreateQueryDesc(plan, sql, GetActiveSnapshot(), nullptr, nowhere, nullptr, nullptr, 0);
  ExecutorStart(query, 0);
  ExecutorRun(query, ForwardScanDirection, 0, true);
  ExecutorFinish(query);
  ExecutorEnd(query);
  FreeQueryDesc(query);
}

// One parsed statement: analyze, plan, run. Rules may make several plans of it, or none.
void run_statement(RawStmt* statement, const char* sql) {
  CHECK_FOR_INTERRUPTS();
  PushActiveSnapshot(GetTransactionSnapshot());
  List* queries = pg_analyze_and_rewrite_fixedparams(statement, sql, nullptr, 0, nullptr);
  List* plans = pg_plan_queries(queries, sql, CURSOR_OPT_PARALLEL_OK, nullptr);
  ListCell* cell;
  foreach (cell, plans) {
    CommandCounterIncrement();
    UpdateActiveSnapshotCommandId();
    run_plan(lfirst_node(PlannedStmt, cell), sql);
  }
  PopActiveSnapshot();
  CommandCounterIncrement();
}

// The callback's argument lives on the stack, so it has to go however the scope is left.
class ErrorContext {
 public:
  explicit ErrorContext(Position* position) : callback_{error_context_stack, add_context, position} { error_context_stack = &callback_; }
  ~ErrorContext() { error_context_stack = callback_.previous; }
  ErrorContext(const ErrorContext&) = delete;
  ErrorContext& operator=(const ErrorContext&) = delete;

 private:
  ErrorContextCallback callback_;
};

// A load refuses both; here they would end the caller's transaction or take over the client's connection.
void refuse_foreign_control(const RawStmt* statement, const std::string& name) {
  const bool talks_to_client = IsA(statement->stmt, CopyStmt) && !reinterpret_cast<const CopyStmt*>(statement->stmt)->filename;
  if (!talks_to_client && !IsA(statement->stmt, TransactionStmt)) return;
  throw Error(sqlstate::malformed_file, fmt::format("{} holds {}", name, talks_to_client ? "COPY from or to the client" : "transaction control"))
      .with_hint("Remove it from the script and load the revision again.");
}

struct Memory {
  MemoryContext script;
  MemoryContext statement;
};

Memory create_memory() {
  MemoryContext script = AllocSetContextCreate(CurrentMemoryContext, "pg_strata script", ALLOCSET_DEFAULT_SIZES);
  return {script, AllocSetContextCreate(script, "pg_strata statement", ALLOCSET_DEFAULT_SIZES)};
}

}  // namespace

int execute_script(const std::string& utf8, const ScriptName& name, const std::function<void()>& after_statement) {
  const std::string sql = to_server(utf8), label = to_server_lossy(name.text);
  Position position{sql.c_str(), label.c_str(), 0, name.first_line, 0, static_cast<int>(sql.size())};
  const ErrorContext context(&position);

  const Memory memory = call(create_memory);
  MemoryContext caller = MemoryContextSwitchTo(memory.script);
  List* statements = call(pg_parse_query, sql.c_str());
  ListCell* cell;
  foreach (cell, statements) {
    auto* statement = lfirst_node(RawStmt, cell);
    refuse_foreign_control(statement, name.text);
    stand_on(&position, statement);
    MemoryContextSwitchTo(memory.statement);
    call(run_statement, statement, sql.c_str());
    MemoryContextSwitchTo(memory.script);
    call(MemoryContextReset, memory.statement);
    after_statement();
  }
  MemoryContextSwitchTo(caller);
  call(MemoryContextDelete, memory.script);
  return position.statement;
}

}  // namespace strata::pg
