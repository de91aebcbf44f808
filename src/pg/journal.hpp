// journal.hpp - migrate.journal: the statements of revisions that are half applied.
//
// Only revisions that cannot run as one transaction have entries, and only until they are applied: the end of the last statement, the
// version row and the removal of the entries are one transaction. The surprise: no entry for a statement means that it has not begun.
#pragma once

#include <map>

#include "pg/catalog.hpp"

namespace strata::pg {

struct JournalEntry {
  enum class State { running, done, failed } state;
  std::string checksum;  // of the statement's tokens
  std::int64_t rows = 0;
};
// By number of the statement, from 1.
using Journal = std::map<int, JournalEntry>;

Journal journal_of(std::string_view revision, Snapshot snapshot);
// The revisions that are half applied, with the number of statements done.
std::map<std::string, int> half_applied(Snapshot snapshot);
// Raises 55000 when there are any.
void require_nothing_half_applied(Snapshot snapshot);

// Writes one entry; `rows` are added to those it has.
void write_journal(const std::string& revision, int statement, const JournalEntry& entry);
void forget_journal(const std::string& revision);
// All of it; returns the number of entries.
std::uint64_t forget_journal();

}  // namespace strata::pg
