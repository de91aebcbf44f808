#include "pg/executor.hpp"

#include "pg/boundary.hpp"
#include "pg/encoding.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
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
int first_token(const char* sql, int offset, int end) {
  for (int depth = 0; offset < end;) {
    const char c = sql[offset], next = sql[offset + 1];
    if (c == '/' && next == '*') depth++, offset += 2;
    else if (depth > 0 && c == '*' && next == '/') depth--, offset += 2;
    else if (depth > 0 || isspace(static_cast<unsigned char>(c))) offset++;
    else if (c == '-' && next == '-') while (offset < end && sql[offset] != '\n') offset++;
    else break;
  }
  return offset;
}

std::uint64_t run_plan(PlannedStmt* plan, const char* sql) {
  DestReceiver* nowhere = None_Receiver;
  if (plan->utilityStmt) {
    ProcessUtility(plan, sql, false, PROCESS_UTILITY_QUERY, nullptr, nullptr, nowhere, nullptr);
    return 0;
  }
  QueryDesc* query = CreateQueryDesc(plan, sql, GetActiveSnapshot(), nullptr, nowhere, nullptr, nullptr, 0);
  ExecutorStart(query, 0);
  ExecutorRun(query, ForwardScanDirection, 0, true);
  ExecutorFinish(query);
  const std::uint64_t rows = plan->canSetTag ? query->estate->es_processed : 0;
  ExecutorEnd(query);
  FreeQueryDesc(query);
  return rows;
}

// One parsed statement: analyze, plan, run. Rules may make several plans of it, or none.
std::uint64_t run_inside(RawStmt* statement, const char* sql) {
  CHECK_FOR_INTERRUPTS();
  PushActiveSnapshot(GetTransactionSnapshot());
  List* queries = pg_analyze_and_rewrite_fixedparams(statement, sql, nullptr, 0, nullptr);
  List* plans = pg_plan_queries(queries, sql, CURSOR_OPT_PARALLEL_OK, nullptr);
  std::uint64_t rows = 0;
  ListCell* cell;
  foreach (cell, plans) {
    CommandCounterIncrement();
    UpdateActiveSnapshotCommandId();
    rows += run_plan(lfirst_node(PlannedStmt, cell), sql);
  }
  PopActiveSnapshot();
  CommandCounterIncrement();
  return rows;
}

// A utility statement as the client would send it by itself. It may end the transaction, and does away with our snapshot then.
std::uint64_t run_at_top(RawStmt* statement, const char* sql) {
  CHECK_FOR_INTERRUPTS();
  List* queries = pg_analyze_and_rewrite_fixedparams(statement, sql, nullptr, 0, nullptr);
  List* plans = pg_plan_queries(queries, sql, CURSOR_OPT_PARALLEL_OK, nullptr);
  EnsurePortalSnapshotExists();
  ProcessUtility(linitial_node(PlannedStmt, plans), sql, false, PROCESS_UTILITY_TOPLEVEL, nullptr, nullptr, None_Receiver, nullptr);
  return 0;
}

void run_deferred_now() {
  auto* everything = makeNode(ConstraintsSetStmt);
  AfterTriggerSetState(everything);
}

// A load refuses both; here they would end the caller's transaction or take over the client's connection.
void refuse_foreign_control(const Node* statement, const std::string& name) {
  const bool talks_to_client = IsA(statement, CopyStmt) && !reinterpret_cast<const CopyStmt*>(statement)->filename;
  if (!talks_to_client && !IsA(statement, TransactionStmt)) return;
  throw Error(sqlstate::malformed_file, fmt::format("{} holds {}", name, talks_to_client ? "COPY from or to the client" : "transaction control"))
      .with_hint("Remove it from the script and load the revision again.");
}

MemoryContext create_script_memory(MemoryContext parent) { return AllocSetContextCreate(parent, "pg_strata script", ALLOCSET_DEFAULT_SIZES); }
MemoryContext create_statement_memory(MemoryContext parent) { return AllocSetContextCreate(parent, "pg_strata statement", ALLOCSET_DEFAULT_SIZES); }

// Switches to a memory for its life, and then to `after`.
class In {
 public:
  In(MemoryContext memory, MemoryContext after) : after_(after) { MemoryContextSwitchTo(memory); }
  ~In() { MemoryContextSwitchTo(after_); }
  void then(MemoryContext after) { after_ = after; }
  In(const In&) = delete;
  In& operator=(const In&) = delete;

 private:
  MemoryContext after_;
};

RawStmt* raw(Node* statement) { return reinterpret_cast<RawStmt*>(statement); }

}  // namespace

// Adds the context line to errors, notices included, for its life. Its argument lives on the stack, so it has to go however the scope is left.
class ScriptRun::Context {
 public:
  Context(const ScriptRun& run, int number)
      : position_{run.sql_.c_str(), run.name_.c_str(), number + 1, run.first_line_, 0, static_cast<int>(run.sql_.size())},
        callback_{error_context_stack, add_context, &position_} {
    if (number >= 0) {
      const Place& place = run.places_[number];
      position_.line = place.line, position_.offset = place.offset, position_.length = place.length;
    }
    error_context_stack = &callback_;
  }
  ~Context() { error_context_stack = callback_.previous; }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

 private:
  Position position_;
  ErrorContextCallback callback_;
};

ScriptRun::ScriptRun(const std::string& utf8, const ScriptName& name)
    : sql_(to_server(utf8)), name_(to_server_lossy(name.text)), first_line_(name.first_line),
      script_memory_(call(create_script_memory, lasting_memory())),
      statement_memory_(call(create_statement_memory, script_memory_)) {
  const Context context(*this, -1);
  const In memory(script_memory_, CurrentMemoryContext);
  List* parsed = call(pg_parse_query, sql_.c_str());
  Place place{first_line_, 0, 0};
  ListCell* cell;
  foreach (cell, parsed) {
    RawStmt* statement = lfirst_node(RawStmt, cell);
    refuse_foreign_control(statement->stmt, name.text);
    const int start = statement->stmt_location > 0 ? statement->stmt_location : 0;
    const int end = statement->stmt_len > 0 ? start + statement->stmt_len : static_cast<int>(sql_.size());
    const int offset = first_token(sql_.c_str(), start, end);
    place.line += count_lines(sql_.c_str() + place.offset, offset - place.offset);
    place.offset = offset;
    place.length = end - offset;
    statements_.push_back(reinterpret_cast<Node*>(statement));
    places_.push_back(place);
  }
}

ScriptRun::~ScriptRun() { MemoryContextDelete(script_memory_); }

const Node* ScriptRun::statement(int number) const { return raw(statements_[number])->stmt; }

std::string ScriptRun::text(int number) const { return sql_.substr(places_[number].offset, places_[number].length); }

std::uint64_t ScriptRun::run(int number, Level level) {
  const Context context(*this, number);
  // A command that commits takes the memory of the transaction away.
  In memory(statement_memory_, level == Level::top ? lasting_memory() : CurrentMemoryContext);
  // Running may scribble on what the parser made, and a statement may run again.
  auto* statement = static_cast<RawStmt*>(call(copyObjectImpl, static_cast<const void*>(statements_[number])));
  const std::uint64_t rows = call(level == Level::top ? run_at_top : run_inside, statement, sql_.c_str());
  call(MemoryContextReset, statement_memory_);
  if (level == Level::top) memory.then(CurTransactionContext);
  return rows;
}

void ScriptRun::run_deferred(int number) {
  const Context context(*this, number);
  call(run_deferred_now);
}

}  // namespace strata::pg
