// health.hpp - is a database up to date? The one place that answers it.
//
// Effective heads count: a head absorbed by depends_on is reached when the revision that depends on it is. The surprise: a
// version row that the catalog does not know makes a database unhealthy, for nobody can say what it holds.
#pragma once

#include <string>
#include <vector>

#include "core/graph.hpp"

namespace strata {

struct Health {
  std::vector<std::string> current;   // the version rows
  std::vector<std::string> expected;  // the effective heads
  std::vector<std::string> unknown;   // version rows that the catalog lacks
  std::size_t pending = 0;            // revisions to run to reach all heads
  std::string problem;                // why nothing can be said of heads; empty: it can

  bool is_current() const { return pending == 0 && unknown.empty() && problem.empty(); }
};

Health health_of(const Graph& graph, const std::vector<std::string>& version_rows);

// Health as the JSON text of migrate_health().
std::string to_json(const Health& health);

// Raises 55000 unless every revision that `target` names is applied; MG001 and the like for a target that names none.
void require_applied(const Graph& graph, std::string_view target, const std::vector<std::string>& version_rows);

// Raises 55000, as Alembic's autogenerate and check do, unless every revision is applied.
void require_up_to_date(const Graph& graph, const std::vector<std::string>& version_rows);

// The rows that the graph knows.
Indexes known_rows(const Graph& graph, const std::vector<std::string>& version_rows);

}  // namespace strata
