// replay.hpp - applied revisions run again from the beginning in a hidden world: what they build, and what others would build in their place.
#pragma once

#include "core/graph.hpp"
#include "pg/schema_engine.hpp"
#include "pg/store.hpp"

namespace strata::pg {

// A script that is run again, and what it is called in errors.
struct ReplayStep {
  std::string name;
  std::string sql;
};

// The upgrades of these revisions, in this order. Raises 55000 for a revision whose script is lost.
std::vector<ReplayStep> replay_steps(const Graph& graph, const Indexes& revisions, Snapshot snapshot);
// All applied revisions, each after those that it needs.
Indexes applied_in_order(const Graph& graph, const Texts& version_rows);

struct Replayed {
  Texts schemas;
  schema::Model before;  // after the first steps
  schema::Model after;   // after all
};
// Runs `first` and then `second`.
Replayed replay(const std::vector<ReplayStep>& first, const std::vector<ReplayStep>& second);

// Raises MG010 unless `upgrade` leads from what `first` builds to replayed.after, and `downgrade` back to replayed.before.
void prove_replacement(const Replayed& replayed, const std::vector<ReplayStep>& first, const std::string& upgrade, const std::string& downgrade);

}  // namespace strata::pg
