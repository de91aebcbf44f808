// plan.hpp - what an operation would do, as a value: the runner only carries it out.
//
// Answers are Alembic's (RevisionMap.iterate_revisions and ScriptDirectory._stamp_revs of 1.19), the applied set being the
// ancestors of the version rows over parents and dependencies, and `heads` its maximal elements.
// The surprise: a plan without steps is a success, "nothing to do".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph.hpp"

namespace strata {

enum class Operation { upgrade, downgrade, stamp };
std::string_view name_of(Operation);
Operation operation_named(std::string_view);  // raises 22023

struct Step {
  Operation operation;
  std::optional<Index> revision;  // none: a stamp that takes rows away (to base)
  Indexes heads;                  // the version rows after this step
};

struct Plan {
  std::vector<Step> steps;
  Indexes heads;  // the version rows at the end, in graph order
};

// `current` are the version rows, in the order stored: as with Alembic, "downgrade -1" from several counts from the first. Rows
// that are ancestors of others are refused by an upgrade (also Alembic's answer) and do no harm to the others. A stamp takes a
// list of targets at its word: what is named stays a version row, even where another one of the list implies it. Raise MG001
// (unknown), MG002 (ambiguous), MG003 (several heads), MG004 (not reachable); every message names the target as typed.
Plan plan_upgrade(const Graph&, std::string_view target, std::span<const Index> current);
Plan plan_downgrade(const Graph&, std::string_view target, std::span<const Index> current);
Plan plan_stamp(const Graph&, std::span<const std::string> targets, std::span<const Index> current);
Plan plan(const Graph&, Operation, std::string_view target, std::span<const Index> current);

// The version rows after one revision more (upgrade) or less (downgrade). Raises MG004 when it cannot be the next step from `current`.
Indexes heads_after(const Graph&, Operation, Index revision, std::span<const Index> current);

// Version rows to indexes; raises MG001 for a row the graph does not know (it names them all, and says what to do).
Indexes locate(const Graph&, std::span<const std::string> rows);

// The ancestors of the rows (rows included) over parents and dependencies: result[i] != 0 when i is applied.
std::vector<char> applied(const Graph&, std::span<const Index> current);
// Maximal elements of an applied set.
Indexes maximal(const Graph&, const std::vector<char>& applied);

}  // namespace strata
