// job.hpp - the steps of a plan with what the catalog knows of them.
#pragma once

#include "pg/store.hpp"

namespace strata::pg {

struct Job {
  Step step;
  std::string id;  // empty: a stamp to base
  StoredRevision revision;

  // The script of its direction; none for a stamp.
  const StoredScript* script() const;
  // For messages: 0086 (0086_add_priority.sql).
  std::string title() const;
};

// Raises MG007 for a downgrade of an irreversible revision, 55000 for a revision whose script is lost.
std::vector<Job> jobs_of(const Graph& graph, const Plan& plan, Snapshot snapshot);

Texts ids_of(const Graph& graph, std::span<const Index> indexes);

}  // namespace strata::pg
