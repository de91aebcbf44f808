// resolve.hpp - what a target means in a graph.
//
// Answers are Alembic's (RevisionMap.get_revision, get_revisions, _walk). A Place is a revision or base, where nothing is
// applied. Errors: MG001 unknown, MG002 ambiguous, MG003 several heads, MG004 not reachable; each names the target as typed.
// The surprise: without a label "heads" leaves out heads that another revision depends on, with one it does not.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/graph.hpp"
#include "core/target.hpp"
#include "core/walk.hpp"

namespace strata {

using Place = std::optional<Index>;  // none: base

// What a server function needs: all revisions a target names, none for "base". Relative targets count from `current`.
Indexes resolve(const Graph&, std::string_view target, std::span<const Index> current = {});
// The one revision a target names; raises MG003 for several, MG001 for base.
Index resolve_one(const Graph&, std::string_view target, std::span<const Index> current = {});

// The revision a label (or a revision used as one) stands for; none when the target has no label.
std::optional<Index> find_branch(const Graph&, const Target&);

// An id, a label or a prefix of 4 or more characters; label and name must share a lineage when the target has a label.
Index find_named(const Graph&, const Target&);

// All revisions of a target whose steps, if any, are left aside. Alembic: RevisionMap.get_revisions.
Indexes find_all(const Graph&, const Target&, std::span<const Index> current);
// The same for exactly one place; raises MG003 when there are several. Alembic: RevisionMap.get_revision.
Place find_place(const Graph&, const Target&, std::span<const Index> current);

enum class Overwalk { refuse, stop };  // what to do past the last revision: no answer, or stay there

// `steps` up (children) or down (parents) from a place; up only through `branch` when there is one. Raises MG002 where the
// way forks; no value past the end. Alembic: RevisionMap._walk, from base one step down leads to the head.
std::optional<Place> walk(const Graph&, const Target&, Place start, int steps, const Marks* branch, Overwalk);

// Where "upgrade <target>" and "downgrade <target>" lead, counted from `current`.
Indexes upgrade_targets(const Graph&, const Target&, std::span<const Index> current, Overwalk = Overwalk::refuse);
struct DowngradeTarget {
  Place place;
  std::optional<Index> branch;  // only this branch goes down, where there are several
};
DowngradeTarget downgrade_target(const Graph&, const Target&, std::span<const Index> current);

// Ids in the order given.
std::vector<std::string> ids(const Graph&, std::span<const Index>);

// The MG004 of a target that an operation cannot reach.
Error unreachable(const Target&, std::string detail);

}  // namespace strata
