#include "pg/lock.hpp"

#include <algorithm>

#include "pg/catalog.hpp"
#include "pg/settings.hpp"
#include "pg/store.hpp"

extern "C" {
#include "common/hashfn.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"
}

namespace strata::pg {
namespace {

constexpr int kLongestPause = 100;  // milliseconds between two tries

constexpr const char* kHolders = R"(
SELECT l.pid::pg_catalog.text, pg_catalog.pg_get_userbyid(a.usesysid)::pg_catalog.text, a.application_name,
       pg_catalog.date_trunc('second', least(a.xact_start, a.query_start))::pg_catalog.text, r.classid::pg_catalog.int8::pg_catalog.text,
       r.objid::pg_catalog.int8::pg_catalog.text, p.gid, p.owner::pg_catalog.text, pg_catalog.date_trunc('second', p.prepared)::pg_catalog.text
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_locks x ON l.pid IS NULL AND x.pid IS NULL AND x.locktype OPERATOR(pg_catalog.=) 'transactionid'
  AND x.virtualtransaction OPERATOR(pg_catalog.=) l.virtualtransaction
LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction OPERATOR(pg_catalog.=) x.transactionid
LEFT JOIN pg_catalog.pg_stat_get_activity(NULL) a ON a.pid OPERATOR(pg_catalog.=) l.pid
LEFT JOIN pg_catalog.pg_locks r ON r.pid OPERATOR(pg_catalog.=) l.pid AND r.locktype OPERATOR(pg_catalog.=) 'advisory'
  AND r.objsubid OPERATOR(pg_catalog.=) 4243 AND r.granted
WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.objsubid OPERATOR(pg_catalog.=) 4242 AND l.granted
  AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))";

// Does a holder of the migration lock wait for this session?
constexpr const char* kHolderWaits = R"(
SELECT l.pid::pg_catalog.text FROM pg_catalog.pg_locks l
WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.objsubid OPERATOR(pg_catalog.=) 4242 AND l.granted
  AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
  AND pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids(l.pid)))";
constexpr int kPatience = 200;  // milliseconds before a waiter asks that

bool is_running = false;

LOCKTAG migration_tag() {
  LOCKTAG tag;
  SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, 0, kMigration);
  return tag;
}

LOCKTAG revision_tag(std::string_view revision) {
  const std::uint64_t print = fingerprint_of(revision);
  LOCKTAG tag;
  SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<std::uint32_t>(print >> 32), static_cast<std::uint32_t>(print), kRevision);
  return tag;
}

bool try_lock(const LOCKTAG* tag, LOCKMODE mode) { return LockAcquire(tag, mode, false, true) != LOCKACQUIRE_NOT_AVAIL; }
bool try_session_lock(const LOCKTAG* tag) { return LockAcquire(tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL; }
bool is_held(const LOCKTAG* tag) { return LockHeldByMe(tag, ExclusiveLock); }

void release(const LOCKTAG* tag) { LockRelease(tag, ShareLock, false); }

void pause(int milliseconds) {
  (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_LOCK | LOCKTAG_ADVISORY);
  ResetLatch(MyLatch);
  CHECK_FOR_INTERRUPTS();
}

void refuse_read_only() {
  PreventCommandIfReadOnly("a migration");
  PreventCommandIfParallelMode("a migration");
  PreventCommandDuringRecovery("a migration");
}

// Which revision a holder has announced; its lock tells only the fingerprint.
std::string announced_revision(const TextRow& holder) {
  std::string name;
  with_latest_snapshot([&](Snapshot snapshot) { name = revision_with_fingerprint(*graph(snapshot), holder[4], holder[5]).value_or(""); });
  return name;
}

std::string description(const TextRow& holder) {
  if (holder[6])
    return fmt::format("Prepared transaction \"{}\" of role \"{}\", since {}: COMMIT PREPARED or ROLLBACK PREPARED ends it.", *holder[6],
                       holder[7].value_or("?"), holder[8].value_or("?"));
  const std::string revision = announced_revision(holder);
  return fmt::format("Process {}, role \"{}\", application \"{}\", since {}{}.", holder[0].value_or("?"),
                     holder[1].value_or("?"), holder[2].value_or(""), holder[3].value_or("?"),
                     revision.empty() ? "" : fmt::format(", runs revision {}", revision));
}

Error not_available() {
  std::string detail;
  for (const TextRow& holder : query(kHolders, {})) detail += (detail.empty() ? "" : "\n") + description(holder);
  return Error(sqlstate::lock_not_available, "another migration is running in this database")
      .with_detail(detail)
      .with_hint("Wait for it to end, or wait longer: SET migrate.lock_timeout.");
}

// `gives_up` is asked between the tries, after a while.
void wait_for(const std::function<bool()>& try_it, const std::function<bool()>& gives_up) {
  const TimestampTz start = GetCurrentTimestamp();
  int milliseconds = 1;
  while (!try_it()) {
    const long waited = TimestampDifferenceMilliseconds(start, GetCurrentTimestamp());
    const long left = settings().lock_timeout - waited;
    if (left <= 0 || (waited > kPatience && gives_up())) throw not_available();
    call(pause, static_cast<int>(std::min<long>(milliseconds, left)));
    milliseconds = std::min(milliseconds * 2, kLongestPause);
  }
}

}  // namespace

void require_may_migrate() {
  if (is_running)
    throw Error(sqlstate::object_in_use, "a migration cannot start another one")
        .with_hint("Remove the call of the migrate_ function from the script.");
  call(refuse_read_only);
}

void take_migration_lock() {
  require_may_migrate();
  const LOCKTAG tag = migration_tag();
  wait_for([&] { return call(try_lock, &tag, ExclusiveLock); }, [] { return !query(kHolderWaits, {}).empty(); });
}

MigrationLock::MigrationLock() {
  require_may_migrate();
  const LOCKTAG tag = migration_tag();
  wait_for([&] { return call(try_session_lock, &tag); }, [] { return false; });
}

MigrationLock::~MigrationLock() {
  const LOCKTAG tag = migration_tag();
  if (is_held(&tag)) LockRelease(&tag, ExclusiveLock, true);
}

void MigrationLock::keep() const {
  const LOCKTAG tag = migration_tag();
  if (call(is_held, &tag) || call(try_session_lock, &tag)) {
    call(try_lock, &tag, ExclusiveLock);
    return;
  }
  throw Error(sqlstate::wrong_state, "the migration lock is lost: another migration has begun")
      .with_detail("A script has released all advisory locks of the session.")
      .with_hint("Take pg_advisory_unlock_all() or DISCARD ALL out of the script, and call migrate_deploy again.");
}

std::uint64_t fingerprint_of(std::string_view revision) {
  return hash_bytes_extended(reinterpret_cast<const unsigned char*>(revision.data()), static_cast<int>(revision.size()), 0);
}

std::optional<std::string> revision_with_fingerprint(const Graph& known, const std::optional<std::string>& high, const std::optional<std::string>& low) {
  if (!high || !low) return std::nullopt;
  const std::uint64_t print = std::stoull(*high) << 32 | std::stoull(*low);
  for (Index i = 0; i < known.size(); i++)
    if (fingerprint_of(known.id(i)) == print) return known.id(i);
  return std::nullopt;
}

void announce_revision(std::string_view revision) {
  const LOCKTAG tag = revision_tag(revision);
  call(try_lock, &tag, ShareLock);
}

void withdraw_revision(std::string_view revision) {
  const LOCKTAG tag = revision_tag(revision);
  call(release, &tag);
}

Running::Running() { is_running = true; }
Running::~Running() { is_running = false; }
bool is_running_scripts() { return is_running; }

}  // namespace strata::pg
