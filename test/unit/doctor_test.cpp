#include <gtest/gtest.h>

#include <functional>

#include "core/checksum.hpp"
#include "core/doctor.hpp"
#include "notation.hpp"

namespace strata {
namespace {

using Edit = std::function<void(StoredRevision&)>;

StoredScript script(const std::string& sql) { return {{sql, Transaction::allowed, 1}, "sum of " + sql, std::nullopt, std::nullopt}; }
StoredScript empty_script(const std::string& sql = "") { return {{sql, Transaction::allowed, 1}, checksum_of(TokenView{}), std::nullopt, std::nullopt}; }

StoredRevision healthy(const Lineage& lineage) { return {lineage, "message", "", lineage.id + ".sql", script("create"), script("drop")}; }

RevisionMap catalog(std::string_view notation) {
  RevisionMap result;
  for (const Lineage& lineage : lineages(notation)) result.emplace(lineage.id, healthy(lineage));
  return result;
}

RevisionMap one(const Edit& edit) {
  RevisionMap result = catalog("a");
  edit(result.at("a"));
  return result;
}

// "severity code revision" of each, separated by ", ".
std::string found(const RevisionMap& revisions, const std::vector<std::string>& version_rows = {}) {
  std::string text;
  for (const Diagnosis& diagnosis : diagnose(revisions, version_rows)) {
    text += (text.empty() ? "" : ", ") + std::string(name_of(diagnosis.severity)) + " " + diagnosis.code;
    if (!diagnosis.revision.empty()) text += " " + diagnosis.revision;
  }
  return text;
}

TEST(Doctor, FindsNothingInNothing) { EXPECT_EQ(found({}), ""); }

TEST(Doctor, FindsNothingInAHealthyHistory) {
  EXPECT_EQ(found(catalog("a->b->c")), "");
  EXPECT_EQ(found(catalog("a->b->c"), {"b"}), "");
  EXPECT_EQ(found(catalog("a->b, a->c, b+c->d"), {"b", "c"}), "");
}

TEST(Doctor, FindsHalfAppliedRevisions) {
  const std::vector<Diagnosis> found = diagnose(catalog("a->b->c"), {"a"}, {{"b", 2}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, "half_applied");
  EXPECT_EQ(found[0].severity, Severity::error);
  EXPECT_EQ(found[0].revision, "b");
  EXPECT_NE(found[0].message.find("2 of its statements"), std::string::npos);
  EXPECT_NE(found[0].hint, "");
}

TEST(Doctor, ReportsEveryFindingWithAMessageAndAHint) {
  RevisionMap revisions = catalog("a, b, nowhere->c");
  revisions.erase("nowhere");
  revisions.at("a").upgrade.reset();
  revisions.at("b").downgrade.reset();
  revisions.at("c").downgrade->defect = "syntax error";
  for (const Diagnosis& diagnosis : diagnose(revisions, {"unknown"})) {
    EXPECT_NE(diagnosis.message, "") << diagnosis.code;
    EXPECT_NE(diagnosis.hint, "") << diagnosis.code;
  }
}

TEST(Doctor, SeveritiesHaveNames) {
  EXPECT_EQ(name_of(Severity::info), "info");
  EXPECT_EQ(name_of(Severity::warning), "warning");
  EXPECT_EQ(name_of(Severity::error), "error");
}

// Broken graphs --------------------------------------------------------------------

TEST(DoctorGraph, AMissingParentIsAnError) {
  RevisionMap revisions = catalog("a->b");
  revisions.erase("a");
  EXPECT_EQ(found(revisions), "error broken_graph b");
  EXPECT_NE(diagnose(revisions, {})[0].message.find("\"a\""), std::string::npos);
}

TEST(DoctorGraph, AMissingDependencyIsAnError) {
  RevisionMap revisions = catalog("a~>b");
  revisions.erase("a");
  EXPECT_EQ(found(revisions), "error broken_graph b");
}

TEST(DoctorGraph, ACycleIsOneError) { EXPECT_EQ(found(catalog("a->b->c->a")), "error broken_graph a"); }

TEST(DoctorGraph, ARevisionBelowItselfIsAnError) { EXPECT_EQ(found(catalog("a->a")), "error broken_graph a"); }

TEST(DoctorGraph, ALabelUsedTwiceIsAnError) { EXPECT_EQ(found(catalog("a[lab]->b[lab]")), "error broken_graph b"); }

TEST(DoctorGraph, EveryFaultIsReported) {
  RevisionMap revisions = catalog("a->a, x->b, c->d->c");
  revisions.erase("x");
  EXPECT_EQ(found(revisions), "error broken_graph a, error broken_graph b, error broken_graph c");
}

TEST(DoctorGraph, TheRevisionsOfABrokenGraphAreStillExamined) {
  RevisionMap revisions = catalog("a->b");
  revisions.erase("a");
  revisions.at("b").downgrade.reset();
  EXPECT_EQ(found(revisions, {"zz"}), "error broken_graph b, error unknown_version zz, info no_downgrade b");
}

// Heads and bases --------------------------------------------------------------------

TEST(DoctorHeads, SeveralHeadsAreAWarningOfTheWholeSet) {
  const RevisionMap revisions = catalog("a->b, a->c");
  EXPECT_EQ(found(revisions), "warning several_heads");
  EXPECT_NE(diagnose(revisions, {})[0].message.find("\"b\", \"c\""), std::string::npos);
}

TEST(DoctorHeads, AHeadAbsorbedByADependencyIsNotCounted) { EXPECT_EQ(found(catalog("a->b, a->c, b~>c")), ""); }

TEST(DoctorHeads, ManyHeadsAreNamedInABoundedMessage) {
  RevisionMap revisions = catalog("a");
  for (int i = 0; i < 1000; ++i) revisions.emplace("h" + std::to_string(i), healthy({"h" + std::to_string(i), {"a"}, {}, {}}));
  ASSERT_EQ(found(revisions), "warning several_heads");
  const std::string message = diagnose(revisions, {})[0].message;
  EXPECT_NE(message.find("1000"), std::string::npos);
  EXPECT_LT(message.size(), 1000u);
}

TEST(DoctorBases, SeveralRootsAreOfTheWholeSet) {
  const RevisionMap revisions = catalog("a->c, b->c");
  EXPECT_EQ(found(revisions), "info several_bases");
  EXPECT_NE(diagnose(revisions, {})[0].message.find("\"a\", \"b\""), std::string::npos);
}

// Version rows -------------------------------------------------------------------------

TEST(DoctorVersion, ARowTheCatalogLacksIsAnError) { EXPECT_EQ(found(catalog("a"), {"a", "gone"}), "error unknown_version gone"); }

TEST(DoctorVersion, ARowOfAnEmptyCatalogIsAnError) { EXPECT_EQ(found({}, {"gone"}), "error unknown_version gone"); }

TEST(DoctorVersion, EveryUnknownRowIsReported) {
  EXPECT_EQ(found(catalog("a"), {"gone", "lost"}), "error unknown_version gone, error unknown_version lost");
}

TEST(DoctorVersion, APrefixOrALabelIsNoRevision) {
  EXPECT_EQ(found(catalog("abcdef[label]"), {"abcd"}), "error unknown_version abcd");
  EXPECT_EQ(found(catalog("abcdef[label]"), {"label"}), "error unknown_version label");
}

TEST(DoctorVersion, AGarbledRowIsNamedOnOneLine) {
  const std::string message = diagnose({}, {"a\nb\x01\xff"})[0].message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(message.find('\xff'), std::string::npos);
}

// Upgrades --------------------------------------------------------------------------------

TEST(DoctorUpgrade, AnEmptyRevisionIsReported) {
  EXPECT_EQ(found(one([](auto& r) { r.upgrade = empty_script(), r.downgrade = empty_script(); })), "info empty_upgrade a");
}

TEST(DoctorUpgrade, AnUpgradeOfCommentsAloneIsEmpty) {
  EXPECT_EQ(found(one([](auto& r) { r.upgrade = empty_script("-- nothing\n;"), r.downgrade = empty_script(); })), "info empty_upgrade a");
}

TEST(DoctorUpgrade, AMergeMayBeEmpty) {
  RevisionMap revisions = catalog("a->b, a->c, b+c->d");
  revisions.at("d").upgrade = empty_script();
  revisions.at("d").downgrade = empty_script();
  EXPECT_EQ(found(revisions), "");
}

TEST(DoctorUpgrade, ALostUpgradeIsAnError) { EXPECT_EQ(found(one([](auto& r) { r.upgrade.reset(); })), "error no_upgrade a"); }

TEST(DoctorUpgrade, ALostUpgradeIsNotAlsoEmpty) {
  EXPECT_EQ(found(one([](auto& r) { r.upgrade.reset(), r.downgrade = empty_script(); })), "error no_upgrade a");
}

TEST(DoctorUpgrade, WhatCannotRunInATransactionSaysWhy) {
  const RevisionMap revisions = one([](auto& r) { r.upgrade->barrier = "VACUUM {}"; });
  EXPECT_EQ(found(revisions), "info not_in_transaction a");
  EXPECT_NE(diagnose(revisions, {})[0].message.find("VACUUM {}"), std::string::npos);
}

// Downgrades ------------------------------------------------------------------------------

TEST(DoctorDowngrade, ARevisionWithoutOneIsIrreversible) {
  const RevisionMap revisions = one([](auto& r) { r.downgrade.reset(); });
  EXPECT_EQ(found(revisions), "info no_downgrade a");
  EXPECT_NE(diagnose(revisions, {})[0].message.find("irreversible"), std::string::npos);
}

TEST(DoctorDowngrade, OneThatDoesNotParseIsAWarningThatSaysWhy) {
  const RevisionMap revisions = one([](auto& r) { r.downgrade->defect = "syntax error at or near \"dorp\""; });
  EXPECT_EQ(found(revisions), "warning broken_downgrade a");
  EXPECT_NE(diagnose(revisions, {})[0].message.find("syntax error at or near \"dorp\""), std::string::npos);
}

TEST(DoctorDowngrade, ABrokenOneIsNotAlsoEmpty) {
  EXPECT_EQ(found(one([](auto& r) { r.downgrade = empty_script(), r.downgrade->defect = "unterminated comment"; })), "warning broken_downgrade a");
}

TEST(DoctorDowngrade, OneThatUndoesNothingIsAWarning) {
  EXPECT_EQ(found(one([](auto& r) { r.downgrade = empty_script(); })), "warning empty_downgrade a");
}

TEST(DoctorDowngrade, NothingIsUndoneByNothing) {
  RevisionMap revisions = catalog("a->b, a->c, b+c->d");
  revisions.at("d").upgrade = empty_script("-- merge");
  revisions.at("d").downgrade = empty_script("/* merge */");
  EXPECT_EQ(found(revisions), "");
}

// Order -------------------------------------------------------------------------------------

TEST(DoctorOrder, ErrorsComeFirstThenWarningsThenTheRest) {
  RevisionMap revisions = catalog("a->b, a->c, x");
  revisions.at("a").downgrade.reset();
  revisions.at("b").downgrade = empty_script();
  revisions.at("c").upgrade.reset();
  EXPECT_EQ(found(revisions, {"gone"}),
            "error unknown_version gone, error no_upgrade c, warning several_heads, warning empty_downgrade b, info several_bases, info no_downgrade a");
}

TEST(DoctorOrder, TheFindingsOfOneSeverityFollowTheRevisions) {
  RevisionMap revisions = catalog("a->b->c");
  for (auto& [id, revision] : revisions) {
    revision.upgrade->barrier = "VACUUM";
    revision.downgrade.reset();
  }
  EXPECT_EQ(found(revisions), "info not_in_transaction a, info no_downgrade a, info not_in_transaction b, info no_downgrade b, info not_in_transaction c, info no_downgrade c");
}

TEST(DoctorOrder, TheSameIsFoundTwice) {
  RevisionMap revisions = catalog("a->a, x->b, c->d->c");
  revisions.erase("x");
  EXPECT_EQ(diagnose(revisions, {"q", "p"}), diagnose(revisions, {"q", "p"}));
}

TEST(DoctorText, UnicodeQuotesAndBracesAreShownAsTheyAre) {
  RevisionMap revisions;
  revisions.emplace("é{}'", healthy({"é{}'", {}, {}, {}}));
  revisions.begin()->second.downgrade.reset();
  EXPECT_EQ(found(revisions), "info no_downgrade é{}'");
  EXPECT_NE(diagnose(revisions, {})[0].message.find("é{}'"), std::string::npos);
}

}  // namespace
}  // namespace strata
