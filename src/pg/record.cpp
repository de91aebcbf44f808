#include "pg/record.hpp"

#include "core/health.hpp"
#include "core/text.hpp"
#include "parse/script.hpp"
#include "pg/author.hpp"
#include "pg/client_statement.hpp"
#include "pg/guard.hpp"
#include "pg/job.hpp"
#include "pg/journal.hpp"
#include "pg/lock.hpp"
#include "pg/record_downgrade.hpp"
#include "pg/recorded_settings.hpp"
#include "pg/runner.hpp"
#include "pg/stamp.hpp"

extern "C" {
#include "access/xact.h"
#include "parser/parser.h"
#include "utils/timestamp.h"
}

namespace strata::pg {
namespace {

Recording recording;
Oid start_function = InvalidOid;
// As the recording began.
std::optional<schema::Model> schema_before;
Texts rows_before;

void drop_schema_when_over() {
  if (!recording.is_on() && !recording.is_pending()) schema_before.reset();
}

Datum refuse_prepared(FunctionCallInfo) {
  throw Error(SqlState{"0A000"}, "cannot PREPARE a transaction with recorded DDL")
      .with_hint("COMMIT it; nobody knows yet how a prepared transaction will end.");
}

void end_transaction(XactEvent event, void*) {
  if (event == XACT_EVENT_PRE_PREPARE && recording.is_pending()) (void)entry(nullptr, refuse_prepared);
  if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE) recording.commit();
  else if (event == XACT_EVENT_ABORT) recording.abort();
  else return;
  drop_schema_when_over();
}

void end_subtransaction(SubXactEvent event, SubTransactionId level, SubTransactionId parent, void*) {
  if (event == SUBXACT_EVENT_COMMIT_SUB) recording.commit(level, parent);
  else if (event == SUBXACT_EVENT_ABORT_SUB) recording.abort(level);
}

void follow_transactions() {
  static bool follows = false;
  if (follows) return;
  RegisterXactCallback(end_transaction, nullptr);
  RegisterSubXactCallback(end_subtransaction, nullptr);
  follows = true;
}

// Where it begins and ends: with everything applied, and one head to put a revision on (MG003).
Texts parents(const Graph& known, const Texts& rows) {
  require_up_to_date(known, rows);
  return parents_at(known, "head", Branching::refuse, locate(known, rows));
}

constexpr const char* kEventTriggers = R"(
SELECT t.evtname FROM pg_catalog.pg_event_trigger t WHERE t.evtname IN ('migrate_guard', 'migrate_guard_drop', 'migrate_guard_start')
  AND t.evtenabled OPERATOR(pg_catalog.=) 'A')";

void require_event_triggers() {
  if (query_as_caller(kEventTriggers, {}).size() == 3) return;
  throw Error(sqlstate::wrong_state, "an event trigger of pg_strata is disabled or missing")
      .with_detail("DDL is seen by migrate_guard, migrate_guard_start and migrate_guard_drop.")
      .with_hint("ALTER EVENT TRIGGER ... ENABLE ALWAYS.");
}

// What a load would refuse is refused while the statement can still be written in another way.
void require_loadable(const std::string& sql) {
  const auto unfit = [](const std::string& why, const std::string& hint) {
    return Error(sqlstate::wrong_state, fmt::format("this statement cannot be recorded: {}", why))
        .with_hint(hint.empty() ? "Write it in another way, or put it into a revision of its own with migrate_revision." : hint);
  };
  if (is_prepared_statement()) throw unfit("only this session has prepared it", "Run the statement itself, without EXECUTE.");
  if (!standard_conforming_strings && sql.find('\\') != std::string::npos)
    throw unfit("it has a backslash, and standard_conforming_strings is off", "SET standard_conforming_strings = on.");
  const PreparedScript prepared = prepare(sql, check_for_interrupts);
  if (!prepared.faults.empty()) throw unfit(prepared.faults.front().message, prepared.faults.front().hint);
  Revision revision;
  revision.lineage.id = "recorded";
  revision.upgrade.sql = tidy_script(sql);
  check_printable(revision);
}

// Comments in front of it may belong to anything.
std::string from_first_token(const std::string& sql) {
  const PreparedScript prepared = prepare(sql, check_for_interrupts);
  if (prepared.statements.size() != 1) return sql;
  return prepared.sql.substr(prepared.statements[0].offset, prepared.statements[0].length);
}

std::optional<Script> downgrade(const Texts& rows, const std::string& upgrade) {
  if (rows != rows_before) {
    say(WARNING, "the recorded revision is irreversible: other revisions were applied meanwhile",
        {"", "Write its downgrade by hand and load it; an applied revision may get one."});
    return std::nullopt;
  }
  if (!schema_before) return std::nullopt;
  const auto sql = recorded_downgrade(*schema_before, read_managed_schema(), upgrade);
  return sql ? std::optional(Script{tidy_script(*sql)}) : std::nullopt;
}

std::optional<Revision> recorded_revision(const std::string& message, const Graph& known, const Texts& rows, Snapshot latest) {
  require_nothing_half_applied(latest);
  if (recording.is_empty()) return std::nullopt;
  Revision revision;
  revision.lineage.down_revision = parents(known, rows);
  revision.message = message;
  revision.upgrade.sql = tidy_script(recording.script());
  revision.downgrade = downgrade(rows, revision.upgrade.sql);
  return revision;
}

}  // namespace

bool is_recording() { return recording.is_on(); }
bool may_record() { return may_execute(start_function); }

void start_recording(Oid function) {
  require_may_migrate();
  if (recording.is_on() || recording.is_stopped())
    throw Error(sqlstate::wrong_state, recording.is_on() ? "this session is recording already" : "the recording was stopped in this transaction")
        .with_hint(recording.is_on() ? "SELECT migrate_record_stop('message') makes a revision of it." : "COMMIT first.");
  require_event_triggers();
  with_latest_snapshot([&](Snapshot latest) {
    require_nothing_half_applied(latest);
    rows_before = version_rows(latest);
    (void)parents(*graph(latest), rows_before);
  });
  schema_before = read_managed_schema();
  start_function = function;
  call(follow_transactions);
  recording.start(GetCurrentSubTransactionId(), usual_settings());
}

void record_statement() {
  const StatementId id = client_statement_id();
  if (recording.has(id)) return;
  const std::string sql = client_statement();
  require_loadable(sql);
  recording.add(id, GetCurrentSubTransactionId(), from_first_token(sql), present_settings());
}

std::optional<std::string> stop_recording(const std::string& message, const std::optional<std::string>& rev_id) {
  if (!recording.is_on())
    throw Error(sqlstate::wrong_state, "this session is not recording").with_hint("SELECT migrate_record_start() begins; a recording ends with its session.");
  const auto id = write_revision(rev_id, [&](const Graph& known, const Texts& rows, Snapshot latest) { return recorded_revision(message, known, rows, latest); });
  if (id) count_as_applied(*id);  // it has run here
  if (!id) say(INFO, "nothing was recorded");
  recording.stop(GetCurrentSubTransactionId());
  return id;
}

}  // namespace strata::pg
