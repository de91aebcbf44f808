// lock.hpp - one migration at a time per database.
//
// An advisory lock in a number space of our own (no SQL function can take it), shown by pg_locks. It is polled for: a session
// blocked inside the lock manager deadlocks with CREATE INDEX CONCURRENTLY. The surprise: a second, shared lock carries the
// fingerprint of the revision that is running, so that waiters can name it (see progress.hpp for more of that kind).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/graph.hpp"

namespace strata::pg {

// The fourth field of the tags of our advisory locks; 1 and 2 are those of the SQL functions. The queries that read pg_locks
// have these numbers, too.
enum LockClass : std::uint16_t { kMigration = 4242, kRevision, kStep, kStatement, kRows, kState };

// Raises what the next two raise without a look at the lock.
void require_may_migrate();

// Takes the lock until the end of the transaction, waiting at most migrate.lock_timeout. Raises 55P03 that names the
// holder, 55006 when a migration calls itself from one of its scripts, 25006 in a read-only transaction. Gives up at once when the
// holder waits for this very transaction (a concurrent build waits for every snapshot).
void take_migration_lock();

// The same lock for a procedure: it outlives transactions and is released with the object. The caller holds no snapshot
// while it waits, and no error may pass the object before its transaction is aborted.
class MigrationLock {
 public:
  MigrationLock();
  ~MigrationLock();
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;
  // Takes it again when a script has released all advisory locks of the session (raises 55000 when somebody was faster), and for the
  // transaction as well, which no script can undo.
  void keep() const;
};

// Says to others which revision runs, for the life of the object. Not to be kept across an error: the transaction's end
// releases what is left.
void announce_revision(std::string_view revision);
void withdraw_revision(std::string_view revision);
std::uint64_t fingerprint_of(std::string_view revision);
// The revision of this fingerprint, given as the two halves that pg_locks shows; none when the graph does not have it.
std::optional<std::string> revision_with_fingerprint(const Graph& known, const std::optional<std::string>& high, const std::optional<std::string>& low);

// Marks this session as running scripts; take_migration_lock() refuses meanwhile, and the guard lets DDL pass.
class Running {
 public:
  Running();
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
};
bool is_running_scripts();

}  // namespace strata::pg
