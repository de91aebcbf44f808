// A revision that cannot run in one transaction: statement by statement, each with an entry in the journal.
#include <algorithm>

#include "parse/script.hpp"
#include "pg/backfill.hpp"
#include "pg/command_kind.hpp"
#include "pg/deploy.hpp"
#include "pg/journal.hpp"
#include "pg/repair.hpp"
#include "pg/runner.hpp"
#include "pg/session_settings.hpp"
#include "pg/settings.hpp"
#include "pg/transaction.hpp"
#include "pg/wait.hpp"

extern "C" {
#include "storage/proc.h"
#include "utils/timestamp.h"
}

namespace strata::pg {
namespace {

std::string checksum_of(const PreparedScript& prepared, std::size_t number) {
  const Statement& statement = prepared.statements[number];
  return prepare(std::string_view(prepared.sql).substr(statement.offset, statement.length)).checksum;
}

// Where to go on; what has run must be what the script says now.
int first_to_run(const Journal& journal, const PreparedScript& prepared, const std::string& revision) {
  int first = 0;
  for (const auto& [number, entry] : journal) {
    if (entry.state != JournalEntry::State::done) continue;
    const auto index = static_cast<std::size_t>(number - 1);
    if (number != first + 1 || index >= prepared.statements.size() || checksum_of(prepared, index) != entry.checksum)
      throw Error(sqlstate::wrong_state, fmt::format("revision {} was changed after statement {} of it had run", revision, number))
          .with_detail("Statements that have not run yet may be changed, those that have run may not.")
          .with_hint("Load the revision as it was. Or finish or undo it by hand, and set the version with migrate_stamp.");
    first = number;
  }
  return first;
}

class ApartRun {
 public:
  ApartRun(Deployment& deployment, const Job& job)
      : deployment_(deployment), job_(job), name_(name_of_script(job)), prepared_(prepare(job.script()->script.sql, check_for_interrupts)),
        watch_("the " + name_.text), script_(job.script()->script.sql, name_), start_(GetCurrentTimestamp()) {}

  void run() {
    if (script_.size() != static_cast<int>(prepared_.statements.size()))
      throw Error(sqlstate::internal, fmt::format("revision {} has {} statements for the server and {} for us", job_.id, script_.size(), prepared_.statements.size()));
    set_for_session("row_security", "off");
    set_for_session("standard_conforming_strings", "on");
    set_for_session("lock_timeout", std::to_string(settings().deploy_lock_timeout));
    caller_statement_timeout_ = StatementTimeout;
    with_latest_snapshot([&](Snapshot latest) { journal_ = journal_of(job_.id, latest); });
    const int first = first_to_run(journal_, prepared_, job_.id);
    commit_and_begin();
    if (!journal_.empty() && first < script_.size())
      say(INFO, fmt::format("Continuing revision {} at statement {} of {}", job_.id, first + 1, script_.size()));
    // Nothing to run: an empty script, or one whose last statements were taken out after the others had run.
    if (first >= script_.size()) finish_revision_now();
    for (int i = first; i < script_.size(); i++) run_statement(i);
  }

 private:
  std::string title(int i) const { return fmt::format("revision {}, statement {} of {}", job_.id, i + 1, script_.size()); }

  Past past_of(int i) const {
    const auto entry = journal_.find(i + 1);
    if (entry == journal_.end()) return Past::none;
    return entry->second.state == JournalEntry::State::running ? Past::running : Past::failed;
  }

  void note(int i, JournalEntry::State state, std::int64_t rows = 0) {
    write_journal(job_.id, i + 1, {state, checksum_of(prepared_, static_cast<std::size_t>(i)), rows});
  }

  void finish_revision_now() {
    forget_journal(job_.id);
    finish_revision(deployment_, job_, start_);
    commit_and_begin();
  }

  // The end of a statement, in the transaction that is open. That of the last one is the end of the revision.
  void finish(int i) {
    watch_.check_tables();
    watch_.check_rows();
    if (i + 1 == script_.size()) return finish_revision_now();
    note(i, JournalEntry::State::done);
    commit_and_begin();
  }

  void run_statement(int i) {
    const Statement& statement = prepared_.statements[static_cast<std::size_t>(i)];
    const CommandKind kind = kind_of(script_.statement(i), statement.not_in_transaction ? Needs::top : Needs::nothing);
    deployment_.progress.begin_statement(i + 1, script_.size());
    say(INFO, fmt::format("{}: line {}{}", title(i), script_.line(i), statement.repeat ? ", a backfill" : kind == CommandKind::ordinary ? "" : ", outside of a transaction"));
    has_run_ = false;
    const auto failure = statement.repeat ? repeat(i, *statement.repeat) : kind == CommandKind::ordinary ? run_inside(i) : run_at_top(i, kind);
    if (failure) {
      // What has run to its end but for the journal stays as it is there: running.
      if (!has_run_) (void)attempt([&] { note(i, JournalEntry::State::failed), commit_and_begin(); }, abort_and_begin);
      failure->raise();
    }
    deployment_.lock.keep();
    deployment_.progress.renew();
  }

  std::optional<Failure> run_inside(int i) {
    return run_politely(deployment_, title(i), Patience::with_locks, [&] {
      run_once(i);
      finish(i);
    });
  }

  std::uint64_t run_once(int i) {
    const StatementClock clock(StatementClock::Limit::statement_timeout);
    const std::uint64_t rows = script_.run(i, Level::inside_transaction);
    script_.run_deferred();
    return rows;
  }

  std::optional<Failure> repeat(int i, const Repeat& options) {
    const auto entry = journal_.find(i + 1);
    Backfill backfill(deployment_.progress, script_.statement(i), options, title(i), entry == journal_.end() ? 0 : entry->second.rows);
    std::uint64_t rows = 0;
    do {
      deployment_.progress.set_state(State::backfilling);
      const auto failure = run_politely(deployment_, title(i), Patience::with_locks, [&] {
        rows = run_once(i);
        require_within_limit(options, backfill.rows() + rows, title(i));
        if (rows == 0) return finish(i);
        note(i, JournalEntry::State::running, static_cast<std::int64_t>(rows));
        watch_.check_rows();
        commit_and_begin();
      });
      if (failure) return failure;
      if (rows > 0) backfill.pause_after(rows);
    } while (rows > 0);
    backfill.report();
    return std::nullopt;
  }

  std::optional<Failure> run_at_top(int i, CommandKind kind) {
    Past past = past_of(i);
    note(i, JournalEntry::State::running);
    commit_and_begin();
    const Patience patience = kind == CommandKind::concurrent ? Patience::with_all_but_locks : Patience::with_locks;
    return run_politely(deployment_, title(i), patience, [&] {
      const int lock_timeout = LockTimeout;
      if (kind == CommandKind::concurrent && lock_timeout == settings().deploy_lock_timeout) {
        set_for_session("lock_timeout", std::to_string(settings().deploy_build_timeout));
        commit_and_begin();
      }
      const Before before = kind == CommandKind::concurrent ? clean_up_before(script_, i, name_, past) : Before::run;
      past = Past::failed;
      commit_and_begin();
      if (before == Before::run) run_command(i, kind);
      has_run_ = true;
      set_for_session("lock_timeout", std::to_string(lock_timeout));
      finish(i);
    });
  }

  void run_command(int i, CommandKind kind) {
    deployment_.progress.set_state(builds_index(script_.statement(i)) ? State::building_index : State::running);
    // A build takes its time; a script that wants a limit for it has SET one.
    const bool is_limited = kind != CommandKind::concurrent || StatementTimeout != caller_statement_timeout_;
    const StatementClock clock(is_limited ? StatementClock::Limit::statement_timeout : StatementClock::Limit::none);
    script_.run(i, Level::top);
  }

  Deployment& deployment_;
  const Job& job_;
  ScriptName name_;
  PreparedScript prepared_;
  CatalogWatch watch_;
  ScriptRun script_;
  Journal journal_;
  TimestampTz start_;
  int caller_statement_timeout_ = 0;
  bool has_run_ = false;
};

}  // namespace

void run_apart(Deployment& deployment, const Job& job) {
  const SessionSettings before;
  const auto failure = attempt([&] { ApartRun(deployment, job).run(); }, abort_and_begin);
  before.restore();
  commit_and_begin();
  if (failure) failure->raise();
}

}  // namespace strata::pg
