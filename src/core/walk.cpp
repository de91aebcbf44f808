#include "core/walk.hpp"

#include <algorithm>
#include <utility>

namespace strata {

namespace {

template <typename Neighbours>
Marks flood(const Graph& graph, std::span<const Index> from, const Neighbours& neighbours) {
  Marks seen(graph.size());
  Indexes stack;
  const auto visit = [&](Index i) {
    if (!std::exchange(seen[i], 1)) stack.push_back(i);
  };
  for (const Index i : from) visit(i);
  while (!stack.empty()) {
    const Index at = stack.back();
    stack.pop_back();
    neighbours(at, visit);
  }
  return seen;
}

}  // namespace

Marks ancestors(const Graph& graph, std::span<const Index> from, Edges edges) {
  return flood(graph, from, [&](Index at, const auto& visit) {
    for (const Index i : edges == Edges::all ? graph.down(at) : graph.parents(at)) visit(i);
  });
}

Marks descendants(const Graph& graph, std::span<const Index> from, Edges edges) {
  return flood(graph, from, [&](Index at, const auto& visit) {
    for (const Index i : graph.children(at)) visit(i);
    if (edges == Edges::lineage) return;
    for (const Index i : graph.dependents(at)) visit(i);
  });
}

Marks related(const Graph& graph, std::span<const Index> to, Edges edges) {
  Marks result = ancestors(graph, to, edges);
  const Marks above = descendants(graph, to, edges);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] |= above[i];
  return result;
}

Indexes in_order(const Graph& graph, const Marks& wanted, std::span<const Index> from) {
  struct Frame {
    Index at;
    std::uint32_t next;
  };
  Indexes order;
  Marks seen(graph.size());
  std::vector<Frame> frames;
  for (const Index start : from) {
    if (!std::exchange(seen[start], 1)) frames.push_back({start, 0});
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const auto down = graph.down(frame.at);
      if (frame.next < down.size()) {
        const Index to = down[frame.next++];
        if (!std::exchange(seen[to], 1)) frames.push_back({to, 0});
        continue;
      }
      if (wanted[frame.at]) order.push_back(frame.at);
      frames.pop_back();
    }
  }
  return order;
}

std::optional<Index> overlap(const Graph& graph, std::span<const Index> revisions) {
  Indexes below;
  for (const Index i : revisions) below.insert(below.end(), graph.down(i).begin(), graph.down(i).end());
  const Marks covered = ancestors(graph, below, Edges::all);
  for (const Index i : revisions) {
    if (covered[i]) return i;
  }
  return std::nullopt;
}

Indexes marked(const Marks& marks) {
  Indexes result;
  for (Index i = 0; i < marks.size(); ++i) {
    if (marks[i]) result.push_back(i);
  }
  return result;
}

Redundancy::Redundancy(const Graph& graph) : graph_(graph), depth_(graph.size()), seen_for_(graph.size()) {
  for (const Index i : in_order(graph, Marks(graph.size(), 1), graph.effective_heads())) {
    for (const Index d : graph.down(i)) depth_[i] = std::max(depth_[i], depth_[d] + 1);
  }
}

Indexes Redundancy::below(Index revision) {
  const auto down = graph_.down(revision);
  Indexes result;
  std::uint32_t lowest = UINT32_MAX;
  for (const Index d : down) {
    // What nothing else stands on cannot be needed by another.
    if (graph_.children(d).size() + graph_.dependents(d).size() > 1) lowest = std::min(lowest, depth_[d]);
  }
  if (lowest == UINT32_MAX) return result;
  Indexes stack(down.begin(), down.end());
  while (!stack.empty()) {
    const Index at = stack.back();
    stack.pop_back();
    for (const Index below : graph_.down(at)) {
      if (depth_[below] < lowest || seen_for_[below] == revision + 1) continue;
      seen_for_[below] = revision + 1;
      stack.push_back(below);
    }
  }
  for (const Index d : down) {
    if (seen_for_[d] == revision + 1) result.push_back(d);
  }
  return result;
}

}  // namespace strata
