#include "pg/backfill.hpp"

#include "pg/catalog.hpp"
#include "pg/wait.hpp"

extern "C" {
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
}

namespace strata::pg {
namespace {

constexpr int kReportEvery = 5000;  // milliseconds
constexpr int kLookAtStandbysEvery = 200;

const RangeVar* table_of(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_UpdateStmt: return reinterpret_cast<const UpdateStmt*>(statement)->relation;
    case T_DeleteStmt: return reinterpret_cast<const DeleteStmt*>(statement)->relation;
    default: return nullptr;
  }
}

double estimated_rows(const RangeVar* name) {
  const Oid table = RangeVarGetRelid(name, NoLock, true);
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(tuple)) return 0;
  const double rows = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltuples;
  ReleaseSysCache(tuple);
  return rows;
}

// The worst of the streaming standbys; replay_lag counts only for one that has something to replay of ours.
std::int64_t lag_of_standbys(const StandbyLag& known, std::int64_t now) {
  std::int64_t worst = 0;
  for (const TextRow& row : query("SELECT (s.replay_lsn OPERATOR(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::pg_catalog.text, "
                                  "(EXTRACT(epoch FROM s.replay_lag) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8::pg_catalog.text "
                                  "FROM pg_catalog.pg_stat_get_wal_senders() s WHERE s.state OPERATOR(pg_catalog.=) 'streaming'", {})) {
    if (!row[0]) continue;
    const std::int64_t own = known.lag_of(std::stoull(*row[0]), now);
    const std::int64_t reported = row[1] ? std::stoll(*row[1]) : 0;
    if (own > 0) worst = std::max({worst, own, reported});
  }
  return worst;
}

}  // namespace

Backfill::Backfill(Progress& progress, const Node* statement, const Repeat& options, std::string title, std::int64_t rows_before)
    : progress_(progress), options_(options), title_(std::move(title)), rows_(static_cast<std::uint64_t>(rows_before)), rows_before_(rows_),
      most_rows_(0), start_(GetCurrentTimestamp()), last_report_(start_) {
  if (const RangeVar* table = table_of(statement); table) most_rows_ = call(estimated_rows, table);
  progress_.set_rows(rows_);
}

void Backfill::pause_after(std::uint64_t rows) {
  rows_ += rows;
  progress_.set_rows(rows_);
  const TimestampTz now = GetCurrentTimestamp();
  if (TimestampDifferenceMilliseconds(last_report_, now) >= kReportEvery) {
    report();
    last_report_ = now;
  }
  if (options_.max_lag_ms) wait_for_standbys();
  if (options_.pause_ms == 0) return check_for_interrupts();
  progress_.set_state(State::pausing);
  sleep_for(options_.pause_ms);
}

void Backfill::report() {
  const double seconds = static_cast<double>(GetCurrentTimestamp() - start_) / 1e6;
  const auto now_done = static_cast<double>(rows_ - rows_before_);
  const std::string most = most_rows_ > 0 ? fmt::format(" of at most about {:.0f}", std::max(most_rows_, static_cast<double>(rows_))) : "";
  say(INFO, fmt::format("{}: {} rows done{}, {:.0f} rows a second", title_, rows_, most, seconds > 0 ? now_done / seconds : now_done));
}

void Backfill::wait_for_standbys() {
  lag_.written(call(GetXLogWriteRecPtr), GetCurrentTimestamp());
  for (;;) {
    const std::int64_t lag = lag_of_standbys(lag_, GetCurrentTimestamp());
    commit_and_begin();  // lets go of the snapshot
    if (lag <= static_cast<std::int64_t>(*options_.max_lag_ms) * 1000) return;
    progress_.set_state(State::waiting_for_standby);
    sleep_for(kLookAtStandbysEvery);
  }
}

}  // namespace strata::pg
