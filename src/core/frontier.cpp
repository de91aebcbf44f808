#include "core/frontier.hpp"

#include <utility>

namespace strata {

Frontier::Frontier(const Graph& graph, Marks applied) : graph_(graph), applied_(std::move(applied)), successors_(graph.size()) {
  for (Index i = 0; i < graph.size(); ++i) {
    if (!applied_[i]) continue;
    for (const auto& down : {graph.parents(i), graph.dependencies(i)}) {
      for (const Index d : down) ++successors_[d];
    }
  }
  for (Index i = 0; i < graph.size(); ++i) {
    if (applied_[i] && successors_[i] == 0) heads_.insert(heads_.end(), i);
  }
}

void Frontier::add(Index i) {
  applied_[i] = 1;
  for (const auto& down : {graph_.parents(i), graph_.dependencies(i)}) {
    for (const Index d : down) {
      if (successors_[d]++ == 0) heads_.erase(d);
    }
  }
  if (successors_[i] == 0) heads_.insert(i);
}

void Frontier::remove(Index i) {
  applied_[i] = 0;
  heads_.erase(i);
  for (const auto& down : {graph_.parents(i), graph_.dependencies(i)}) {
    for (const Index d : down) {
      if (--successors_[d] == 0 && applied_[d]) heads_.insert(d);
    }
  }
}

Indexes Frontier::heads() const { return Indexes(heads_.begin(), heads_.end()); }

}  // namespace strata
