#include "pg/wait.hpp"

#include <algorithm>

#include "pg/sessions.hpp"

extern "C" {
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"
}

namespace strata::pg {
namespace {

constexpr int kLookEvery = 250;  // milliseconds; more often where lock_timeout is short

// Written by a signal handler while this process sleeps in the lock manager.
volatile bool has_waited = false;
LOCKTAG waited_tag;
LOCKMODE waited_mode = NoLock;

// Signal handler: copies a few bytes and nothing else.
void look() {
  const LOCK* lock = MyProc ? *const_cast<LOCK* volatile*>(&MyProc->waitLock) : nullptr;
  if (!lock) return;
  waited_tag = lock->tag;
  waited_mode = MyProc->waitLockMode;
  has_waited = true;
}

TimeoutId look_timer() {
  static const TimeoutId id = call(RegisterTimeout, USER_TIMEOUT, &look);
  return id;
}

void start(TimeoutId look_id, bool limited) {
  const int interval = LockTimeout > 0 ? std::clamp(LockTimeout / 4, 10, kLookEvery) : kLookEvery;
  enable_timeout_every(look_id, TimestampTzPlusMilliseconds(GetCurrentTimestamp(), interval), interval);
  if (limited && StatementTimeout > 0) enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
}

// As 'backend/transaction' of pg_locks, of everybody who held the lock in a mode that conflicts.
std::vector<std::string> conflicting_transactions() {
  std::vector<std::string> transactions;
  int count = 0;
  const LOCKTAG tag = waited_tag;
  const VirtualTransactionId* found = call(GetLockConflicts, &tag, waited_mode, &count);
  for (int i = 0; i < count; i++) transactions.push_back(fmt::format("{}/{}", found[i].backendId, found[i].localTransactionId));
  return transactions;
}

// True when the latch was set before the time was over.
bool wait_on_latch(long milliseconds) {
  const int events = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
  ResetLatch(MyLatch);
  CHECK_FOR_INTERRUPTS();
  return events & WL_LATCH_SET;
}

}  // namespace

StatementClock::StatementClock(Limit limit) { call(start, look_timer(), limit == Limit::statement_timeout); }

StatementClock::~StatementClock() {
  disable_timeout(look_timer(), false);
  stop_statement_timeout();
}

void stop_statement_timeout() {
  if (get_timeout_active(STATEMENT_TIMEOUT)) disable_timeout(STATEMENT_TIMEOUT, false);
}

std::string describe_last_blockers() {
  return has_waited ? fmt::format("{}", fmt::join(describe_holders(conflicting_transactions()), "\n")) : std::string();
}

void forget_last_wait() { has_waited = false; }

void sleep_for(int milliseconds) {
  const TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
  for (long left = milliseconds; left > 0; left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end)) call(wait_on_latch, left);
}

}  // namespace strata::pg
