// history.hpp - ranges of revisions: what `alembic history -r a:b` lists, and where offline SQL begins and ends.
//
// Both sides of a history range are inclusive, and a lower side also cuts off what does not descend from it. The surprise:
// a bare number counts from the other side ("-3:current" is current and three below), current+1 from the version rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/graph.hpp"
#include "core/plan.hpp"

namespace strata {

// Newest first: every revision before its parents and dependencies. Without a range everything. Raises 22023 for text that is
// no range, MG004 when the lower side is no ancestor of the upper one, otherwise as resolve.hpp.
// Alembic: ScriptDirectory.walk_revisions.
Indexes history(const Graph&, std::optional<std::string_view> range, std::span<const Index> current);

struct SqlRange {
  Indexes from;        // version rows to plan from
  std::string target;  // for plan_upgrade or plan_downgrade
};

// 'from:to', or 'to' alone (from the version rows). A side left out is the far end: for an upgrade ':x' starts at base and
// 'x:' ends at head, for a downgrade ':x' starts at the heads and 'x:' ends at base.
SqlRange sql_range(const Graph&, std::string_view range, std::span<const Index> current,
                   Operation operation = Operation::upgrade);

}  // namespace strata
