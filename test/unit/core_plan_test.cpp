#include <gtest/gtest.h>

#include "core/plan.hpp"
#include "notation.hpp"

namespace strata {
namespace {

// "b{b} c{b c}": the revisions of the steps, each with the version rows after it.
std::string planned(std::string_view notation, std::string_view operation, std::string_view target,
                    std::string_view current = "") {
  const Graph graph = graph_of(notation);
  std::string text;
  const std::string error = raised([&] {
    const Plan result = plan(graph, operation_named(operation), target, indexes(graph, current));
    for (const Step& step : result.steps) {
      if (!text.empty()) text += ' ';
      text += (step.revision ? graph.id(*step.revision) : "-") + "{" + spelled(graph, step.heads) + "}";
    }
    EXPECT_EQ(spelled(graph, result.heads), result.steps.empty()
                                                ? spelled(graph, maximal(graph, applied(graph, indexes(graph, current))))
                                                : spelled(graph, result.steps.back().heads));
  });
  return error == "no error" ? text : error;
}

TEST(Upgrade, Chain) {
  EXPECT_EQ(planned("a->b->c", "upgrade", "head"), "a{a} b{b} c{c}");
  EXPECT_EQ(planned("a->b->c", "upgrade", "head", "b"), "c{c}");
  EXPECT_EQ(planned("a->b->c", "upgrade", "head", "c"), "");
  EXPECT_EQ(planned("a->b->c", "upgrade", "a", "c"), "");
  EXPECT_EQ(planned("a->b->c", "upgrade", "base", "b"), "");
  EXPECT_EQ(planned("a->b->c", "upgrade", "current", "b"), "");
  EXPECT_EQ(planned("", "upgrade", "head"), "");
}

TEST(Upgrade, BranchesAndMerges) {
  EXPECT_EQ(planned("a->b, a->c, b+c->d", "upgrade", "head"), "a{a} b{b} c{b c} d{d}");
  EXPECT_EQ(planned("a->b, a->c, b+c->d", "upgrade", "c", "b"), "c{b c}");
  EXPECT_EQ(planned("a->b, a->c", "upgrade", "heads"), "a{a} b{b} c{b c}");
  EXPECT_EQ(planned("a->b, a->c", "upgrade", "head"), "MG003 target \"head\" stands for several heads");
}

TEST(Upgrade, Dependencies) {
  EXPECT_EQ(planned("a->b, x->y, b~>y", "upgrade", "y"), "x{x} a{a x} b{b x} y{y}");
  EXPECT_EQ(planned("a->b, x->y, b~>y", "upgrade", "heads", "b"), "x{b x} y{y}");
}

TEST(Upgrade, Relative) {
  EXPECT_EQ(planned("a->b->c", "upgrade", "+2"), "a{a} b{b}");
  EXPECT_EQ(planned("a->b->c", "upgrade", "current+1", "b"), "c{c}");
  EXPECT_EQ(planned("a->b->c", "upgrade", "+1", "c"), "MG004 target \"+1\" cannot be reached from the current revisions");
  EXPECT_EQ(planned("a->b->c", "upgrade", "-1", "c"), "MG004 target \"-1\" cannot be reached from the current revisions");
  EXPECT_EQ(planned("a->b, a->c", "upgrade", "+1", "a"), "MG002 target \"+1\" is ambiguous: the way up forks");
  EXPECT_EQ(planned("a->b[one], a->c", "upgrade", "one@+1", "a"), "b{b}");
  EXPECT_EQ(planned("a->b[one], a->c", "upgrade", "one@+1", "c"), "b{b c}");
  EXPECT_EQ(planned("a->b->d, a->c", "upgrade", "+1", "b c"),
            "MG002 target \"+1\" is ambiguous: it could count from several current revisions");
}

TEST(Upgrade, OverlappingRowsAreRefused) {
  EXPECT_EQ(planned("a->b->c", "upgrade", "head", "a b"), "MG004 cannot upgrade to \"head\": the version rows overlap");
}

TEST(Upgrade, OverlappingTargetsAreRefused) {
  EXPECT_EQ(planned("a[one]->b, a->y, b~>y", "upgrade", "one@heads"),
            "MG004 target \"one@heads\" cannot be reached from the current revisions");
}

TEST(Upgrade, RedundantMergeIsRefused) {
  EXPECT_EQ(planned("a->b, x, b+x+a->d", "upgrade", "head"),
            "MG004 cannot upgrade to \"head\": merge \"d\" names \"a\" without need");
  EXPECT_EQ(planned("a->b, x, b+x+a->d, a->o", "upgrade", "d", "b o x"), "d{d o}");
  EXPECT_EQ(planned("a->b, b+a->d", "upgrade", "head"), "a{a} b{b} d{d}");
}

TEST(Downgrade, Chain) {
  EXPECT_EQ(planned("a->b->c", "downgrade", "a", "c"), "c{b} b{a}");
  EXPECT_EQ(planned("a->b->c", "downgrade", "base", "c"), "c{b} b{a} a{}");
  EXPECT_EQ(planned("a->b->c", "downgrade", "-1", "c"), "c{b}");
  EXPECT_EQ(planned("a->b->c", "downgrade", "current-2", "c"), "c{b} b{a}");
  EXPECT_EQ(planned("a->b->c", "downgrade", "c", "c"), "");
  EXPECT_EQ(planned("a->b->c", "downgrade", "current", "c"), "");
  EXPECT_EQ(planned("a->b->c", "downgrade", "base"), "");
}

TEST(Downgrade, Refused) {
  EXPECT_EQ(planned("a->b->c", "downgrade", "c", "b"), "MG004 target \"c\" cannot be reached from the current revisions");
  EXPECT_EQ(planned("a->b->c", "downgrade", "-4", "c"), "MG004 target \"-4\" cannot be reached from the current revisions");
  EXPECT_EQ(planned("a->b->c", "downgrade", "-1"), "MG004 target \"-1\" cannot be reached from the current revisions");
  EXPECT_EQ(planned("a->b->c", "downgrade", "+1", "b"), "MG004 target \"+1\" cannot be reached from the current revisions");
}

TEST(Downgrade, DependentsGoDownFirst) { EXPECT_EQ(planned("a->b, x->y, b~>y", "downgrade", "a", "y"), "y{b x} b{a x}"); }

TEST(Downgrade, OneBranch) {
  EXPECT_EQ(planned("a->b[one], a->c", "downgrade", "one@a", "b c"), "b{c}");
  EXPECT_EQ(planned("a->b[one], x->y", "downgrade", "one@base", "b y"), "b{a y} a{y}");
  EXPECT_EQ(planned("a->b, a->c, b+c->d", "downgrade", "a", "d"), "d{b c} c{b} b{a}");
}

TEST(Downgrade, OverlappingRowsAreNormalised) { EXPECT_EQ(planned("a->b->c", "downgrade", "base", "a c"), "c{b} b{a} a{}"); }

TEST(Stamp, UpDownAndBase) {
  EXPECT_EQ(planned("a->b->c", "stamp", "head"), "c{c}");
  EXPECT_EQ(planned("a->b->c", "stamp", "a", "c"), "a{a}");
  EXPECT_EQ(planned("a->b->c", "stamp", "b", "b"), "");
  EXPECT_EQ(planned("a->b->c", "stamp", "base", "b"), "-{}");
  EXPECT_EQ(planned("a->b->c", "stamp", "base"), "");
  EXPECT_EQ(planned("a->b->c", "stamp", "current", "b"), "");
  EXPECT_EQ(planned("a->b, x->y", "stamp", "b", "y"), "b{b y}");
  EXPECT_EQ(planned("a->b[one], x->y", "stamp", "one@base", "b y"), "-{y}");
  EXPECT_EQ(planned("a->b, a->c, b+c->d", "stamp", "d", "b c"), "d{d}");
  EXPECT_EQ(planned("a->b", "stamp", "a+1", "a"), "MG004 cannot stamp \"a+1\": a stamp takes no relative target");
}

TEST(Stamp, SeveralTargets) {
  const Graph graph = graph_of("a->b, a->c");
  const std::vector<std::string> targets{"b", "c"};
  EXPECT_EQ(spelled(graph, plan_stamp(graph, targets, {}).heads), "b c");
  EXPECT_EQ(raised([&] { plan_stamp(graph, {}, {}); }), "22023 no target to stamp");
}

TEST(Plan, LocateNamesAllUnknownRows) {
  const Graph graph = graph_of("a->b");
  EXPECT_EQ(raised([&] {
              locate(graph, std::vector<std::string>{"x", "b", "y"});
            }),
            R"(MG001 the database is at "x", "y", which are not loaded)");
}

TEST(Plan, Operations) {
  for (const Operation o : {Operation::upgrade, Operation::downgrade, Operation::stamp})
    EXPECT_EQ(operation_named(name_of(o)), o);
  EXPECT_EQ(raised([] { operation_named("sidegrade"); }), "22023 unknown operation \"sidegrade\"");
}

TEST(Plan, DeepChainNeedsNoStack) {
  constexpr int depth = 100'000;
  std::vector<Lineage> revisions{{"r0", {}, {}, {}}};
  for (int i = 1; i < depth; ++i) revisions.push_back({"r" + std::to_string(i), {"r" + std::to_string(i - 1)}, {}, {}});
  const Graph graph = Graph::build(std::move(revisions));
  EXPECT_EQ(plan_upgrade(graph, "head", {}).steps.size(), static_cast<std::size_t>(depth));
  EXPECT_EQ(plan_downgrade(graph, "base", graph.heads()).steps.size(), static_cast<std::size_t>(depth));
}

// The version rows after one step by hand; "MG004" when it is not the next one.
std::string after_step(std::string_view notation, Operation operation, const std::string& revision, std::vector<std::string> rows) {
  const Graph graph = graph_of(notation);
  try {
    std::string heads;
    for (const Index i : heads_after(graph, operation, *graph.find(revision), locate(graph, rows))) heads += (heads.empty() ? "" : " ") + graph.id(i);
    return heads;
  } catch (const Error& error) {
    return error.sqlstate.code;
  }
}

TEST(HeadsAfter, AnUpgradeNeedsAllBelowItAndIsNotApplied) {
  EXPECT_EQ(after_step("a->b", Operation::upgrade, "a", {}), "a");
  EXPECT_EQ(after_step("a->b", Operation::upgrade, "b", {"a"}), "b");
  EXPECT_EQ(after_step("a->b, a->c", Operation::upgrade, "c", {"b"}), "b c");
  EXPECT_EQ(after_step("a->b, a->c, b+c->d", Operation::upgrade, "d", {"b", "c"}), "d");
  EXPECT_EQ(after_step("a->b", Operation::upgrade, "b", {}), "MG004");
  EXPECT_EQ(after_step("a->b", Operation::upgrade, "a", {"b"}), "MG004");
  EXPECT_EQ(after_step("a->b, c, c~>b", Operation::upgrade, "b", {"a"}), "MG004");
  EXPECT_EQ(after_step("a->b, c, c~>b", Operation::upgrade, "b", {"a", "c"}), "b");
}

TEST(HeadsAfter, ADowngradeNeedsNothingAboveItAndIsApplied) {
  EXPECT_EQ(after_step("a->b", Operation::downgrade, "b", {"b"}), "a");
  EXPECT_EQ(after_step("a->b", Operation::downgrade, "a", {"a"}), "");
  EXPECT_EQ(after_step("a->b, a->c, b+c->d", Operation::downgrade, "d", {"d"}), "b c");
  EXPECT_EQ(after_step("a->b, c, c~>b", Operation::downgrade, "b", {"b"}), "a c");
  EXPECT_EQ(after_step("a->b", Operation::downgrade, "a", {"b"}), "MG004");
  EXPECT_EQ(after_step("a->b", Operation::downgrade, "b", {"a"}), "MG004");
}

TEST(HeadsAfter, AStampIsNoStep) { EXPECT_EQ(after_step("a->b", Operation::stamp, "b", {"a"}), "MG004"); }

}  // namespace
}  // namespace strata
