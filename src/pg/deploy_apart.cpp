// A revision that cannot run in one transaction: statement by statement, each with an entry in the journal.
#include <algorithm>

#include "core/text.hpp"
#include "parse/script.hpp"
#include "pg/backfill.hpp"
#include "pg/command_kind.hpp"
#include "pg/deploy.hpp"
#include "pg/encoding.hpp"
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

std::vector<std::string> checksums_of(const PreparedScript& prepared) {
  std::vector<std::string> checksums;
  for (const Statement& statement : prepared.statements)
    checksums.push_back(prepare(std::string_view(prepared.sql).substr(statement.offset, statement.length), check_for_interrupts).checksum);
  return checksums;
}

// Has the session committed, or aborted, during the life of the object?
class TransactionWatch {
 public:
  explicit TransactionWatch(bool& has_ended) : has_ended_(has_ended), transaction_(MyProc->lxid) {}
  ~TransactionWatch() { has_ended_ |= MyProc->lxid != transaction_; }
  TransactionWatch(const TransactionWatch&) = delete;
  TransactionWatch& operator=(const TransactionWatch&) = delete;

 private:
  bool& has_ended_;
  LocalTransactionId transaction_;
};

class ApartRun {
 public:
  ApartRun(Deployment& deployment, const Job& job)
      : deployment_(deployment), job_(job), name_(name_of_script(job)), prepared_(prepare(job.script()->script.sql, check_for_interrupts)),
        checksums_(checksums_of(prepared_)), watch_("the " + name_.text), script_(job.script()->script.sql, name_), start_(GetCurrentTimestamp()) {}

  void run() {
    if (script_.size() != static_cast<int>(prepared_.statements.size()))
      throw Error(sqlstate::internal, fmt::format("revision {} has {} statements for the server and {} for us", job_.id, script_.size(), prepared_.statements.size()))
          .with_hint("This is a fault of pg_strata: report the script, and run the revision by hand.");
    renew_revision_settings(lock_timeout_);
    with_latest_snapshot([&](Snapshot latest) { journal_ = journal_of(job_.id, latest); });
    const int first = statements_done(journal_, checksums_, job_.id);
    commit_and_begin();
    if (!journal_.empty() && first < script_.size())
      say(INFO, fmt::format("Continuing revision {} at statement {} of {}", job_.id, first + 1, script_.size()));
    // Nothing to run: an empty script, or one whose last statements were taken out after the others had run.
    if (first >= script_.size()) finish_revision_now();
    repeat_settings(first);
    for (int i = first; i < script_.size(); i++) run_statement(i);
  }

 private:
  std::string title(int i) const { return fmt::format("revision {}, statement {} of {}", job_.id, i + 1, script_.size()); }

  // Its first line, for who may read scripts.
  std::string excerpt(int i) const {
    const std::string text = to_utf8(script_.text(i));
    return shows_text_ ? quoted(text.substr(0, text.find('\n'))) : fmt::format("line {}", script_.line(i));
  }

  // What the statements that are not run again have SET, as in one session.
  void repeat_settings(int first) {
    int begin = 0, reset = 0;
    for (int i = 0; i < first; i++) {
      if (discards_all(script_.statement(i))) begin = i + 1;
      if (resets_settings(script_.statement(i))) reset = i;
    }
    for (int i = begin; i < first; i++) {
      const Node* statement = script_.statement(i);
      const bool is_role = sets(statement, "role") || sets(statement, "session_authorization");
      if (!changes_settings(statement) || (i < reset && !is_role)) continue;
      script_.run(i, Level::inside_transaction);
      note_settings(i);
    }
    commit_and_begin();
  }

  // After a statement: what it has done to the settings that a revision begins with.
  void note_settings(int i) {
    if (resets_settings(script_.statement(i))) renew_revision_settings(lock_timeout_), own_lock_timeout_ = own_statement_timeout_ = false;
    own_lock_timeout_ |= sets(script_.statement(i), "lock_timeout");
    own_statement_timeout_ |= sets(script_.statement(i), "statement_timeout");
  }

  void note(int i, JournalEntry::State state, std::optional<std::int64_t> rows = std::nullopt) {
    write_journal(job_.id, i + 1, {state, checksums_[static_cast<std::size_t>(i)], rows}, statement_start_);
  }

  void finish_revision_now() {
    finish_revision(deployment_, job_, start_);
    commit_and_begin();
  }

  // The end of a statement, in the transaction that is open. That of the last one is the end of the revision.
  void finish(int i) {
    note_settings(i);
    deployment_.lock.keep();
    require_rows(deployment_.rows);
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
    say(INFO, fmt::format("{}: {}", title(i), excerpt(i)));
    has_run_ = has_committed_ = false;
    statement_start_ = GetCurrentTimestamp();
    auto failure = attempt([&] {
      if (statement.repeat) repeat(i, *statement.repeat);
      else if (kind == CommandKind::ordinary) run_inside(i);
      else run_at_top(i, kind);
    }, abort_and_begin);
    if (failure) {
      // What has run to its end but for the journal stays as it is there: running.
      if (!has_run_) (void)attempt([&] { note(i, JournalEntry::State::failed), commit_and_begin(); }, abort_and_begin);
      if (i > 0) failure->extend("", fmt::format("What ran before statement {} stays. Remove the cause: CALL migrate_deploy(...) goes on there.", i + 1));
      failure->raise();
    }
    deployment_.progress.renew();
  }

  void run_inside(int i) {
    run_politely(deployment_, title(i), [&] {
      run_once(i);
      finish(i);
    });
  }

  std::uint64_t run_once(int i) {
    deployment_.lock.keep();
    const StatementClock clock(StatementClock::Limit::statement_timeout);
    const std::uint64_t rows = script_.run(i, Level::inside_transaction);
    script_.run_deferred(i);
    return rows;
  }

  void repeat(int i, const Repeat& options) {
    const auto entry = journal_.find(i + 1);
    Backfill backfill(deployment_.progress, script_.statement(i), options, title(i), entry == journal_.end() ? 0 : entry->second.rows.value_or(0));
    std::uint64_t rows = 0;
    do {
      deployment_.progress.set_state(State::backfilling);
      run_politely(deployment_, title(i), [&] {
        rows = run_once(i);
        require_within_limit(options, backfill.rows() + rows, title(i));
        if (rows == 0) return finish(i);
        note(i, JournalEntry::State::running, static_cast<std::int64_t>(rows));
        watch_.check_rows();
        commit_and_begin();
      });
      const Where where(title(i));
      if (rows > 0) backfill.pause_after(rows);
    } while (rows > 0);
    backfill.report();
  }

  void run_at_top(int i, CommandKind kind) {
    Past past = past_of(journal_, i + 1);
    note(i, JournalEntry::State::running);
    // Its locks let others pass: it may wait for them.
    const bool may_wait = kind == CommandKind::concurrent && !own_lock_timeout_ && LockTimeout == lock_timeout_;
    if (may_wait) set_for_session("lock_timeout", std::to_string(settings().deploy_build_timeout));
    commit_and_begin();
    run_politely(deployment_, title(i), [&] {
      deployment_.lock.keep();
      if (!has_run_ && clean_up_before(script_, i, name_, past) == Before::run) {
        past = Past::failed;
        commit_and_begin();
        deployment_.lock.keep();
        run_command(i, kind);
        // Its last transaction is still open. What took hours is not to hang on our entry in the journal; anything else is done
        // together with it, and not twice.
        if (kind == CommandKind::concurrent) commit_and_begin();
        else script_.run_deferred(i);
      }
      has_run_ = kind == CommandKind::concurrent;
      if (may_wait) set_for_session("lock_timeout", std::to_string(lock_timeout_));
      finish(i);
    }, [&](const Failure& failure) {
      // A build that has waited so long is not begun again; what has committed may have done half of its work.
      return !has_run_ && (kind == CommandKind::concurrent ? failure.sqlstate == sqlstate::lock_not_available
                                                         : has_committed_ && may_commit_in_between(script_.statement(i)));
    });
  }

  void run_command(int i, CommandKind kind) {
    deployment_.progress.set_state(builds_index(script_.statement(i)) ? State::building_index : State::running);
    // A build takes its time; a script that wants a limit for it has SET one.
    const bool is_limited = kind != CommandKind::concurrent || own_statement_timeout_;
    const StatementClock clock(is_limited ? StatementClock::Limit::statement_timeout : StatementClock::Limit::none);
    const TransactionWatch transaction(has_committed_);
    script_.run(i, Level::top);
  }

  Deployment& deployment_;
  const Job& job_;
  ScriptName name_;
  PreparedScript prepared_;
  std::vector<std::string> checksums_;
  CatalogWatch watch_;
  ScriptRun script_;
  Journal journal_;
  TimestampTz start_;
  int lock_timeout_ = settings().deploy_lock_timeout;  // a script may RESET ALL
  bool shows_text_ = may_read_scripts();
  bool own_lock_timeout_ = false;  // the script has SET it
  bool own_statement_timeout_ = false;
  // Of the statement that runs.
  TimestampTz statement_start_ = 0;
  bool has_run_ = false;        // to its end and committed, but for the journal
  bool has_committed_ = false;  // a part of it
};

}  // namespace

void run_apart(Deployment& deployment, const Job& job) {
  const SessionSettings before;
  const auto failure = attempt([&] { ApartRun(deployment, job).run(); }, abort_and_begin);
  const auto trouble = attempt([&] { before.restore(), commit_and_begin(); }, abort_and_begin);
  if (failure) failure->raise();
  if (trouble) trouble->raise();
}

}  // namespace strata::pg
