#include "schema/sort.hpp"

#include <algorithm>
#include <limits>

namespace strata::schema {

void Order::before(int first, int second) {
  if (first >= 0 && second >= 0 && first != second) after_[first].insert(second);
}

// Tarjan's algorithm with a stack of its own: a chain of a hundred thousand views is no recursion.
std::vector<std::vector<int>> Order::knots() const {
  const int size = static_cast<int>(after_.size());
  std::vector<int> number(size, -1), low(size, 0), stack;
  std::vector<bool> on_stack(size, false);
  std::vector<std::vector<int>> knots;
  struct Frame {
    int node;
    std::set<int>::const_iterator next;
  };
  std::vector<Frame> frames;
  int counter = 0;
  const auto enter = [&](int node) {
    number[node] = low[node] = counter++;
    stack.push_back(node);
    on_stack[node] = true;
    frames.push_back({node, after_[node].begin()});
  };
  for (int root = 0; root < size; root++) {
    if (number[root] >= 0) continue;
    enter(root);
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const int node = frame.node;
      if (frame.next != after_[node].end()) {
        const int next = *frame.next++;
        if (number[next] < 0) enter(next);
        else if (on_stack[next]) low[node] = std::min(low[node], number[next]);
        continue;
      }
      frames.pop_back();
      if (!frames.empty()) low[frames.back().node] = std::min(low[frames.back().node], low[node]);
      if (low[node] != number[node]) continue;
      std::vector<int> knot;
      int member = -1;
      do {
        member = stack.back();
        stack.pop_back();
        on_stack[member] = false;
        knot.push_back(member);
      } while (member != node);
      if (knot.size() > 1) {
        std::sort(knot.begin(), knot.end());
        knots.push_back(std::move(knot));
      }
    }
  }
  return knots;
}

std::vector<int> Order::sorted(const std::vector<std::string>& ranks) const {
  const int size = static_cast<int>(after_.size());
  std::vector<int> position(size), waiting(size, 0), order;
  std::vector<int> by_rank(size);
  for (int i = 0; i < size; i++) by_rank[i] = i;
  std::stable_sort(by_rank.begin(), by_rank.end(), [&](int a, int b) { return ranks[a] < ranks[b]; });
  for (int i = 0; i < size; i++) position[by_rank[i]] = i;
  for (const auto& followers : after_)
    for (const int follower : followers) waiting[follower]++;
  std::set<int> ready, rest;  // positions
  for (int node = 0; node < size; node++) (waiting[node] == 0 ? ready : rest).insert(position[node]);
  while (static_cast<int>(order.size()) < size) {
    if (ready.empty()) {  // a knot: begin where the fewest edges are broken
      int best = *rest.begin();
      for (const int candidate : rest)
        if (waiting[by_rank[candidate]] < waiting[by_rank[best]]) best = candidate;
      rest.erase(best);
      ready.insert(best);
      waiting[by_rank[best]] = 0;
    }
    const int node = by_rank[*ready.begin()];
    ready.erase(ready.begin());
    order.push_back(node);
    for (const int follower : after_[node])
      if (rest.contains(position[follower]) && --waiting[follower] == 0) {
        rest.erase(position[follower]);
        ready.insert(position[follower]);
      }
  }
  return order;
}

}  // namespace strata::schema
