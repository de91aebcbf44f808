// runner.hpp - carries out a plan in the caller's transaction. It decides nothing.
//
// Version rows and log entries are written once, after the last step: the transaction is all or nothing anyway.
// The surprise: with_migration() must come before the plan is made, because it waits for other migrations to end.
#pragma once

#include <functional>

#include "pg/job.hpp"

namespace strata::pg {

// Takes the migration lock, then runs `body` with a snapshot of what is committed now. Raises 40001 when the caller's
// transaction works on an older snapshot (repeatable read, serializable) in which the catalog differs.
void with_migration(const std::function<void(Snapshot)>& body);

struct DoneStep {
  Job job;
  std::int64_t microseconds;
};

// `rows` are the version rows as they are. Raises MG008 for a revision that cannot run in a transaction before anything has run, then
// whatever the scripts raise.
std::vector<DoneStep> carry_out(const Graph& graph, Plan plan, const Texts& rows, Snapshot snapshot);

}  // namespace strata::pg
