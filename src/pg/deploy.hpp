// deploy.hpp - carries out an upgrade revision by revision, each committed by itself, beside live traffic.
//
// The whole of it stands in a CALL of the client. A revision that can run in a transaction does, with its version row and
// log entry; any other one runs statement by statement (deploy_apart.cpp). The surprise: an error is survived only by aborting the
// transaction, so nothing of the server may be held over one but the migration lock and what lives in lasting_memory().
#pragma once

#include "pg/job.hpp"
#include "pg/lock.hpp"
#include "pg/progress.hpp"

namespace strata::pg {

// Under TransactionChain. Raises what migrate_upgrade raises, and of scripts what is left after all retries.
void deploy(const std::string& target);

// What the parts of a deploy share.
struct Deployment {
  const MigrationLock& lock;
  Progress& progress;
  const Graph& graph;
  Texts rows;  // the version rows as they are
};

// Version rows, log entry and the end of the journal, in the transaction that is open.
void finish_revision(Deployment& deployment, const Job& job, TimestampTz start);

// Runs `body`, which ends with commit_and_begin(). What passes by itself (locks, deadlocks) is tried again after a pause, with the
// blockers named, unless `forbids_retry` says no. Raises what is left.
void run_politely(Deployment& deployment, const std::string& what, const std::function<void()>& body,
                  const std::function<bool(const Failure&)>& forbids_retry = [](const Failure&) { return false; });

// Raises 55000 when somebody else has changed the version rows.
void require_rows(const Texts& rows);

// A revision that cannot run in one transaction, or repeats a statement.
void run_apart(Deployment& deployment, const Job& job);

}  // namespace strata::pg
