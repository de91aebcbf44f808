#include <gtest/gtest.h>

#include "core/graph.hpp"
#include "core/plan.hpp"

namespace strata {
namespace {

std::vector<Lineage> revisions() {
  return {{"aaaa", {}, {}, {"left"}}, {"bbbb", {}, {}, {"right"}}, {"cccc", {"aaaa"}, {"right"}, {}},
          {"dddd", {"aaaa"}, {"bbbb"}, {}}, {"eeee", {"cccc", "dddd"}, {}, {"café", "x"}}};
}

TEST(GraphPack, UnpacksToTheSameAnswers) {
  const Graph built = Graph::build(revisions());
  const Graph unpacked = *Graph::unpack(built.pack());
  ASSERT_EQ(unpacked.size(), built.size());
  for (Index i = 0; i < built.size(); ++i) {
    EXPECT_EQ(unpacked.lineage(i), built.lineage(i));
    EXPECT_EQ(unpacked.labels(i), built.labels(i));
    EXPECT_EQ(unpacked.find(built.id(i)), i);
    const auto list = [](std::span<const Index> indexes) { return Indexes(indexes.begin(), indexes.end()); };
    EXPECT_EQ(list(unpacked.down(i)), list(built.down(i)));
    EXPECT_EQ(list(unpacked.children(i)), list(built.children(i)));
    EXPECT_EQ(list(unpacked.dependents(i)), list(built.dependents(i)));
  }
  EXPECT_EQ(unpacked.heads(), built.heads());
  EXPECT_EQ(unpacked.effective_heads(), built.effective_heads());
  EXPECT_EQ(unpacked.bases(), built.bases());
  EXPECT_EQ(unpacked.find_label("café"), built.find_label("café"));
  EXPECT_EQ(unpacked.with_prefix("cccc"), built.with_prefix("cccc"));
  EXPECT_EQ(plan_upgrade(unpacked, "left@head", {}).heads, plan_upgrade(built, "left@head", {}).heads);
  EXPECT_EQ(unpacked.pack(), built.pack());
}

TEST(GraphPack, AnEmptyGraphIsAGraph) {
  const auto unpacked = Graph::unpack(Graph::build({}).pack());
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(unpacked->size(), 0u);
  EXPECT_TRUE(unpacked->heads().empty());
}

TEST(GraphPack, DamageIsNoticed) {
  const std::string packed = Graph::build(revisions()).pack();
  EXPECT_FALSE(Graph::unpack(""));
  EXPECT_FALSE(Graph::unpack("short"));
  EXPECT_FALSE(Graph::unpack(packed + "x"));
  for (std::size_t length = 0; length < packed.size(); ++length) EXPECT_FALSE(Graph::unpack(packed.substr(0, length))) << length;
  for (std::size_t at = 0; at < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(Graph::unpack(damaged)) << at;
  }
}

}  // namespace
}  // namespace strata
