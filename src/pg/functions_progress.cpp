// functions_progress.cpp - migrate_progress: the migration that runs now, for every other session to see.
#include "pg/progress.hpp"
#include "pg/lock.hpp"
#include "pg/sessions.hpp"
#include "pg/store.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/timestamp.h"
}

using namespace strata;
using namespace strata::pg;

namespace {

// What progress.hpp and lock.hpp put into locks, beside what the server itself tells of the session that holds them.
constexpr const char* kProgress = R"(
WITH told AS (
  SELECT l.pid, l.objsubid, pg_catalog.max(l.classid::pg_catalog.int8) AS high, pg_catalog.max(l.objid::pg_catalog.int8) AS low
  FROM pg_catalog.pg_locks l
  WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted AND l.pid IS NOT NULL AND l.objsubid OPERATOR(pg_catalog.>=) 4242 AND l.objsubid OPERATOR(pg_catalog.<=) 4247
    AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
  GROUP BY l.pid, l.objsubid)
SELECT lock.pid::pg_catalog.text, pg_catalog.pg_get_userbyid(a.usesysid)::pg_catalog.text, revision.high::pg_catalog.text, revision.low::pg_catalog.text,
       step.high::pg_catalog.text, step.low::pg_catalog.text, statement.high::pg_catalog.text, statement.low::pg_catalog.text,
       state.low::pg_catalog.text, a.wait_event_type, done.high::pg_catalog.text, done.low::pg_catalog.text,
       blocked.pids::pg_catalog.text, (EXTRACT(epoch FROM a.query_start) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8::pg_catalog.text,
       p.phase, (100.0 OPERATOR(pg_catalog.*) p.done OPERATOR(pg_catalog./) nullif(p.total, 0))::pg_catalog.numeric(5, 1)::pg_catalog.text
FROM told lock
JOIN pg_catalog.pg_stat_get_activity(NULL) a ON a.pid OPERATOR(pg_catalog.=) lock.pid
LEFT JOIN told revision ON revision.pid OPERATOR(pg_catalog.=) lock.pid AND revision.objsubid OPERATOR(pg_catalog.=) 4243
LEFT JOIN told step ON step.pid OPERATOR(pg_catalog.=) lock.pid AND step.objsubid OPERATOR(pg_catalog.=) 4244
LEFT JOIN told statement ON statement.pid OPERATOR(pg_catalog.=) lock.pid AND statement.objsubid OPERATOR(pg_catalog.=) 4245
LEFT JOIN told done ON done.pid OPERATOR(pg_catalog.=) lock.pid AND done.objsubid OPERATOR(pg_catalog.=) 4246
LEFT JOIN told state ON state.pid OPERATOR(pg_catalog.=) lock.pid AND state.objsubid OPERATOR(pg_catalog.=) 4247
CROSS JOIN LATERAL (SELECT pg_catalog.pg_blocking_pids(lock.pid) AS pids) blocked
LEFT JOIN LATERAL (
  SELECT i.phase, CASE WHEN i.blocks_total OPERATOR(pg_catalog.>) 0 THEN i.blocks_done ELSE i.tuples_done END,
         CASE WHEN i.blocks_total OPERATOR(pg_catalog.>) 0 THEN i.blocks_total ELSE i.tuples_total END
  FROM pg_catalog.pg_stat_progress_create_index i WHERE i.pid OPERATOR(pg_catalog.=) lock.pid
  UNION ALL
  SELECT c.phase, c.heap_blks_scanned, c.heap_blks_total FROM pg_catalog.pg_stat_progress_cluster c WHERE c.pid OPERATOR(pg_catalog.=) lock.pid
  UNION ALL
  SELECT v.phase, v.heap_blks_scanned, v.heap_blks_total FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid OPERATOR(pg_catalog.=) lock.pid
  ) p (phase, done, total) ON true
WHERE lock.objsubid OPERATOR(pg_catalog.=) 4242)";


enum Column { pid, role, revision_high, revision_low, step, steps, statement, statements, state, wait_event_type, rows_high, rows_low, blocking_pids, query_start, phase, percent };

std::uint64_t joined(const std::optional<std::string>& high, const std::optional<std::string>& low) {
  return std::stoull(*high) << 32 | std::stoull(*low);
}

Value number_or_null(const std::optional<std::string>& text) { return text ? value(std::stoi(*text)) : Value(); }

std::string state_of(const TextRow& row) {
  const State told = row[state] ? static_cast<State>(std::stoi(*row[state])) : State::running;
  const bool waits = row[wait_event_type] == "Lock";
  return waits && (told == State::running || told == State::starting || told == State::backfilling) ? "waiting for lock" : name_of(told);
}

Value time_or_null(const std::optional<std::string>& microseconds) {
  if (!microseconds) return {};
  constexpr std::int64_t epoch = (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
  return Value(TimestampTzGetDatum(std::stoll(*microseconds) - epoch));
}

}  // namespace

STRATA_FUNCTION(migrate_progress) {
  Rows out(fcinfo);
  const Snapshot snapshot = query_snapshot();
  for (const TextRow& row : query(kProgress, {})) {
    const auto id = revision_with_fingerprint(*graph(snapshot), row[revision_high], row[revision_low]);
    const auto stored = id ? find_revision(*id, snapshot) : std::nullopt;
    const bool has_step = row[step] && *row[step] != "0";
    out.add({number_or_null(row[pid]), value(row[role]), value(id), stored ? value(stored->message) : Value(), has_step ? number_or_null(row[step]) : Value(),
             number_or_null(row[steps]), number_or_null(row[statement]), number_or_null(row[statements]), value(state_of(row)), value(row[phase]),
             parsed_value(row[percent], NUMERICOID), row[rows_high] ? Value(Int64GetDatum(static_cast<std::int64_t>(joined(row[rows_high], row[rows_low])))) : Value(),
             parsed_value(row[blocking_pids], INT4ARRAYOID), value(describe_sessions(row[blocking_pids].value_or("{}"))), time_or_null(row[query_start])});
  }
  return 0;
}
