// sort.hpp - one deterministic order for nodes with declared edges, and the knots in which there is none.
//
// Nodes are numbers; of those that may come next the one with the smallest rank does. The surprise: sort() never fails, because a
// migration that stands in a knot is proven wrong later with a better message than "cycle"; ask knots() before.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace strata::schema {

class Order {
 public:
  explicit Order(int nodes) : after_(nodes) {}
  // `first` comes before `second`; negative numbers and equal ones are ignored.
  void before(int first, int second);
  // The strongly connected components with more than one node.
  std::vector<std::vector<int>> knots() const;
  // All nodes; `ranks` decide between those that may come next.
  std::vector<int> sorted(const std::vector<std::string>& ranks) const;

 private:
  std::vector<std::set<int>> after_;
};

}  // namespace strata::schema
