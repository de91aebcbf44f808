#include "pg/deploy.hpp"

#include <algorithm>
#include <random>

#include "core/offline.hpp"
#include "core/retry.hpp"
#include "pg/journal.hpp"
#include "pg/runner.hpp"
#include "pg/settings.hpp"
#include "pg/snapshot.hpp"
#include "pg/transaction.hpp"
#include "pg/wait.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace strata::pg {
namespace {

// What a deploy sees at its beginning; the migration lock keeps it true.
struct Outlook {
  SharedGraph graph;
  Texts rows;
  std::vector<Job> jobs;
};

Outlook look_ahead(const std::string& target) {
  Outlook outlook;
  with_latest_snapshot([&](Snapshot latest) {
    outlook.graph = graph(latest);
    outlook.rows = version_rows(latest);
    outlook.jobs = jobs_of(*outlook.graph, plan_upgrade(*outlook.graph, target, locate(*outlook.graph, outlook.rows)), latest);
  });
  return outlook;
}

// Once some of its statements have run so, a revision goes on so, whatever it has been changed to.
bool runs_apart(const Job& job) {
  const StoredScript& stored = *job.script();
  bool has_begun = false;
  with_latest_snapshot([&](Snapshot latest) { has_begun = !journal_of(job.id, latest).empty(); });
  if (stored.barrier || has_begun) return true;
  const auto repeats = repeats_of(stored.script.sql);
  return std::any_of(repeats.begin(), repeats.end(), [](const auto& repeat) { return repeat.has_value(); });
}

void run_whole(Deployment& deployment, const Job& job) {
  const auto run_statement = [&](ScriptRun& script, int number) {
    deployment.progress.begin_statement(number + 1, script.size());
    const StatementClock clock(StatementClock::Limit::statement_timeout);
    return script.run(number, Level::inside_transaction);
  };
  run_politely(deployment, "upgrade of revision " + job.title(), [&] {
    const TimestampTz start = GetCurrentTimestamp();
    deployment.lock.keep();
    require_rows(deployment.rows);
    run_script(job, {run_statement, settings().deploy_lock_timeout, ScriptWay::Deferred::at_end});
    finish_revision(deployment, job, start);
    commit_and_begin();
  });
}

// The failure itself is what the caller has to learn, even where it cannot be written down.
void write_failure(const Deployment& deployment, const Job& job, TimestampTz start, const Failure& failure) {
  (void)attempt([&] {
    write_log({{Operation::upgrade, job.id, deployment.rows, deployment.rows, start, GetCurrentTimestamp() - start, job.script()->checksum,
                LogEntry::Fault{failure.sqlstate.code, failure.message}}});
    commit_and_begin();
  }, abort_and_begin);
}

void run(Deployment& deployment, const Job& job, int number, std::size_t count) {
  say(INFO, fmt::format("{} (step {} of {})", announcement(deployment.graph, job.step, job.revision.message), number, count));
  deployment.progress.begin_step(number, job.id);
  const TimestampTz start = GetCurrentTimestamp();
  const auto failure = attempt([&] { runs_apart(job) ? run_apart(deployment, job) : run_whole(deployment, job); }, abort_and_begin);
  if (failure) {
    write_failure(deployment, job, start, *failure);
    failure->raise();
  }
  deployment.rows = ids_of(deployment.graph, job.step.heads);
  deployment.progress.renew();
}

void run_all(const MigrationLock& lock, const std::string& target) {
  const Outlook outlook = look_ahead(target);
  commit_and_begin();
  if (outlook.jobs.empty()) {
    say(INFO, outlook.rows.empty() ? std::string("Nothing to do") : fmt::format("Nothing to do: the database is at {}", fmt::join(outlook.rows, ", ")));
    return;
  }
  Progress progress(static_cast<int>(outlook.jobs.size()));
  Deployment deployment{lock, progress, *outlook.graph, outlook.rows};
  int number = 0;
  for (const Job& job : outlook.jobs) run(deployment, job, ++number, outlook.jobs.size());
  keep_snapshot();
  commit_and_begin();
  say(INFO, fmt::format("Deployed {} revision{}, the database is at {}", number, number == 1 ? "" : "s", fmt::join(deployment.rows, ", ")));
}

double luck() {
  static std::minstd_rand generator(static_cast<unsigned>(MyProcPid) ^ static_cast<unsigned>(GetCurrentTimestamp()));
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

// What the server says of a deadlock names the blockers already. Not to know them is no reason to give up.
std::string blockers_of(const Failure& failure) {
  if (failure.sqlstate != sqlstate::lock_not_available) return failure.detail;
  std::string blockers;
  const auto trouble = attempt([&] { blockers = describe_last_blockers(); }, abort_and_begin);
  if (trouble && trouble->sqlstate == sqlstate::query_canceled) trouble->raise();
  return blockers;
}

}  // namespace

void require_rows(const Texts& rows) {
  Texts present;
  with_latest_snapshot([&](Snapshot latest) { present = version_rows(latest); });
  if (present == rows) return;
  throw Error(sqlstate::wrong_state, "the version rows were changed by somebody else")
      .with_detail(fmt::format("They were {{{}}} and are {{{}}}.", fmt::join(rows, ", "), fmt::join(present, ", ")))
      .with_hint("Find out who writes migrate.version without migrate_stamp, and call migrate_deploy again.");
}

void finish_revision(Deployment& deployment, const Job& job, TimestampTz start) {
  forget_journal(job.id);
  const Texts after = ids_of(deployment.graph, job.step.heads);
  write_version_rows(after);
  write_log({{Operation::upgrade, job.id, deployment.rows, after, start, GetCurrentTimestamp() - start, job.script()->checksum, std::nullopt}});
}

void run_politely(Deployment& deployment, const std::string& what, const std::function<void()>& body,
                  const std::function<bool(const Failure&)>& forbids_retry) {
  for (int number = 1;; number++) {
    forget_last_wait();
    std::optional<Failure> failure = attempt(body, abort_and_begin);
    if (!failure) return;
    if (!is_passing(failure->sqlstate)) failure->raise();
    const std::string blockers = blockers_of(*failure);
    if (number > settings().deploy_retries || forbids_retry(*failure)) {
      failure->extend(blockers, "CALL migrate_deploy(...) goes on here; let the others end first, or wait longer and more often: "
                                "migrate.deploy_lock_timeout, migrate.deploy_build_timeout, migrate.deploy_retries.");
      failure->raise();
    }
    const Where where(what);
    const int pause = pause_before_retry(number, settings().deploy_lock_timeout, luck());
    say(WARNING, fmt::format("{}: {}; retry {} of {} in {:.1f} s", what, failure->message, number, settings().deploy_retries, pause / 1000.0), {blockers, ""});
    deployment.progress.set_state(State::retrying);
    commit_and_begin();
    sleep_for(pause);
    deployment.progress.set_state(State::running);
  }
}

void deploy(const std::string& target) {
  stop_statement_timeout();
  const MigrationLock lock;
  const Running running;
  const auto failure = attempt([&] { run_all(lock, target); }, abort_and_begin);
  if (failure) failure->raise();
}

}  // namespace strata::pg
