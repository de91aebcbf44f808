#include <gtest/gtest.h>

#include <functional>

#include "core/load.hpp"
#include "notation.hpp"

namespace strata {
namespace {

using Edit = std::function<void(StoredRevision&)>;
using Ids = std::set<std::string>;

StoredScript script(const std::string& sql) { return {{sql, Transaction::allowed, 1}, "sum of " + sql, std::nullopt, std::nullopt}; }

StoredRevision stored(const Lineage& lineage) {
  return {lineage, "message of " + lineage.id, "2026-01-15 10:00:00+00", lineage.id + ".sql", script("create " + lineage.id), script("drop " + lineage.id)};
}

std::vector<StoredRevision> revisions(std::string_view notation) {
  std::vector<StoredRevision> result;
  for (const Lineage& lineage : lineages(notation)) result.push_back(stored(lineage));
  return result;
}

RevisionMap catalog(std::string_view notation) {
  RevisionMap result;
  for (StoredRevision& revision : revisions(notation)) result.emplace(revision.lineage.id, std::move(revision));
  return result;
}

StoredRevision edited(std::string_view notation, const std::string& id, const Edit& edit) {
  StoredRevision revision = catalog(notation).at(id);
  edit(revision);
  return revision;
}

struct Outcome {
  Load load;
  FileFaults faults;

  std::string actions() const {
    std::string text;
    for (const auto& [id, action] : load.actions) text += (text.empty() ? "" : ", ") + id + " " + std::string(name_of(action));
    return text;
  }
  std::string changed() const {
    std::string text;
    for (const StoredRevision& revision : load.changes) text += (text.empty() ? "" : " ") + revision.lineage.id;
    return text;
  }
  std::string states() const {
    std::string text;
    for (const FileFault& fault : faults) text += (text.empty() ? "" : " ") + std::string(fault.sqlstate.code);
    return text;
  }
  std::string messages() const {
    std::string text;
    for (const FileFault& fault : faults) text += fault.message + "\n";
    return text;
  }
  bool names(std::string_view wanted) const { return messages().find(wanted) != std::string::npos; }
};

Outcome load(const RevisionMap& catalog, const std::vector<StoredRevision>& incoming, const Ids& applied = {}, const LoadPolicy& policy = {}) {
  Outcome outcome;
  outcome.load = plan_load(catalog, incoming, applied, policy, outcome.faults);
  return outcome;
}

const LoadPolicy prune{Missing::prune, Heads::several, Downgrades::optional};
const LoadPolicy single_head{Missing::keep, Heads::single, Downgrades::optional};
const LoadPolicy require_downgrade{Missing::keep, Heads::several, Downgrades::required};

// Loads "x->y->a" with `a` edited; all of it is in the catalog, and applied when `applied` says so.
Outcome load_edited(const Edit& edit, const Ids& applied) {
  constexpr auto notation = "x->y->a[lab], z";
  return load(catalog(notation), {edited(notation, "a", edit)}, applied);
}
Outcome edit_applied(const Edit& edit) { return load_edited(edit, {"x", "y", "z", "a"}); }
Outcome edit_unapplied(const Edit& edit) { return load_edited(edit, {"x", "y", "z"}); }

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

// The whole set is judged as the graph it would become ---------------------------

TEST(LoadGraph, AParentMayComeFromTheCatalog) { EXPECT_EQ(load(catalog("a"), {stored({"b", {"a"}, {}, {}})}).states(), ""); }

TEST(LoadGraph, AMissingParentIsRefused) {
  const Outcome outcome = load(catalog("a"), {stored({"b", {"nowhere"}, {}, {}})});
  EXPECT_EQ(outcome.states(), "MG005");
  EXPECT_TRUE(outcome.names("nowhere"));
}

TEST(LoadGraph, AMissingDependencyIsRefused) { EXPECT_EQ(load({}, {stored({"b", {}, {"nowhere"}, {}})}).states(), "MG005"); }

TEST(LoadGraph, ACycleThroughTheCatalogIsRefused) {
  const Outcome outcome = load(catalog("a->b"), {edited("a->b", "a", [](auto& r) { r.lineage.down_revision = {"b"}; })});
  EXPECT_EQ(outcome.states(), "MG005");
}

TEST(LoadGraph, ARevisionBelowItselfIsRefused) { EXPECT_EQ(load({}, {stored({"a", {"a"}, {}, {}})}).states(), "MG005"); }

TEST(LoadGraph, ALabelOfTheCatalogMayNotBeTaken) { EXPECT_EQ(load(catalog("a[lab]"), {stored({"b", {}, {}, {"lab"}})}).states(), "MG005"); }

TEST(LoadGraph, ALabelOfAReplacedRevisionMayBeTaken) {
  EXPECT_EQ(load(catalog("a[lab]"), revisions("a->b[lab]")).states(), "");
}

TEST(LoadGraph, AnIdThatIsALabelOfTheCatalogIsRefused) { EXPECT_EQ(load(catalog("a[lab]"), revisions("lab")).states(), "MG005"); }

TEST(LoadGraph, AnIdNoTargetCanNameIsRefused) {
  for (const char* id : {"", "a b", "a@b", "a:b", "a+b", "a-b", "head", "base", "\xff", "a\nb"}) {
    const Outcome outcome = load({}, {stored({id, {}, {}, {}})});
    EXPECT_EQ(outcome.states(), "MG005") << id;
    EXPECT_EQ(outcome.faults[0].message.find('\n'), std::string::npos) << id;
  }
}

TEST(LoadGraph, AMegabyteOfAnIdIsNotRepeatedInTheMessage) {
  const Outcome outcome = load({}, {stored({std::string(1'000'000, 'x'), {"nowhere"}, {}, {}})});
  EXPECT_EQ(outcome.states(), "MG005");
  EXPECT_LT(outcome.messages().size(), 1000u);
}

TEST(LoadGraph, TheSameIdTwiceIsRefused) {
  const Outcome outcome = load({}, {stored({"a", {}, {}, {}}), stored({"a", {}, {}, {}})});
  EXPECT_EQ(outcome.states(), "MG005");
  EXPECT_TRUE(outcome.names("\"a\""));
}

TEST(LoadGraph, TheSameIdTwiceIsRefusedEvenWhenBothAreUnchanged) {
  EXPECT_EQ(load(catalog("a"), {stored({"a", {}, {}, {}}), stored({"a", {}, {}, {}})}).states(), "MG005");
}

TEST(LoadGraph, TheSameIdTwiceIsRefusedWhenOneOfThemIsUnchanged) {
  const StoredRevision other = edited("a", "a", [](auto& r) { r.message = "other"; });
  EXPECT_EQ(load(catalog("a"), {stored({"a", {}, {}, {}}), other}).states(), "MG005");
  EXPECT_EQ(load(catalog("a"), {other, stored({"a", {}, {}, {}})}).states(), "MG005");
}

TEST(LoadGraph, ALoadMayRepairABrokenCatalog) {
  RevisionMap broken;
  broken.emplace("b", stored({"b", {"a"}, {}, {}}));
  const Outcome outcome = load(broken, revisions("a"), {"b"});
  EXPECT_EQ(outcome.actions(), "a added");
  EXPECT_EQ(outcome.states(), "");
}

TEST(LoadGraph, ALoadIntoABrokenCatalogThatLeavesItBrokenIsRefused) {
  RevisionMap broken;
  broken.emplace("b", stored({"b", {"a"}, {}, {}}));
  EXPECT_EQ(load(broken, revisions("c")).states(), "MG005");
}

TEST(LoadGraph, ManyRevisionsAreOneLoad) {
  std::vector<StoredRevision> incoming;
  for (int i = 0; i < 2000; ++i) {
    Lineage lineage{"r" + std::to_string(i), {}, {}, {}};
    if (i > 0) lineage.down_revision = {"r" + std::to_string(i - 1)};
    incoming.push_back(stored(lineage));
  }
  const Outcome outcome = load({}, incoming);
  EXPECT_EQ(outcome.load.changes.size(), 2000u);
  EXPECT_EQ(outcome.states(), "");
}

// All faults at once --------------------------------------------------------------

TEST(LoadFaults, EveryEditedRevisionIsReportedInTheIncomingOrder) {
  auto incoming = revisions("a->b->c");
  incoming[0].upgrade = script("other");
  incoming[2].upgrade = script("other");
  std::swap(incoming[0], incoming[2]);
  const Outcome outcome = load(catalog("a->b->c"), incoming, {"a", "b", "c"});
  ASSERT_EQ(outcome.states(), "MG006 MG006");
  EXPECT_EQ(outcome.faults[0].file, "c.sql");
  EXPECT_EQ(outcome.faults[1].file, "a.sql");
}

TEST(LoadFaults, EveryFaultOfTheGraphIsReported) {
  const Outcome outcome = load({}, {stored({"a", {"a"}, {}, {}}), stored({"b", {"nowhere"}, {}, {}}), stored({"c", {}, {"neverland"}, {}}),
                                    stored({"d", {}, {}, {"lab"}}), stored({"e", {}, {}, {"lab"}}), stored({"e", {}, {}, {}})});
  EXPECT_EQ(outcome.states(), "MG005 MG005 MG005 MG005 MG005");
}

TEST(LoadFaults, EditsPoliciesAndGraphAreJudgedTogether) {
  auto incoming = revisions("a, b, c");
  incoming[0].upgrade = script("other");
  incoming[1].downgrade.reset();
  incoming[2].lineage.down_revision = {"nowhere"};
  const Outcome outcome = load(catalog("a"), incoming, {"a"}, require_downgrade);
  EXPECT_EQ(outcome.states(), "MG006 MG007 MG005");
}

TEST(LoadFaults, BothPoliciesAreJudged) {
  auto incoming = revisions("a, b");
  incoming[1].downgrade.reset();
  const Outcome outcome = load({}, incoming, {}, {Missing::keep, Heads::single, Downgrades::required});
  EXPECT_EQ(outcome.states(), "MG007 MG007");
}

TEST(LoadFaults, AreAppendedToThoseAlreadyFound) {
  FileFaults faults{{sqlstate::malformed_file, "x.sql", 3, 4, "before", "hint"}};
  plan_load({}, {stored({"b", {"nowhere"}, {}, {}})}, {}, {}, faults);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].message, "before");
}

TEST(LoadFaults, EveryFaultSaysWhatToDo) {
  auto incoming = revisions("a, b, c");
  incoming[0].upgrade = script("other");
  incoming[1].downgrade.reset();
  const Outcome edits = load(catalog("a, z"), incoming, {"a", "z"}, {Missing::prune, Heads::single, Downgrades::required});
  EXPECT_EQ(edits.states(), "MG006 MG007 MG006 MG007");
  for (const FileFault& fault : edits.faults) EXPECT_NE(fault.hint, "") << fault.message;
}

// Prune ---------------------------------------------------------------------------

TEST(LoadPrune, RemovesUnappliedRevisionsThatAreNoLongerThere) {
  const Outcome outcome = load(catalog("a->b->c"), revisions("a"), {"a"}, prune);
  EXPECT_EQ(outcome.actions(), "a unchanged, b removed, c removed");
  EXPECT_EQ(outcome.load.removed, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(outcome.states(), "");
}

TEST(LoadPrune, RemovedOnesComeLast) {
  EXPECT_EQ(load(catalog("a, z"), revisions("z, x"), {}, prune).actions(), "z unchanged, x added, a removed");
}

TEST(LoadPrune, RefusesToRemoveAnAppliedRevision) {
  const Outcome outcome = load(catalog("a->b"), revisions("a"), {"a", "b"}, prune);
  ASSERT_EQ(outcome.states(), "MG006");
  EXPECT_TRUE(outcome.names("\"b\""));
  EXPECT_NE(outcome.faults[0].hint, "");
}

TEST(LoadPrune, OfAnEmptySetRemovesAllWhenNothingIsApplied) {
  const Outcome outcome = load(catalog("a->b"), {}, {}, prune);
  EXPECT_EQ(outcome.actions(), "a removed, b removed");
  EXPECT_EQ(outcome.states(), "");
}

TEST(LoadPrune, OfAnEmptySetNamesEveryAppliedRevision) {
  const Outcome outcome = load(catalog("a->b->c"), {}, {"a", "b"}, prune);
  EXPECT_EQ(outcome.states(), "MG006 MG006");
}

TEST(LoadPrune, OfAnEmptyCatalogDoesNothing) { EXPECT_EQ(load({}, {}, {}, prune).actions(), ""); }

TEST(LoadPrune, LeavesNoRevisionWithoutItsParent) {
  const Outcome outcome = load(catalog("a->b->c"), {stored({"a", {}, {}, {}}), stored({"c", {"b"}, {}, {}})}, {"a"}, prune);
  EXPECT_EQ(outcome.states(), "MG005");
}

TEST(LoadPrune, LeavesNoRevisionWithoutItsDependency) {
  EXPECT_EQ(load(catalog("a, a~>b"), {stored({"b", {}, {"a"}, {}})}, {}, prune).states(), "MG005");
}

TEST(LoadPrune, FreesTheLabelsOfWhatItRemoves) {
  EXPECT_EQ(load(catalog("a[lab]"), revisions("b[lab]"), {}, prune).states(), "");
}

TEST(LoadPrune, MayRemoveWhatBrokeTheGraph) {
  RevisionMap broken = catalog("a");
  broken.emplace("b", stored({"b", {"nowhere"}, {}, {}}));
  EXPECT_EQ(load(broken, revisions("a"), {"a"}, prune).states(), "");
}

TEST(LoadPrune, IsNotHinderedByVersionRowsTheCatalogDoesNotKnow) {
  const Outcome outcome = load(catalog("a"), {}, {"unknown"}, prune);
  EXPECT_EQ(outcome.actions(), "a removed");
  EXPECT_EQ(outcome.states(), "");
}

// migrate.single_head ---------------------------------------------------------------

TEST(LoadSingleHead, ALoadThatWouldLeaveTwoHeadsIsRefused) {
  const Outcome outcome = load(catalog("a->b"), {stored({"c", {"a"}, {}, {}})}, {}, single_head);
  ASSERT_EQ(outcome.states(), "MG007");
  EXPECT_TRUE(outcome.names("\"b\""));
  EXPECT_TRUE(outcome.names("\"c\""));
}

TEST(LoadSingleHead, IsOffByDefault) { EXPECT_EQ(load(catalog("a->b"), {stored({"c", {"a"}, {}, {}})}).states(), ""); }

TEST(LoadSingleHead, OneHeadOrNoneIsFine) {
  EXPECT_EQ(load({}, {}, {}, single_head).states(), "");
  EXPECT_EQ(load({}, revisions("a"), {}, single_head).states(), "");
  EXPECT_EQ(load({}, revisions("a->b, a->c, b+c->d"), {}, single_head).states(), "");
}

TEST(LoadSingleHead, ASecondIndependentHistoryIsASecondHead) { EXPECT_EQ(load(catalog("a"), revisions("b"), {}, single_head).states(), "MG007"); }

TEST(LoadSingleHead, AMergeLoadedWithTheBranchKeepsOneHead) {
  EXPECT_EQ(load(catalog("a->b"), {stored({"c", {"a"}, {}, {}}), stored({"d", {"b", "c"}, {}, {}})}, {}, single_head).states(), "");
}

TEST(LoadSingleHead, AMergeRepairsACatalogOfTwoHeads) {
  EXPECT_EQ(load(catalog("a->b, a->c"), {stored({"d", {"b", "c"}, {}, {}})}, {}, single_head).states(), "");
}

TEST(LoadSingleHead, PruneMayTakeTheSecondHeadAway) {
  EXPECT_EQ(load(catalog("a->b, a->c"), revisions("a->b"), {}, {Missing::prune, Heads::single, Downgrades::optional}).states(), "");
}

TEST(LoadSingleHead, PruneMayNotBareASecondHead) {
  EXPECT_EQ(load(catalog("a->b, a->c, b+c->d"), revisions("a->b, a->c"), {}, {Missing::prune, Heads::single, Downgrades::optional}).states(), "MG007");
}

TEST(LoadSingleHead, ADependencyDoesNotJoinHeads) {  // migrate_upgrade('head') would be refused
  EXPECT_EQ(load({}, revisions("a->b, a->c, b~>c"), {}, single_head).states(), "MG007");
}

TEST(LoadSingleHead, ManyHeadsAreNamedInABoundedMessage) {
  std::vector<StoredRevision> incoming;
  for (int i = 0; i < 1000; ++i) incoming.push_back(stored({"head_number_" + std::to_string(i), {}, {}, {}}));
  const Outcome outcome = load({}, incoming, {}, single_head);
  ASSERT_EQ(outcome.states(), "MG007");
  EXPECT_TRUE(outcome.names("1000"));
  EXPECT_LT(outcome.messages().size(), 1000u);
}

// migrate.require_downgrade -----------------------------------------------------------

TEST(LoadRequireDowngrade, ARevisionWithoutDowngradeIsRefused) {
  const Outcome outcome = load({}, {edited("a", "a", [](auto& r) { r.downgrade.reset(); })}, {}, require_downgrade);
  ASSERT_EQ(outcome.states(), "MG007");
  EXPECT_TRUE(outcome.names("\"a\""));
  EXPECT_EQ(outcome.faults[0].file, "a.sql");
}

TEST(LoadRequireDowngrade, IsOffByDefault) { EXPECT_EQ(load({}, {edited("a", "a", [](auto& r) { r.downgrade.reset(); })}).states(), ""); }

TEST(LoadRequireDowngrade, ADowngradeThatDoesNotParseIsNone) {
  EXPECT_EQ(load({}, {edited("a", "a", [](auto& r) { r.downgrade->defect = "syntax error"; })}, {}, require_downgrade).states(), "MG007");
}

TEST(LoadRequireDowngrade, AnEmptyDowngradeIsOne) {
  EXPECT_EQ(load({}, {edited("a", "a", [](auto& r) { r.downgrade = script(""); })}, {}, require_downgrade).states(), "");
}

TEST(LoadRequireDowngrade, ADowngradeMayNotBeTakenAwayFromWhatIsApplied) {
  EXPECT_EQ(load(catalog("a"), {edited("a", "a", [](auto& r) { r.downgrade.reset(); })}, {"a"}, require_downgrade).states(), "MG007");
}

TEST(LoadRequireDowngrade, WhatTheCatalogHasIsNotJudgedAgain) {
  RevisionMap before = catalog("a");
  before.at("a").downgrade.reset();
  const StoredRevision unchanged = before.at("a");
  StoredRevision moved = unchanged;
  moved.file = "moved.sql";
  EXPECT_EQ(load(before, {unchanged, stored({"b", {"a"}, {}, {}})}, {"a"}, require_downgrade).states(), "");
  EXPECT_EQ(load(before, {moved, stored({"b", {"a"}, {}, {}})}, {"a"}, require_downgrade).states(), "");
}

TEST(LoadRequireDowngrade, EveryRevisionThatLacksOneIsReported) {
  auto incoming = revisions("a->b->c");
  incoming[0].downgrade.reset();
  incoming[2].downgrade.reset();
  EXPECT_EQ(load({}, incoming, {}, require_downgrade).states(), "MG007 MG007");
}

// Stored revisions ----------------------------------------------------------------------

TEST(Stored, ARevisionWithoutItsCatalogPartsKeepsEverythingElse) {
  const StoredRevision from = edited("x->a[lab]", "a", [](auto& r) { r.upgrade->script.line = 7, r.upgrade->barrier = "VACUUM"; });
  const Revision revision = revision_of(from);
  EXPECT_EQ(revision, (Revision{from.lineage, from.message, from.created_at, from.upgrade->script, from.downgrade->script, from.file}));
}

TEST(Stored, NoDowngradeIsNoDowngrade) {
  EXPECT_FALSE(revision_of(edited("a", "a", [](auto& r) { r.downgrade.reset(); })).downgrade);
  EXPECT_TRUE(revision_of(edited("a", "a", [](auto& r) { r.downgrade = script(""); })).downgrade);
}

TEST(Stored, ADamagedRevisionHasAnEmptyUpgrade) { EXPECT_EQ(revision_of(edited("a", "a", [](auto& r) { r.upgrade.reset(); })).upgrade.sql, ""); }

TEST(Stored, OnlyADowngradeThatParsesMakesARevisionReversible) {
  EXPECT_TRUE(stored({"a", {}, {}, {}}).is_reversible());
  EXPECT_TRUE(edited("a", "a", [](auto& r) { r.downgrade->barrier = "VACUUM"; }).is_reversible());
  EXPECT_FALSE(edited("a", "a", [](auto& r) { r.downgrade->defect = ""; }).is_reversible());
  EXPECT_FALSE(edited("a", "a", [](auto& r) { r.downgrade.reset(); }).is_reversible());
}

}  // namespace
}  // namespace strata
