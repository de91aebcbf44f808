// offline.hpp - a plan as a script for psql, to be read, reviewed and run by hand.
//
// One transaction, but for revisions that cannot run in one. migrate.expect() at the start refuses when the version rows are
// not those the script was printed for, migrate.record() books each step. The surprise: psql has no settings that end with a revision, so each
// is followed by RESET ALL and the role is put back; what the session had SET before the script does not count.
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"
#include "core/revision.hpp"

namespace strata {

struct OfflineStep {
  Operation operation;
  std::string revision;
  std::string title;  // the line that introduces it: Running upgrade 0085 -> 0086, add booking priority
  std::string sql;    // as psql is to run it: what is to be repeated repeats by itself
  Transaction transaction;  // forbidden: cannot run in a transaction, for whatever reason
  std::vector<std::string> from_heads;
  std::vector<std::string> to_heads;
};

std::string print_offline(const std::vector<OfflineStep>& steps);

// The line that announces a step, as Alembic words it.
std::string announcement(const Graph& graph, const Step& step, const std::string& message);

}  // namespace strata
