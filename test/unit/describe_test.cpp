#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "core/describe.hpp"
#include "notation.hpp"

namespace strata {
namespace {

using Edit = std::function<void(StoredRevision&)>;

StoredScript script(const std::string& sql) { return {{sql, Transaction::allowed, 1}, "sum of " + sql, std::nullopt, std::nullopt}; }

std::string shown(std::string_view notation, std::string_view id, std::string_view current = "", const Edit& edit = [](StoredRevision&) {}) {
  const Graph graph = graph_of(notation);
  const Index index = graph.find(id).value();
  StoredRevision revision{graph.lineage(index), "add booking priority", "2026-01-15 10:00:00+00", "0086.sql", script("create"), script("drop")};
  edit(revision);
  return describe(graph, index, revision, indexes(graph, current));
}

bool has_line(const std::string& text, std::string_view line) {
  const auto lines = split(text, '\n');
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

bool has_key(const std::string& text, std::string_view key) {
  const auto lines = split(text, '\n');
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(std::string(key) + ":"); });
}

TEST(Describe, AnOrdinaryRevision) {
  EXPECT_EQ(shown("a->b->c", "b"),
            "Rev: b\n"
            "Parent: a\n"
            "File: 0086.sql\n"
            "Created at: 2026-01-15 10:00:00+00\n"
            "Upgrade: in a transaction\n"
            "Downgrade: yes\n"
            "\n"
            "    add booking priority\n");
}

TEST(Describe, ABaseHasNoParent) { EXPECT_TRUE(has_line(shown("a->b", "a"), "Parent: <base>")); }

TEST(Describe, AHeadIsMarked) { EXPECT_TRUE(has_line(shown("a->b", "b"), "Rev: b (head)")); }

TEST(Describe, AnAbsorbedHeadIsMarked) {
  EXPECT_TRUE(has_line(shown("a->b, a->c, b~>c", "b"), "Rev: b (head, absorbed by depends_on)"));
  EXPECT_TRUE(has_line(shown("a->b, a->c, b~>c", "c"), "Rev: c (head)"));
}

TEST(Describe, AVersionRowIsMarked) { EXPECT_TRUE(has_line(shown("a->b->c", "b", "b"), "Rev: b (current)")); }

TEST(Describe, WhatIsBelowAVersionRowIsApplied) { EXPECT_TRUE(has_line(shown("a->b->c->d", "b", "c"), "Rev: b (applied)")); }

TEST(Describe, WhatAVersionRowDependsOnIsApplied) { EXPECT_TRUE(has_line(shown("x->a->y, z, a~>z", "a", "z"), "Rev: a (applied)")); }

TEST(Describe, WhatIsAboveAVersionRowIsNotApplied) { EXPECT_TRUE(has_line(shown("a->b->c", "b", "a"), "Rev: b")); }

TEST(Describe, ABranchPointNamesItsChildren) {
  const std::string text = shown("a->b, a->c", "a");
  EXPECT_TRUE(has_line(text, "Rev: a (branch point)"));
  EXPECT_TRUE(has_line(text, "Branches into: b, c"));
}

TEST(Describe, OneChildIsNoBranch) { EXPECT_FALSE(has_key(shown("a->b", "a"), "Branches into")); }

TEST(Describe, AMergePointNamesItsParents) {
  const std::string text = shown("a->b, a->c, c+b->d", "d");
  EXPECT_TRUE(has_line(text, "Rev: d (head) (merge point)"));
  EXPECT_TRUE(has_line(text, "Merges: c, b"));
  EXPECT_FALSE(has_key(text, "Parent"));
}

TEST(Describe, ARevisionCanBeEverythingAtOnce) {
  EXPECT_TRUE(has_line(shown("a->c, b->c, c->d, c->e", "c", "c"), "Rev: c (current) (branch point) (merge point)"));
}

TEST(Describe, DependenciesAreShownAsWritten) {
  std::vector<Lineage> revisions = lineages("a[lab], b, c");
  revisions[2].depends_on = {"b", "lab"};
  const Graph graph = Graph::build(revisions);
  StoredRevision stored{graph.lineage(2), "", "", "", script("create"), script("drop")};
  EXPECT_TRUE(has_line(describe(graph, 2, stored, {}), "Also depends on: b, lab"));
}

TEST(Describe, NoDependenciesNoLine) { EXPECT_FALSE(has_key(shown("a->b", "b"), "Also depends on")); }

TEST(Describe, LabelsOfTheBranchAreShown) {
  EXPECT_TRUE(has_line(shown("a[lab]->b", "a"), "Branch names: lab"));
  EXPECT_TRUE(has_line(shown("a[lab]->b", "b"), "Branch names: lab"));
  EXPECT_FALSE(has_key(shown("a->b", "b"), "Branch names"));
}

TEST(Describe, WhatIsNotKnownHasNoLine) {
  const std::string text = shown("a", "a", "", [](auto& r) { r.file = r.created_at = r.message = ""; });
  EXPECT_EQ(text,
            "Rev: a (head)\n"
            "Parent: <base>\n"
            "Upgrade: in a transaction\n"
            "Downgrade: yes\n");
}

TEST(Describe, WhyAnUpgradeCannotRunInATransactionIsSaid) {
  EXPECT_TRUE(has_line(shown("a", "a", "", [](auto& r) { r.upgrade->barrier = "VACUUM {}"; }), "Upgrade: not in a transaction (VACUUM {})"));
}

TEST(Describe, WhyADowngradeCannotRunInATransactionIsSaid) {
  EXPECT_TRUE(has_line(shown("a", "a", "", [](auto& r) { r.downgrade->barrier = "VACUUM"; }), "Downgrade: not in a transaction (VACUUM)"));
}

TEST(Describe, WithoutADowngradeARevisionIsIrreversible) {
  EXPECT_TRUE(has_line(shown("a", "a", "", [](auto& r) { r.downgrade.reset(); }), "Downgrade: none, irreversible"));
}

TEST(Describe, ABrokenDowngradeIsIrreversibleAndSaysWhy) {
  EXPECT_TRUE(has_line(shown("a", "a", "", [](auto& r) { r.downgrade->defect = "syntax error", r.downgrade->barrier = "VACUUM"; }),
                       "Downgrade: does not parse, irreversible (syntax error)"));
}

TEST(Describe, AnEmptyDowngradeIsOne) {
  EXPECT_TRUE(has_line(shown("a", "a", "", [](auto& r) { r.downgrade = script(""); }), "Downgrade: yes"));
}

TEST(Describe, ALostUpgradeIsNotSaidToRun) {
  EXPECT_FALSE(has_line(shown("a", "a", "", [](auto& r) { r.upgrade.reset(); }), "Upgrade: in a transaction"));
}

TEST(Describe, UnicodeQuotesAndBracesAreShownAsTheyAre) {
  const std::string text = shown("é{}'\"", "é{}'\"", "", [](auto& r) { r.message = "{0} \"дом\" 😀 %s"; });
  EXPECT_TRUE(has_line(text, "Rev: é{}'\" (head)"));
  EXPECT_TRUE(has_line(text, "    {0} \"дом\" 😀 %s"));
}

TEST(Describe, EveryLineOfAMessageIsIndented) {  // as Alembic does; no line of it can pass for one of ours
  const std::string text = shown("a", "a", "", [](auto& r) { r.message = "first\nDowngrade: none, irreversible"; });
  EXPECT_TRUE(has_line(text, "    first"));
  EXPECT_FALSE(has_line(text, "Downgrade: none, irreversible"));
}

}  // namespace
}  // namespace strata
