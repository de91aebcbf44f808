// record.hpp - migrate_record_start() to migrate_record_stop(): the DDL that this session runs, until it becomes a revision.
//
// The record is in the memory of the session: it outlives commits, loses what is rolled back, and ends with the session. The guard
// (guard.hpp) says which statement has changed a managed schema. The surprise: a statement is kept whole, as the client sent it, however
// deep in functions its DDL has run.
#pragma once

#include <optional>

#include "pg/value.hpp"

namespace strata::pg {

bool is_recording();
// Only who may start a recording is recorded.
bool may_record();

// `function`: migrate_record_start itself. Raises 55000 while recording, MG003 with several heads, 55000 unless the database is at its head.
void start_recording(Oid function);
// Keeps the statement of the client that is running, once. Raises what would be raised when it is loaded as a script.
void record_statement();
// A revision at head of what was recorded, applied in this database; nothing when nothing was recorded. Raises 55000 when there is no recording.
std::optional<std::string> stop_recording(const std::string& message, const std::optional<std::string>& rev_id);

}  // namespace strata::pg
