// One order for nodes with edges, and the knots in which there is none.
#include "schema/sort.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace strata::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Order order_of(int nodes, const std::vector<std::pair<int, int>>& edges) {
  Order order(nodes);
  for (const auto& [first, second] : edges) order.before(first, second);
  return order;
}

std::vector<std::string> ranks(const std::string& letters) {
  std::vector<std::string> all;
  for (const char c : letters) all.emplace_back(1, c);
  return all;
}

TEST(Sort, RanksDecideWhereEdgesDoNot) {
  EXPECT_THAT(order_of(4, {}).sorted(ranks("dcba")), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(order_of(4, {{0, 3}}).sorted(ranks("dcba")), ElementsAre(2, 1, 0, 3));
  EXPECT_THAT(order_of(3, {}).sorted(ranks("aaa")), ElementsAre(0, 1, 2));
  EXPECT_THAT(order_of(0, {}).sorted({}), IsEmpty());
}

TEST(Sort, EdgesToNowhereAndToItselfAreNothing) {
  const Order order = order_of(2, {{-1, 0}, {0, -1}, {1, 1}, {0, 0}});
  EXPECT_THAT(order.sorted(ranks("ba")), ElementsAre(1, 0));
  EXPECT_THAT(order.knots(), IsEmpty());
}

TEST(Sort, SayingItTwiceIsSayingItOnce) { EXPECT_THAT(order_of(2, {{1, 0}, {1, 0}}).sorted(ranks("ab")), ElementsAre(1, 0)); }

TEST(Sort, KnotsAreTheStrongComponents) {
  EXPECT_THAT(order_of(3, {{0, 1}, {1, 2}}).knots(), IsEmpty());
  EXPECT_THAT(order_of(3, {{0, 1}, {1, 0}, {1, 2}}).knots(), ElementsAre(ElementsAre(0, 1)));
  auto knots = order_of(7, {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 4}, {4, 3}, {5, 6}}).knots();
  std::sort(knots.begin(), knots.end());
  EXPECT_THAT(knots, ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4)));
}

TEST(Sort, AKnotIsSortedAllTheSame) {
  std::vector<int> sorted = order_of(4, {{0, 1}, {1, 2}, {2, 1}, {2, 3}}).sorted(ranks("abcd"));
  EXPECT_EQ(sorted.front(), 0);
  EXPECT_EQ(sorted.back(), 3);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_THAT(sorted, ElementsAre(0, 1, 2, 3));
}

TEST(Sort, AChainOfAHundredThousandIsNoRecursion) {
  constexpr int size = 100'000;
  Order order(size);
  for (int i = 1; i < size; i++) order.before(i, i - 1);
  EXPECT_THAT(order.knots(), IsEmpty());
  const std::vector<int> sorted = order.sorted(std::vector<std::string>(size, "same"));
  EXPECT_EQ(sorted.front(), size - 1);
  EXPECT_EQ(sorted.back(), 0);
  order.before(0, size - 1);
  ASSERT_EQ(order.knots().size(), 1u);
  EXPECT_EQ(order.knots()[0].size(), static_cast<std::size_t>(size));
}

// The same nodes under other numbers come in the same order.
TEST(Sort, NumbersDoNotMatter) {
  std::mt19937 random(4);
  constexpr int size = 200;
  std::vector<std::pair<int, int>> edges;
  for (int i = 0; i < 500; i++) {
    const int a = static_cast<int>(random() % size), b = static_cast<int>(random() % size);
    if (a != b) edges.emplace_back(std::min(a, b), std::max(a, b));
  }
  std::vector<std::string> names;
  for (int i = 0; i < size; i++) names.push_back(std::to_string(random()) + "_" + std::to_string(i));
  const auto named = [&](const std::vector<int>& number_of) {
    std::vector<std::string> shuffled(size);
    Order order(size);
    for (int i = 0; i < size; i++) shuffled[number_of[i]] = names[i];
    for (const auto& [a, b] : edges) order.before(number_of[a], number_of[b]);
    std::vector<std::string> result;
    for (const int node : order.sorted(shuffled)) result.push_back(shuffled[node]);
    return result;
  };
  std::vector<int> numbers(size);
  for (int i = 0; i < size; i++) numbers[i] = i;
  const std::vector<std::string> first = named(numbers);
  for (int round = 0; round < 20; round++) {
    std::shuffle(numbers.begin(), numbers.end(), random);
    EXPECT_EQ(named(numbers), first);
  }
}

}  // namespace
}  // namespace strata::schema
