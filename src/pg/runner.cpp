#include "pg/runner.hpp"

#include "core/offline.hpp"
#include "core/text.hpp"
#include "parse/enum_use.hpp"
#include "pg/executor.hpp"
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

// What a script must leave as it is: the functions alone write the catalog, and a script cannot call those.
struct CatalogState {
  std::string generation;
  Texts rows;
  bool operator==(const CatalogState&) const = default;
};

CatalogState catalog_state() {
  CatalogState state;
  with_latest_snapshot([&](Snapshot latest) { state = {generation(latest), version_rows(latest)}; });
  return state;
}

void require_unwritten(const CatalogState& before, const std::string& culprit) {
  if (catalog_state() == before) return;
  throw Error(sqlstate::wrong_state, fmt::format("{} writes the catalog of pg_strata", culprit))
      .with_detail("The migration is rolled back.")
      .with_hint("Revisions are changed by migrate_load, version rows by migrate_stamp, outside of scripts.");
}

// Errors that another way of running would not raise.
const char* advice_on(const ErrorData& report) {
  const bool wants_commit = report.sqlerrcode == ERRCODE_ACTIVE_SQL_TRANSACTION || report.sqlerrcode == ERRCODE_INVALID_TRANSACTION_TERMINATION;
  return wants_commit ? "CALL migrate_deploy(...) runs such statements outside of a transaction." : nullptr;
}

void run_script(const Job& job) {
  const StoredScript& stored = *job.script();
  const ScriptName name{fmt::format("{} of revision {}", name_of(job.step.operation), job.title()), stored.script.line};
  const std::string culprit = "the " + name.text;
  const Catalog before = catalog();
  const CatalogState state = catalog_state();
  announce_revision(job.id);
  const int level = begin_revision_settings();
  with_advice([&] { execute_script(stored.script.sql, name, [&] { require_intact(before, culprit); }); }, advice_on);
  end_revision_settings(level);
  require_unwritten(state, culprit);
  withdraw_revision(job.id);
}

// One step; returns how long it took, in microseconds.
std::int64_t run(const Graph& graph, const Job& job, TimestampTz start) {
  say(INFO, announcement(graph, job.step, job.revision.message));
  if (job.script()) run_script(job);
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
                     job.script() ? std::optional(job.script()->checksum) : std::nullopt});
      heads = std::move(after);
      done.push_back({std::move(job), duration});
    }
  }
  if (target != rows) write_version_rows(target);
  write_log(log);
  return done;
}

}  // namespace strata::pg
