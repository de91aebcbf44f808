#include "pg/journal.hpp"

namespace strata::pg {
namespace {

const char* name_of(JournalEntry::State state) {
  switch (state) {
    case JournalEntry::State::running: return "running";
    case JournalEntry::State::done: return "done";
    case JournalEntry::State::failed: return "failed";
  }
  return "";
}

JournalEntry::State state_named(std::string_view name) {
  if (name == "done") return JournalEntry::State::done;
  return name == "failed" ? JournalEntry::State::failed : JournalEntry::State::running;
}

JournalEntry entry_of(const Row& row) { return {state_named(row.text(2)), row.text(7), row.has(6) ? std::optional(DatumGetInt64(row.datum(6))) : std::nullopt}; }

}  // namespace

Journal journal_of(std::string_view revision, Snapshot snapshot) {
  Journal journal;
  lookup(Table::journal, revision, snapshot, [&](const Row& row) { journal.emplace(row.number(1), entry_of(row)); });
  return journal;
}

std::map<std::string, int> half_applied(Snapshot snapshot) {
  std::map<std::string, int> revisions;
  scan(Table::journal, snapshot, [&](const Row& row) { revisions[row.text(0)] += entry_of(row).state == JournalEntry::State::done; });
  return revisions;
}

void require_nothing_half_applied(Snapshot snapshot) {
  for (const auto& [revision, done] : half_applied(snapshot))
    throw Error(sqlstate::wrong_state, fmt::format("revision {} is half applied", revision))
        .with_detail(fmt::format("A migrate_deploy has run {} of its statements to the end; migrate.journal tells which.", done))
        .with_hint("CALL migrate_deploy(...) goes on where it ended. Or finish or undo the revision by hand, and set the version with migrate_stamp.");
}

void write_journal(const std::string& revision, int statement, const JournalEntry& entry, TimestampTz started) {
  write(R"(
INSERT INTO migrate.journal AS j (revision, statement, state, checksum, rows, started, finished, pid)
VALUES ($1, $2::pg_catalog.int4, $3, $4, $5::pg_catalog.int8, $6::pg_catalog.timestamptz,
        CASE WHEN $3 OPERATOR(pg_catalog.=) 'running' THEN NULL ELSE pg_catalog.clock_timestamp() END, pg_catalog.pg_backend_pid())
ON CONFLICT (revision, statement) DO UPDATE SET (state, checksum, rows, finished, pid) =
  ROW (excluded.state, excluded.checksum, coalesce(j.rows OPERATOR(pg_catalog.+) excluded.rows, excluded.rows, j.rows), excluded.finished, excluded.pid))",
        {parameter(revision), parameter(std::to_string(statement)), parameter(std::string(name_of(entry.state))), parameter(entry.checksum),
         parameter(entry.rows ? std::optional(std::to_string(*entry.rows)) : std::nullopt), parameter(timestamp_text(started))});
}

void forget_journal(const std::string& revision) {
  write("DELETE FROM migrate.journal WHERE revision OPERATOR(pg_catalog.=) $1", {parameter(revision)});
}

std::uint64_t forget_journal() { return write("DELETE FROM migrate.journal", {}); }

}  // namespace strata::pg
