#include <gtest/gtest.h>

#include "load_fixture.hpp"

namespace strata {
namespace {

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
  EXPECT_EQ(outcome.states(), "MG005 MG005");  // too long, and missing
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
  plan_load({}, {{stored({"b", {"nowhere"}, {}, {}})}, {}}, {}, {}, faults);
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

// Files that could not be read -------------------------------------------------------

TEST(LoadUnread, AnUnreadRevisionIsNoMissingParent) {
  FileFaults faults;
  plan_load({}, {{stored({"b", {"a"}, {}, {}}), stored({"c", {"nowhere"}, {}, {}})}, {"a"}}, {}, {}, faults);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_NE(faults[0].message.find("nowhere"), std::string::npos);
}

TEST(LoadUnread, WithoutAllIdsTheGraphIsNotJudged) {
  FileFaults faults;
  plan_load({}, {{stored({"b", {"a"}, {}, {}})}, {}, IncomingSet::Ids::unknown}, {}, {}, faults);
  EXPECT_TRUE(faults.empty());
}

TEST(LoadUnread, AnAppliedRevisionWhoseFileIsBrokenIsNotPruned) {
  FileFaults faults;
  plan_load(catalog("a->b"), {revisions("a"), {"b"}}, {{"a", "b"}, {}}, prune, faults);
  EXPECT_TRUE(faults.empty());
}

// Prune ---------------------------------------------------------------------------

TEST(LoadPrune, KeepsAHalfAppliedRevisionAndSaysSo) {
  FileFaults faults;
  plan_load(catalog("a->b"), {revisions("a"), {}}, {{"a"}, {"b"}}, prune, faults);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].sqlstate, sqlstate::edited_revision);
  EXPECT_NE(faults[0].message.find("\"b\" is half applied"), std::string::npos) << faults[0].message;
  EXPECT_NE(faults[0].hint, "");
}

TEST(LoadPrune, AHalfAppliedRevisionMayBeEdited) {
  FileFaults faults;
  StoredRevision changed = edited("a->b", "b", [](StoredRevision& revision) { revision.upgrade = script("other"); });
  plan_load(catalog("a->b"), {{changed}, {}}, {{"a"}, {"b"}}, {}, faults);
  EXPECT_TRUE(faults.empty());
}

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
