#include "pg/runner.hpp"

#include "core/offline.hpp"
#include "core/text.hpp"
#include "parse/enum_use.hpp"
#include "pg/command_kind.hpp"
#include "pg/lock.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
}

namespace strata::pg {
namespace {

void require_fresh(Snapshot latest) {
  if (!IsolationUsesXactSnapshot()) return;
  const Snapshot own = call(GetTransactionSnapshot);
  if (version_rows(own) == version_rows(latest) && generation(own) == generation(latest)) return;
  throw Error(sqlstate::serialization_failure, "could not serialize access due to a concurrent migration")
      .with_hint("The transaction might succeed if retried.");
}

Error not_in_transaction(const Job& job, const std::string& reason) {
  return Error(sqlstate::not_in_transaction,
               fmt::format("the {} of revision {} cannot run in a transaction", name_of(job.step.operation), job.title()))
      .with_detail(fmt::format("{}. Nothing has run.", reason))
      .with_hint(job.step.operation == Operation::upgrade
                     ? "CALL migrate_deploy(...) runs such revisions one by one; migrate_upgrade can go to the revision before it."
                     : "Run its statements by hand and set the version with migrate_stamp.");
}

// Everything that can be told beforehand is told before the first script runs.
void require_transactional(const std::vector<Job>& jobs) {
  EnumValueWatch watch;
  for (const Job& job : jobs) {
    if (!job.script()) continue;
    const StoredScript& stored = *job.script();
    if (stored.barrier) throw not_in_transaction(job, *stored.barrier);
    if (!watch.concerns(stored.script.sql)) continue;
    const PreparedScript prepared = prepare(stored.script.sql, check_for_interrupts);
    if (const auto use = watch.next(prepared); use)
      throw not_in_transaction(job, fmt::format("enum value {} of type {} is added by an earlier revision and used in statement {}, line {}",
                                                quoted(use->value.label), use->value.type, use->statement + 1,
                                                prepared.statements[use->statement].line + stored.script.line - 1));
    check_for_interrupts();
  }
}

// One step; returns how long it took, in microseconds.
std::int64_t run(const Graph& graph, const Job& job, TimestampTz start) {
  say(INFO, announcement(graph, job.step, job.revision.message));
  if (job.script()) {
    announce_revision(job.id);
    run_script(job, {[](ScriptRun& script, int number) { return script.run(number, Level::inside_transaction); }, std::nullopt});
    withdraw_revision(job.id);
  }
  return GetCurrentTimestamp() - start;
}

}  // namespace

void with_migration(const std::function<void(Snapshot)>& body) {
  take_migration_lock();
  with_latest_snapshot([&](Snapshot latest) {
    require_fresh(latest);
    body(latest);
  });
}

CatalogWatch::CatalogWatch(std::string culprit) : culprit_(std::move(culprit)), tables_(catalog()) {
  with_latest_snapshot([&](Snapshot latest) { generation_ = generation(latest), rows_ = version_rows(latest); });
}

void CatalogWatch::check_tables() const { require_intact(tables_, culprit_); }

void CatalogWatch::check_rows() const {
  bool same = false;
  with_latest_snapshot([&](Snapshot latest) { same = generation(latest) == generation_ && version_rows(latest) == rows_; });
  if (same) return;
  throw Error(sqlstate::wrong_state, fmt::format("{} writes the catalog of pg_strata", culprit_))
      .with_hint("Revisions are changed by migrate_load, version rows by migrate_stamp, outside of scripts.");
}

ScriptName name_of_script(const Job& job) {
  return {fmt::format("{} of revision {}", name_of(job.step.operation), job.title()), job.script()->script.line};
}

const char* advice_on(const ErrorData& report) {
  const bool wants_commit = report.sqlerrcode == ERRCODE_ACTIVE_SQL_TRANSACTION || report.sqlerrcode == ERRCODE_INVALID_TRANSACTION_TERMINATION;
  return wants_commit ? "Write transaction:false behind its section marker: CALL migrate_deploy(...) then runs the statements outside of a transaction."
                      : nullptr;
}

std::vector<std::optional<Repeat>> repeats_of(const std::string& sql) {
  if (sql.find("migrate:repeat") == std::string::npos) return {};
  std::vector<std::optional<Repeat>> repeats;
  for (const Statement& statement : prepare(sql, check_for_interrupts).statements) repeats.push_back(statement.repeat);
  return repeats;
}

void require_within_limit(const Repeat& repeat, std::uint64_t rows, const std::string& statement) {
  if (!repeat.max_rows || rows <= static_cast<std::uint64_t>(*repeat.max_rows)) return;
  throw Error(sqlstate::program_limit_exceeded, fmt::format("{} has affected {} rows, more than max_rows={}", statement, rows, *repeat.max_rows))
      .with_hint("It repeats until it finds no row: its WHERE must leave out the rows that it has done.")
      .with_context(statement);
}

void run_script(const Job& job, const ScriptWay& way) {
  const std::string& sql = job.script()->script.sql;
  const ScriptName name = name_of_script(job);
  const CatalogWatch watch("the " + name.text);
  const std::vector<std::optional<Repeat>> repeats = repeats_of(sql);
  const int level = begin_revision_settings(way.lock_timeout);
  with_advice([&] {
    ScriptRun script(sql, name);
    for (int i = 0; i < script.size(); i++) {
      const std::optional<Repeat> repeat = i < static_cast<int>(repeats.size()) ? repeats[i] : std::nullopt;
      std::uint64_t rows = way.run_statement(script, i), all = rows;
      while (repeat && rows > 0) {
        require_within_limit(*repeat, all, fmt::format("statement {} of the {}", i + 1, name.text));
        rows = way.run_statement(script, i);
        all += rows;
      }
      if (resets_settings(script.statement(i))) renew_revision_settings(way.lock_timeout);
      watch.check_tables();
    }
    if (way.deferred == ScriptWay::Deferred::at_end && script.size() > 0) script.run_deferred(script.size() - 1);
  }, advice_on);
  end_revision_settings(level);
  watch.check_rows();
}

std::vector<DoneStep> carry_out(const Graph& graph, Plan plan, const Texts& rows, Snapshot snapshot) {
  const Texts target = ids_of(graph, plan.heads);
  // A purge to base takes rows away that the plan was not told of.
  if (plan.steps.empty() && target != rows) plan.steps.push_back({Operation::stamp, std::nullopt, plan.heads});
  std::vector<Job> jobs = jobs_of(graph, plan, snapshot);
  require_transactional(jobs);

  std::vector<DoneStep> done;
  std::vector<LogEntry> log;
  Texts heads = rows;
  {
    const Running running;
    for (Job& job : jobs) {
      const TimestampTz start = GetCurrentTimestamp();
      const std::int64_t duration = run(graph, job, start);
      Texts after = ids_of(graph, job.step.heads);
      log.push_back({job.step.operation, job.id.empty() ? std::nullopt : std::optional(job.id), std::move(heads), after, start, duration,
                     job.script() ? std::optional(job.script()->checksum) : std::nullopt, std::nullopt});
      heads = std::move(after);
      done.push_back({std::move(job), duration});
    }
  }
  if (target != rows) write_version_rows(target);
  write_log(log);
  return done;
}

}  // namespace strata::pg
