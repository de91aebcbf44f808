// walk.hpp - walks over the revision graph: ancestors, descendants, order.
//
// Everything is index based and uses explicit stacks: a chain of 100,000 revisions is an ordinary graph.
// The surprise: a walk includes the revisions it starts from.
#pragma once

#include <span>
#include <vector>

#include "core/graph.hpp"

namespace strata {

// Which edges a walk follows: down_revision only, or depends_on as well.
enum class Edges { lineage, all };

// One mark for each revision of a graph: marks[i] != 0 when i belongs to the set.
using Marks = std::vector<char>;

Marks ancestors(const Graph&, std::span<const Index> from, Edges);
Marks descendants(const Graph&, std::span<const Index> from, Edges);

// Ancestors and descendants of each of them: what Alembic calls sharing a lineage.
Marks related(const Graph&, std::span<const Index> to, Edges);

// The marked revisions, each after all its parents and dependencies, branch by branch: post-order from `from`, parents in the
// order written, then dependencies. Marked revisions that are no ancestors of `from` are left out.
Indexes in_order(const Graph&, const Marks& wanted, std::span<const Index> from);

// The first of the revisions that is an ancestor of another one of them.
std::optional<Index> overlap(const Graph&, std::span<const Index> revisions);

Indexes marked(const Marks&);

// Finds what a revision names although another revision it names needs it already. Keep one for many questions.
class Redundancy {
 public:
  explicit Redundancy(const Graph&);
  Indexes below(Index);

 private:
  const Graph& graph_;
  std::vector<std::uint32_t> depth_;  // length of the longest way down
  std::vector<Index> seen_for_;
};

}  // namespace strata
