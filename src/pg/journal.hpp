// journal.hpp - migrate.journal: the statements of revisions that are half applied.
//
// Only revisions that cannot run as one transaction have entries, and only until they are applied: the end of the last statement, the
// version row and the removal of the entries are one transaction. The surprise: their mere presence stops migrate_upgrade and migrate_downgrade.
#pragma once

#include <map>

#include "core/journal.hpp"
#include "pg/catalog.hpp"

extern "C" {
#include "datatype/timestamp.h"
}

namespace strata::pg {

Journal journal_of(std::string_view revision, Snapshot snapshot);
// The revisions that are half applied, with the number of statements done.
std::map<std::string, int> half_applied(Snapshot snapshot);
// Raises 55000 when there are any.
void require_nothing_half_applied(Snapshot snapshot);

// Writes one entry; rows are added to those it has. `started` counts when it has none yet.
void write_journal(const std::string& revision, int statement, const JournalEntry& entry, TimestampTz started);
void forget_journal(const std::string& revision);
// All of it; returns the number of entries.
std::uint64_t forget_journal();

}  // namespace strata::pg
