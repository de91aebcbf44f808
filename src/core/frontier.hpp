// frontier.hpp - the maximal elements of an applied set, kept while revisions come and go.
//
// The set is closed (with a revision all its ancestors), so a revision is maximal exactly when none of its direct
// successors is applied: counting those is the definition, not a patch. The surprise: heads() is a copy in graph order.
#pragma once

#include <set>

#include "core/graph.hpp"
#include "core/walk.hpp"

namespace strata {

class Frontier {
 public:
  Frontier(const Graph&, Marks applied);

  void add(Index);     // everything below it must be applied
  void remove(Index);  // nothing above it may be applied
  Indexes heads() const;

 private:
  const Graph& graph_;
  Marks applied_;
  std::vector<std::uint32_t> successors_;  // applied ones among children and dependents
  std::set<Index> heads_;
};

}  // namespace strata
