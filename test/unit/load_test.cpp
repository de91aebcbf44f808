#include <gtest/gtest.h>

#include "load_fixture.hpp"

namespace strata {
namespace {

// What is loaded --------------------------------------------------------------

TEST(Load, NothingIntoNothingDoesNothing) {
  const Outcome outcome = load({}, {});
  EXPECT_EQ(outcome.actions(), "");
  EXPECT_EQ(outcome.changed(), "");
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Load, ARevisionTheCatalogLacksIsAdded) {
  const Outcome outcome = load({}, revisions("a->b"));
  EXPECT_EQ(outcome.actions(), "a added, b added");
  EXPECT_EQ(outcome.load.changes, revisions("a->b"));
  EXPECT_TRUE(outcome.load.removed.empty());
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Load, LoadingTheSameAgainChangesNothing) {
  const Outcome outcome = load(catalog("a->b"), revisions("a->b"), {"a"});
  EXPECT_EQ(outcome.actions(), "a unchanged, b unchanged");
  EXPECT_EQ(outcome.changed(), "");
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Load, CarryingOutALoadMakesItUnchanged) {
  const Outcome first = load({}, revisions("a->b, a->c, b+c->d[lab], d~>e"));
  RevisionMap written;
  for (const StoredRevision& revision : first.load.changes) written.emplace(revision.lineage.id, revision);
  EXPECT_EQ(load(written, revisions("a->b, a->c, b+c->d[lab], d~>e")).changed(), "");
}

TEST(Load, ActionsKeepTheIncomingOrderWhateverTheGraph) {
  auto incoming = revisions("a->b->c");
  std::swap(incoming[0], incoming[2]);
  const Outcome outcome = load(catalog("b, a->b"), incoming);
  EXPECT_EQ(outcome.actions(), "c added, b unchanged, a unchanged");
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Load, RevisionsThatAreNotAmongTheIncomingAreKeptWithoutAWord) {
  const Outcome outcome = load(catalog("a->b"), {stored({"c", {"b"}, {}, {}})});
  EXPECT_EQ(outcome.actions(), "c added");
  EXPECT_TRUE(outcome.load.removed.empty());
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Load, IdsAreComparedByteByByte) {
  const Outcome outcome = load(catalog("a, é, o'b"), revisions("A, é, o'b, o\"b, ａ"));
  EXPECT_EQ(outcome.actions(), "A added, é unchanged, o'b unchanged, o\"b added, ａ added");
  EXPECT_TRUE(outcome.faults.empty());
}

TEST(Load, ActionsHaveTheNamesOfTheContract) {
  EXPECT_EQ(name_of(Action::added), "added");
  EXPECT_EQ(name_of(Action::updated), "updated");
  EXPECT_EQ(name_of(Action::unchanged), "unchanged");
  EXPECT_EQ(name_of(Action::removed), "removed");
}

// An unapplied revision may be rewritten entirely ------------------------------

struct Rewrite {
  const char* what;
  Edit edit;
};

const Rewrite rewrites[] = {
    {"ParentsReplaced", [](StoredRevision& r) { r.lineage.down_revision = {"x"}; }},
    {"ParentAdded", [](StoredRevision& r) { r.lineage.down_revision = {"y", "z"}; }},
    {"ParentsTakenAway", [](StoredRevision& r) { r.lineage.down_revision = {}; }},
    {"DependencyAdded", [](StoredRevision& r) { r.lineage.depends_on = {"z"}; }},
    {"ParentMadeADependency", [](StoredRevision& r) { std::swap(r.lineage.down_revision, r.lineage.depends_on); }},
    {"UpgradeRewritten", [](StoredRevision& r) { r.upgrade = script("create something else"); }},
    {"UpgradeEmptied", [](StoredRevision& r) { r.upgrade = script(""); }},
    {"LabelAdded", [](StoredRevision& r) { r.lineage.branch_labels.push_back("more"); }},
    {"LabelTakenAway", [](StoredRevision& r) { r.lineage.branch_labels.clear(); }},
    {"Message", [](StoredRevision& r) { r.message = "другое \"'\n"; }},
    {"MessageEmptied", [](StoredRevision& r) { r.message = ""; }},
    {"CreatedAt", [](StoredRevision& r) { r.created_at = "2026-01-15 10:00:01+00"; }},
    {"CreatedAtTakenAway", [](StoredRevision& r) { r.created_at = ""; }},
    {"LayoutOfUpgrade", [](StoredRevision& r) { r.upgrade->script.sql += " -- a comment"; }},
    {"TransactionOfUpgrade", [](StoredRevision& r) { r.upgrade->script.transaction = Transaction::forbidden; }},
    {"LayoutOfDowngrade", [](StoredRevision& r) { r.downgrade->script.sql += " -- a comment"; }},
    {"DowngradeRewritten", [](StoredRevision& r) { r.downgrade = script("drop something else"); }},
    {"DowngradeEmptied", [](StoredRevision& r) { r.downgrade = script(""); }},
    {"DowngradeTakenAway", [](StoredRevision& r) { r.downgrade.reset(); }},
    {"DowngradeBroken", [](StoredRevision& r) { r.downgrade = script("dorp"), r.downgrade->defect = "syntax error"; }},
};
constexpr int rewrites_of_meaning = 7;  // the first so many

class LoadRewrite : public testing::TestWithParam<Rewrite> {};

TEST_P(LoadRewrite, OfAnUnappliedRevisionIsStored) {
  const Outcome outcome = edit_unapplied(GetParam().edit);
  EXPECT_EQ(outcome.actions(), "a updated");
  EXPECT_EQ(outcome.load.changes, std::vector{edited("x->y->a[lab], z", "a", GetParam().edit)});
  EXPECT_EQ(outcome.states(), "");
}

INSTANTIATE_TEST_SUITE_P(Any, LoadRewrite, testing::ValuesIn(rewrites), [](const auto& info) { return info.param.what; });

// An applied revision may change, its meaning may not ---------------------------

class LoadEdit : public testing::TestWithParam<Rewrite> {};

TEST_P(LoadEdit, OfAnAppliedRevisionIsRefused) {
  const Outcome outcome = edit_applied(GetParam().edit);
  ASSERT_EQ(outcome.states(), "MG006") << outcome.messages();
  EXPECT_TRUE(outcome.names("\"a\""));
  EXPECT_EQ(outcome.faults[0].file, "a.sql");
  EXPECT_NE(outcome.faults[0].hint, "");
}

INSTANTIATE_TEST_SUITE_P(Meaning, LoadEdit, testing::ValuesIn(rewrites, rewrites + rewrites_of_meaning), [](const auto& info) { return info.param.what; });

class LoadTouch : public testing::TestWithParam<Rewrite> {};

TEST_P(LoadTouch, OfAnAppliedRevisionIsStored) {
  const Outcome outcome = edit_applied(GetParam().edit);
  EXPECT_EQ(outcome.states(), "") << outcome.messages();
  EXPECT_EQ(outcome.actions(), "a updated");
  EXPECT_EQ(outcome.load.changes, std::vector{edited("x->y->a[lab], z", "a", GetParam().edit)});
}

INSTANTIATE_TEST_SUITE_P(NoMeaning, LoadTouch, testing::ValuesIn(rewrites + rewrites_of_meaning, std::end(rewrites)), [](const auto& info) { return info.param.what; });

TEST(LoadApplied, TheOrderOfParentsIsNoMeaning) {
  const Outcome outcome = load(catalog("a, b, a+b->c"), {edited("a, b, a+b->c", "c", [](auto& r) { r.lineage.down_revision = {"b", "a"}; })}, {"a", "b", "c"});
  EXPECT_EQ(outcome.actions(), "c updated");
  EXPECT_EQ(outcome.states(), "");
}

TEST(LoadApplied, TheOrderOfDependenciesIsNoMeaning) {
  const Outcome outcome = load(catalog("a, b, a+b~>c"), {edited("a, b, a+b~>c", "c", [](auto& r) { r.lineage.depends_on = {"b", "a"}; })}, {"a", "b", "c"});
  EXPECT_EQ(outcome.actions(), "c updated");
  EXPECT_EQ(outcome.states(), "");
}

TEST(LoadApplied, OneOfSeveralParentsMayNotGo) {
  const Outcome outcome = load(catalog("a, b, a+b->c"), {edited("a, b, a+b->c", "c", [](auto& r) { r.lineage.down_revision = {"a"}; })}, {"a", "b", "c"});
  EXPECT_EQ(outcome.states(), "MG006");
}

TEST(LoadApplied, OneOfSeveralDependenciesMayNotGo) {
  const Outcome outcome = load(catalog("a, b, a+b~>c"), {edited("a, b, a+b~>c", "c", [](auto& r) { r.lineage.depends_on = {"a"}; })}, {"a", "b", "c"});
  EXPECT_EQ(outcome.states(), "MG006");
}

TEST(LoadApplied, ALabelThatNothingDependsOnMayMove) {
  const Outcome outcome = load(catalog("a[lab]->b"), revisions("a->b[lab]"), {"a", "b"});
  EXPECT_EQ(outcome.actions(), "a updated, b updated");
  EXPECT_EQ(outcome.states(), "");
}

// Otherwise b would count as applied, as an ancestor of c, though it never ran.
TEST(LoadApplied, ALabelThatAnAppliedRevisionDependsOnMayNotMoveToAnother) {
  auto before = revisions("a[lab], c, b");
  before[1].lineage.depends_on = {"lab"};
  auto after = revisions("a, c, b[lab]");
  after[1].lineage.depends_on = {"lab"};
  RevisionMap catalog;
  for (const StoredRevision& revision : before) catalog.emplace(revision.lineage.id, revision);
  EXPECT_EQ(load(catalog, after, {"a", "c"}).states(), "MG006");
}

TEST(LoadApplied, ALabelThatAnAppliedRevisionDependsOnMayNotBecomeTheIdOfAnother) {
  RevisionMap before = catalog("a[lab], c");
  before.at("c").lineage.depends_on = {"lab"};
  EXPECT_EQ(load(before, revisions("a, lab"), {"a", "c"}).states(), "MG006");
}

TEST(LoadApplied, ALabelThatAnUnappliedRevisionDependsOnMayMove) {
  RevisionMap before = catalog("a[lab], c");
  before.at("c").lineage.depends_on = {"lab"};
  EXPECT_EQ(load(before, revisions("a, b[lab]"), {"a"}).states(), "");
}

TEST(LoadApplied, ALabelThatAnAppliedRevisionDependsOnMayNotGo) {
  RevisionMap before = catalog("a[lab], c");
  before.at("c").lineage.depends_on = {"lab"};
  EXPECT_EQ(load(before, {stored({"a", {}, {}, {}})}, {"a", "c"}).states(), "MG005");
}

TEST(LoadApplied, ChildrenOfAppliedRevisionsMayBeRewritten) {
  const Outcome outcome = load(catalog("a->b"), {edited("a->b", "b", [](auto& r) { r.upgrade = script("other"); })}, {"a"});
  EXPECT_EQ(outcome.actions(), "b updated");
  EXPECT_EQ(outcome.states(), "");
}

TEST(LoadApplied, ARevisionTheCatalogHasLostComesBackAsAdded) {
  const Outcome outcome = load(catalog("a"), revisions("a->b"), {"a", "b"});
  EXPECT_EQ(outcome.actions(), "a unchanged, b added");
  EXPECT_EQ(outcome.states(), "");
}

// migrate_doctor says so: "has lost its upgrade script ... load its file again".
TEST(LoadApplied, AnUpgradeTheCatalogHasLostComesBack) {
  RevisionMap damaged = catalog("a");
  damaged.at("a").upgrade.reset();
  const Outcome outcome = load(damaged, revisions("a"), {"a"});
  EXPECT_EQ(outcome.actions(), "a updated");
  EXPECT_EQ(outcome.states(), "") << outcome.messages();
}

TEST(LoadApplied, EachPartThatWasEditedIsNamed) {
  const Outcome outcome = edit_applied([](StoredRevision& r) {
    r.lineage.down_revision = {"x"};
    r.lineage.depends_on = {"z"};
    r.upgrade = script("other");
  });
  EXPECT_TRUE(outcome.names("down_revision")) << outcome.messages();
  EXPECT_TRUE(outcome.names("depends_on")) << outcome.messages();
  EXPECT_TRUE(outcome.names("upgrade")) << outcome.messages();
}

// Where a revision came from does not count --------------------------------------

const Rewrite moves[] = {
    {"FileRenamed", [](StoredRevision& r) { r.file = "V2__renamed \"é\".sql"; }},
    {"FileForgotten", [](StoredRevision& r) { r.file = ""; }},
    {"UpgradeLine", [](StoredRevision& r) { r.upgrade->script.line = 9; }},
    {"DowngradeLine", [](StoredRevision& r) { r.downgrade->script.line = 90; }},
    {"Everything", [](StoredRevision& r) { r.file = "elsewhere.sql", r.upgrade->script.line = 7, r.downgrade->script.line = 8; }},
};

class LoadMove : public testing::TestWithParam<Rewrite> {};

TEST_P(LoadMove, IsUnchangedButTheNewPlaceIsStored) {
  const Outcome outcome = edit_unapplied(GetParam().edit);
  EXPECT_EQ(outcome.actions(), "a unchanged");
  EXPECT_EQ(outcome.load.changes, std::vector{edited("x->y->a[lab], z", "a", GetParam().edit)});
  EXPECT_EQ(outcome.states(), "");
}

TEST_P(LoadMove, OfAnAppliedRevisionIsNoEdit) {
  const Outcome outcome = edit_applied(GetParam().edit);
  EXPECT_EQ(outcome.actions(), "a unchanged");
  EXPECT_EQ(outcome.states(), "");
}

INSTANTIATE_TEST_SUITE_P(To, LoadMove, testing::ValuesIn(moves), [](const auto& info) { return info.param.what; });

// The loader words them with the line of the file, "(statement 1, line 9)" and "at a.sql:9:1".
TEST(LoadMoved, ABarrierThatNamesAnotherLineIsUnchanged) {
  RevisionMap before = catalog("a");
  before.at("a").upgrade->barrier = "VACUUM (statement 1, line 8)";
  const Outcome outcome = load(before, {edited("a", "a", [](auto& r) { r.upgrade->script.line = 2, r.upgrade->barrier = "VACUUM (statement 1, line 9)"; })});
  EXPECT_EQ(outcome.actions(), "a unchanged");
  EXPECT_EQ(outcome.changed(), "a");
}

TEST(LoadMoved, ADefectThatNamesAnotherFileIsUnchanged) {
  RevisionMap before = catalog("a");
  before.at("a").downgrade->defect = "syntax error at a.sql:9:1";
  const Outcome outcome = load(before, {edited("a", "a", [](auto& r) { r.file = "b.sql", r.downgrade->defect = "syntax error at b.sql:9:1"; })});
  EXPECT_EQ(outcome.actions(), "a unchanged");
  EXPECT_EQ(outcome.changed(), "a");
}

TEST(LoadMoved, AMoveAndAnEditIsAnUpdate) {
  const Outcome outcome = edit_unapplied([](StoredRevision& r) { r.file = "b.sql", r.message = "other"; });
  EXPECT_EQ(outcome.actions(), "a updated");
}

}  // namespace
}  // namespace strata
