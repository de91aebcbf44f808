// Which revisions may become one, and how the others hang together afterwards.
#include "core/squash.hpp"

#include <gtest/gtest.h>

#include "notation.hpp"

namespace strata {
namespace {

std::vector<std::string> ids(const Graph& graph, const Indexes& revisions) {
  std::vector<std::string> names;
  for (const Index i : revisions) names.push_back(graph.id(i));
  return names;
}

Segment segment(const Graph& graph, const char* from, const char* to, const std::vector<std::string>& rows) {
  return closed_segment(graph, *graph.find(from), *graph.find(to), rows);
}

void expect_refused(const Graph& graph, const char* from, const char* to, const std::vector<std::string>& rows, const std::string& why, SqlState state = sqlstate::wrong_state) {
  try {
    segment(graph, from, to, rows);
    ADD_FAILURE() << from << " to " << to;
  } catch (const Error& error) {
    EXPECT_EQ(error.sqlstate, state) << error.message;
    EXPECT_NE((error.message + error.detail).find(why), std::string::npos) << error.message << " | " << error.detail;
  }
}

using Names = std::vector<std::string>;

TEST(Squash, AChain) {
  const Graph graph = graph_of("aaaa->bbbb, bbbb->cccc, cccc->dddd");
  const Segment found = segment(graph, "bbbb", "cccc", {"dddd"});
  EXPECT_EQ(ids(graph, found.revisions), (Names{"bbbb", "cccc"}));
  EXPECT_EQ(ids(graph, found.before), (Names{"aaaa"}));
  const Relinked links = relink(graph, found, "xxxx");
  EXPECT_EQ(links.squashed.down_revision, (Names{"aaaa"}));
  ASSERT_EQ(links.changed.size(), 1u);
  EXPECT_EQ(links.changed[0].id, "dddd");
  EXPECT_EQ(links.changed[0].down_revision, (Names{"xxxx"}));
}

TEST(Squash, TheWholeHistory) {
  const Graph graph = graph_of("aaaa->bbbb, bbbb->cccc");
  const Segment found = segment(graph, "aaaa", "cccc", {"cccc"});
  EXPECT_EQ(ids(graph, found.revisions), (Names{"aaaa", "bbbb", "cccc"}));
  EXPECT_TRUE(found.before.empty());
  EXPECT_TRUE(relink(graph, found, "xxxx").changed.empty());
}

TEST(Squash, OneRevision) {
  const Graph graph = graph_of("aaaa->bbbb");
  EXPECT_EQ(ids(graph, segment(graph, "bbbb", "bbbb", {"bbbb"}).revisions), (Names{"bbbb"}));
}

TEST(Squash, BranchesThatMergeInside) {
  const Graph graph = graph_of("aaaa->bbbb, aaaa->cccc, bbbb+cccc->dddd");
  EXPECT_EQ(segment(graph, "aaaa", "dddd", {"dddd"}).revisions.size(), 4u);
}

TEST(Squash, ABranchThatLeaves) { expect_refused(graph_of("aaaa->bbbb, bbbb->cccc, bbbb->dddd"), "aaaa", "cccc", {"cccc", "dddd"}, "\"dddd\" hangs on revision \"bbbb\""); }

TEST(Squash, ABranchThatComesIn) { expect_refused(graph_of("aaaa->bbbb, bbbb+eeee->cccc, aaaa->eeee"), "bbbb", "cccc", {"cccc"}, "hangs on revision \"eeee\""); }

TEST(Squash, NotApplied) { expect_refused(graph_of("aaaa->bbbb, bbbb->cccc"), "aaaa", "cccc", {"bbbb"}, "not applied"); }

TEST(Squash, TheWrongWayRound) { expect_refused(graph_of("aaaa->bbbb"), "bbbb", "aaaa", {"bbbb"}, "not below", sqlstate::unreachable_target); }

}  // namespace
}  // namespace strata
