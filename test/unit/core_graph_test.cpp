#include <gtest/gtest.h>

#include "core/text.hpp"
#include "core/walk.hpp"
#include "notation.hpp"

namespace strata {
namespace {

using Kind = GraphFault::Kind;

std::vector<std::string> fault_texts(std::string_view notation) {
  std::vector<std::string> texts;
  for (const GraphFault& fault : Graph::find_faults(lineages(notation))) texts.push_back(fault.text);
  return texts;
}

std::vector<Kind> fault_kinds(const std::vector<Lineage>& revisions) {
  std::vector<Kind> kinds;
  for (const GraphFault& fault : Graph::find_faults(revisions)) kinds.push_back(fault.kind);
  return kinds;
}

TEST(Graph, Empty) {
  const Graph graph = Graph::build({});
  EXPECT_EQ(graph.size(), 0u);
  EXPECT_TRUE(graph.heads().empty());
  EXPECT_FALSE(graph.find("a"));
  EXPECT_TRUE(graph.with_prefix("").empty());
}

TEST(Graph, Neighbours) {
  const Graph graph = graph_of("a->b, a->c, b+c->d, b~>e");
  const auto at = [&](std::string_view id) { return *graph.find(id); };
  const auto list = [&](std::span<const Index> row) { return spelled(graph, Indexes(row.begin(), row.end())); };
  EXPECT_EQ(list(graph.children(at("a"))), "b c");
  EXPECT_EQ(list(graph.parents(at("d"))), "b c");
  EXPECT_EQ(list(graph.dependencies(at("e"))), "b");
  EXPECT_EQ(list(graph.dependents(at("b"))), "e");
  EXPECT_EQ(spelled(graph, graph.heads()), "d e");
  EXPECT_EQ(spelled(graph, graph.bases()), "a e");
  EXPECT_TRUE(graph.is_branch_point(at("a")));
  EXPECT_FALSE(graph.is_branch_point(at("b")));
  EXPECT_TRUE(graph.is_merge_point(at("d")));
}

TEST(Graph, EffectiveHeadsLeaveOutWhatIsDependedOn) {
  const Graph graph = graph_of("a->b, x->y, b~>y");
  EXPECT_EQ(spelled(graph, graph.heads()), "b y");
  EXPECT_EQ(spelled(graph, graph.effective_heads()), "y");
}

TEST(Graph, DependsOnLabel) {
  const Graph graph = Graph::build({{"a", {}, {}, {"one"}}, {"b", {}, {"one"}, {}}});
  EXPECT_EQ(graph.dependencies(1)[0], 0u);
}

TEST(Graph, DownLeavesOutInheritedDependencies) {
  const Graph graph = graph_of("x, a->b->c, x~>b, x~>c, x~>z");
  const auto down = [&](std::string_view id) {
    const auto row = graph.down(*graph.find(id));
    return spelled(graph, Indexes(row.begin(), row.end()));
  };
  EXPECT_EQ(down("b"), "a x");
  EXPECT_EQ(down("c"), "b");
  EXPECT_EQ(down("z"), "x");
}

TEST(Graph, LabelsGoUpTheBranchAndDownASingleLine) {
  const Graph graph = graph_of("a->b->c->d, c[one], x->y[two], x->z, y->y2");
  const auto labels = [&](std::string_view id) { return graph.labels(*graph.find(id)); };
  EXPECT_EQ(labels("d"), std::vector<std::string>{"one"});
  EXPECT_EQ(labels("a"), std::vector<std::string>{"one"});
  EXPECT_EQ(labels("y2"), std::vector<std::string>{"two"});
  EXPECT_TRUE(labels("x").empty());
  EXPECT_TRUE(labels("z").empty());
}

TEST(Graph, LabelsOfBothSidesMeetInAMerge) {
  const Graph graph = graph_of("a->b[one], a->c[two], b+c->d->e");
  EXPECT_EQ(graph.labels(*graph.find("e")), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(graph.labels(*graph.find("b")), std::vector<std::string>{"one"});
}

TEST(Graph, Prefixes) {
  const Graph graph = graph_of("abcd1->abcd2[abcdlabel], abc");
  EXPECT_EQ(spelled(graph, graph.with_prefix("abcd")), "abcd1 abcd2 abcd2");
  EXPECT_EQ(spelled(graph, graph.with_prefix("abc")), "abcd1 abcd2 abcd2");  // "abc" itself is too short to be a match
  EXPECT_TRUE(graph.with_prefix("abcd3").empty());
}

TEST(Graph, CopiesAreIndependent) {
  Graph copy;
  {
    const Graph graph = graph_of("a->b[lab]");
    copy = graph;
  }
  EXPECT_TRUE(copy.find("b"));
  EXPECT_EQ(copy.find_label("lab"), copy.find("b"));
}

TEST(GraphFaults, CycleListsItsMembersInOrder) {
  EXPECT_EQ(fault_texts("z->a, a->b->c->a"), std::vector<std::string>{R"(cycle: "a" -> "b" -> "c" -> "a")"});
}

TEST(GraphFaults, CycleThroughDependencies) {
  EXPECT_EQ(fault_texts("a->b, b~>a"), std::vector<std::string>{R"(cycle: "a" -> "b" -> "a")"});
}

TEST(GraphFaults, EachComponentOnce) {
  EXPECT_EQ(
      fault_texts("a->b->a, c->d->e->c, d->c, b->c"),
      (std::vector<std::string>{R"(cycle: "a" -> "b" -> "a")", R"(cycle: "c" -> "d" -> "c", in which "e" is caught too)"}));
}

TEST(GraphFaults, AllAtOnce) {
  const std::vector<Lineage> revisions{
      {"a", {"a"}, {}, {}}, {"b", {"nowhere"}, {}, {}},  {"c", {}, {"nothing"}, {}}, {"d", {}, {}, {"lab"}},
      {"d", {}, {}, {}},    {"e", {}, {}, {"lab", "a"}}, {"head", {}, {}, {"x:y"}},  {"", {}, {}, {}}};
  EXPECT_EQ(fault_kinds(revisions),
            (std::vector<Kind>{Kind::bad_id, Kind::self_loop, Kind::missing_parent, Kind::missing_dependency, Kind::duplicate_id,
                               Kind::duplicate_label, Kind::clashing_label, Kind::bad_id, Kind::bad_id}));
  EXPECT_EQ(raised([&] { Graph::build(revisions); }), "MG005 the revision graph is broken in 9 places");
}

TEST(GraphFaults, SelfDependencyThroughALabel) {
  EXPECT_EQ(fault_kinds({{"a", {}, {"lab"}, {"lab"}}}), std::vector<Kind>{Kind::self_loop});
}

TEST(GraphFaults, AParentIsNoLabel) {
  const auto faults = Graph::find_faults(std::vector<Lineage>{{"a", {}, {}, {"lab"}}, {"b", {"lab"}, {}, {}}});
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].kind, Kind::missing_parent);
  EXPECT_EQ(faults[0].text, R"(the down_revision "lab" of revision "b" is a branch label, not a revision)");
}

TEST(GraphFaults, BadIds) {
  for (const char* id : {"", "a b", "a@b", "a-b", "a+b", "a:b", "head", "heads", "base", "current", "a\tb",
                         "a\xC2\xA0"
                         "b",
                         "\xFF"}) {
    EXPECT_EQ(fault_kinds({{id, {}, {}, {}}}), std::vector<Kind>{Kind::bad_id}) << id;
  }
  EXPECT_TRUE(fault_kinds({{"1.2_x/\xC3\xA9", {}, {}, {}}}).empty());
}

TEST(GraphFaults, DetailIsBounded) {
  std::vector<Lineage> revisions;
  for (int i = 0; i < 1000; ++i) revisions.push_back({"r" + std::to_string(i), {std::string(1 << 16, 'x')}, {}, {}});
  try {
    Graph::build(revisions);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::count(error.detail.begin(), error.detail.end(), '\n'), 50);
    EXPECT_TRUE(error.detail.ends_with("\n... and 950 more"));
    EXPECT_LT(error.detail.size(), 10'000u);
  }
}

TEST(GraphFaults, DeepCycleNeedsNoStack) {
  std::vector<Lineage> revisions;
  constexpr int depth = 100'000;
  for (int i = 0; i < depth; ++i) revisions.push_back({"r" + std::to_string(i), {"r" + std::to_string((i + 1) % depth)}, {}, {}});
  EXPECT_EQ(fault_kinds(revisions), std::vector<Kind>{Kind::cycle});
}

TEST(Walk, AncestorsAndDescendants) {
  const Graph graph = graph_of("a->b->c, x->y, b~>y");
  const auto from = [&](std::string_view id) { return indexes(graph, id); };
  EXPECT_EQ(spelled(graph, marked(ancestors(graph, from("y"), Edges::all))), "a b x y");
  EXPECT_EQ(spelled(graph, marked(ancestors(graph, from("y"), Edges::lineage))), "x y");
  EXPECT_EQ(spelled(graph, marked(descendants(graph, from("b"), Edges::all))), "b c y");
  EXPECT_EQ(spelled(graph, marked(descendants(graph, from("b"), Edges::lineage))), "b c");
  EXPECT_EQ(spelled(graph, marked(related(graph, from("b"), Edges::lineage))), "a b c");
}

TEST(Walk, OrderIsBranchByBranch) {
  const Graph graph = graph_of("a->b1->b2, a->c1->c2, c2+b2->d");
  EXPECT_EQ(spelled(graph, in_order(graph, Marks(graph.size(), 1), graph.heads())), "a c1 c2 b1 b2 d");
}

TEST(Walk, Redundancy) {
  const Graph graph = graph_of("a->b->c, x, c+x+a->d");
  EXPECT_EQ(spelled(graph, Redundancy(graph).below(*graph.find("d"))), "a");
  EXPECT_EQ(Redundancy(graph).below(*graph.find("b")), Indexes{});
}

TEST(Text, Quoted) {
  EXPECT_EQ(quoted("abc"), R"("abc")");
  EXPECT_EQ(quoted(std::string(1 << 20, 'x')), '"' + std::string(64, 'x') + "...\"");
  EXPECT_EQ(quoted("a\nb\xFF"), R"("a\x0ab\xff")");
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "\xC3\xA9";
  EXPECT_TRUE(is_utf8(quoted(accents)));
  EXPECT_EQ(character_count(quoted(accents)), 64u + 5u);
}

TEST(Text, Utf8) {
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xF8\x88\x80\x80\x80"})
    EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace strata
