#include "pg/progress.hpp"

#include <algorithm>

#include "pg/boundary.hpp"
#include "pg/lock.hpp"

extern "C" {
#include "storage/lock.h"
#include "utils/backend_status.h"
#include "utils/guc.h"
}

namespace strata::pg {
namespace {

LOCKTAG tag_of(int fact, std::uint64_t value) {
  LOCKTAG tag;
  SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<std::uint32_t>(value >> 32), static_cast<std::uint32_t>(value),
                       static_cast<std::uint16_t>(kRevision + fact));
  return tag;
}

void acquire(const LOCKTAG* tag) { (void)LockAcquire(tag, ShareLock, true, true); }

std::uint64_t pair_of(int high, int low) { return static_cast<std::uint64_t>(high) << 32 | static_cast<std::uint32_t>(low); }

}  // namespace

const char* name_of(State state) {
  switch (state) {
    case State::starting: return "starting";
    case State::running: return "running";
    case State::retrying: return "retrying";
    case State::building_index: return "building index";
    case State::backfilling: return "backfilling";
    case State::pausing: return "pausing";
    case State::waiting_for_standby: return "waiting for standby";
  }
  return "";
}

Progress::Progress(int steps) : steps_(steps) {
  tell(step, pair_of(0, steps_));
  tell(state, static_cast<std::uint64_t>(state_));
  show();
}

Progress::~Progress() {
  for (int fact = 0; fact < facts; fact++) withdraw(static_cast<Fact>(fact));
  pgstat_report_appname(application_name ? application_name : "");
}

void Progress::begin_step(int number, const std::string& id) {
  step_ = number, revision_ = id;
  withdraw(statement);
  withdraw(rows);
  tell(revision, fingerprint_of(id));
  tell(step, pair_of(step_, steps_));
  set_state(State::running);
}

void Progress::begin_statement(int number, int statements) {
  withdraw(rows);
  tell(statement, pair_of(number, statements));
}

void Progress::set_state(State present) {
  state_ = present;
  tell(state, static_cast<std::uint64_t>(state_));
  show();
}

void Progress::set_rows(std::uint64_t count) { tell(rows, count); }

void Progress::renew() {
  for (int fact = 0; fact < facts; fact++) {
    const LOCKTAG tag = tag_of(fact, told_[fact]);
    if (is_told_[fact] && !LockHeldByMe(&tag, ShareLock)) call(acquire, &tag);
  }
}

// The new one first: a reader that comes in between sees both, never none.
void Progress::tell(Fact fact, std::uint64_t value) {
  if (is_told_[fact] && told_[fact] == value) return;
  const LOCKTAG tag = tag_of(fact, value);
  call(acquire, &tag);
  withdraw(fact);
  told_[fact] = value, is_told_[fact] = true;
}

void Progress::withdraw(Fact fact) {
  const LOCKTAG tag = tag_of(fact, told_[fact]);
  if (is_told_[fact] && LockHeldByMe(&tag, ShareLock)) LockRelease(&tag, ShareLock, true);
  is_told_[fact] = false;
}

void Progress::show() const {
  const std::string text = revision_.empty() ? fmt::format("migrate_deploy: {}", name_of(state_))
                                             : fmt::format("migrate_deploy {}/{} {}: {}", step_, steps_, revision_, name_of(state_));
  std::string name = text;  // databases of other encodings see it, too
  std::replace_if(name.begin(), name.end(), [](char byte) { return byte < 0x20 || byte > 0x7E; }, '?');
  call(pgstat_report_appname, name.c_str());
}

}  // namespace strata::pg
