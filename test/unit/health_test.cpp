#include <gtest/gtest.h>

#include <algorithm>

#include "core/health.hpp"
#include "notation.hpp"

namespace strata {
namespace {

using Names = std::vector<std::string>;

Health health(std::string_view notation, const Names& rows) { return health_of(graph_of(notation), rows); }

Error refusal(const Graph& graph, std::string_view target, const Names& rows) {
  try {
    require_applied(graph, target, rows);
  } catch (const Error& error) {
    return error;
  }
  return {SqlState{"00000"}, "no error"};
}

// The SQLSTATE that migrate_require raises; "00000": none.
std::string required(std::string_view notation, std::string_view target, const Names& rows) {
  return refusal(graph_of(notation), target, rows).sqlstate.code;
}

// Health ------------------------------------------------------------------------------------

TEST(Health, AnEmptyDatabaseWithoutRevisionsIsCurrent) {
  const Health result = health("", {});
  EXPECT_TRUE(result.is_current());
  EXPECT_EQ(result.current, Names{});
  EXPECT_EQ(result.expected, Names{});
}

TEST(Health, EveryRevisionIsPendingAtBase) {
  const Health result = health("a->b->c", {});
  EXPECT_FALSE(result.is_current());
  EXPECT_EQ(result.pending, 3u);
  EXPECT_EQ(result.expected, Names{"c"});
}

TEST(Health, AtTheHeadNothingIsPending) {
  const Health result = health("a->b->c", {"c"});
  EXPECT_TRUE(result.is_current());
  EXPECT_EQ(result.pending, 0u);
  EXPECT_EQ(result.current, Names{"c"});
}

TEST(Health, PendingCountsWhatIsAboveTheRows) { EXPECT_EQ(health("a->b->c->d", {"b"}).pending, 2u); }

TEST(Health, PendingCountsARevisionOnceThoughTwoBranchesNeedIt) { EXPECT_EQ(health("a->b, a->c, b+c->d", {"b"}).pending, 2u); }

TEST(Health, AllBranchesMustBeReached) {
  EXPECT_FALSE(health("a->b, a->c", {"b"}).is_current());
  EXPECT_TRUE(health("a->b, a->c", {"b", "c"}).is_current());
  EXPECT_EQ(health("a->b, a->c", {"b"}).expected, (Names{"b", "c"}));
}

TEST(Health, ExpectedRevisionsAreSorted) { EXPECT_EQ(health("z, m, a", {}).expected, (Names{"a", "m", "z"})); }

TEST(Health, AHeadAbsorbedByADependencyIsNotExpected) {
  const Health result = health("a->b, a->c, b~>c", {"c"});
  EXPECT_EQ(result.expected, Names{"c"});
  EXPECT_EQ(result.pending, 0u);
  EXPECT_TRUE(result.is_current());
}

TEST(Health, AnAbsorbedHeadAloneIsNotEnough) {
  const Health result = health("a->b, a->c, b~>c", {"b"});
  EXPECT_EQ(result.pending, 1u);
  EXPECT_FALSE(result.is_current());
}

TEST(Health, ADependencyByLabelAbsorbsToo) {
  std::vector<Lineage> revisions = lineages("a->b[lab], a->c");
  revisions[2].depends_on = {"lab"};
  const Health result = health_of(Graph::build(revisions), {"c"});
  EXPECT_TRUE(result.is_current());
  EXPECT_EQ(result.expected, Names{"c"});
}

TEST(Health, ARowTheCatalogDoesNotKnowIsUnhealthy) {
  const Health result = health("a->b", {"b", "gone"});
  EXPECT_EQ(result.pending, 0u);
  EXPECT_EQ(result.unknown, Names{"gone"});
  EXPECT_FALSE(result.is_current());
  EXPECT_EQ(result.current, (Names{"b", "gone"}));
}

TEST(Health, ARowOfAnEmptyCatalogIsUnhealthy) { EXPECT_FALSE(health("", {"gone"}).is_current()); }

TEST(Health, OnlyAWholeIdIsKnown) {
  EXPECT_EQ(health("abcdef[label]", {"abcd"}).unknown, Names{"abcd"});
  EXPECT_EQ(health("abcdef[label]", {"label"}).unknown, Names{"label"});
  EXPECT_EQ(health("abcdef", {"ABCDEF"}).unknown, Names{"ABCDEF"});
  EXPECT_EQ(health("abcdef", {""}).unknown, Names{""});
}

TEST(Health, KnownRowsLeavesTheOthersOut) {
  const Graph graph = graph_of("a->b, a->c");
  EXPECT_EQ(spelled(graph, known_rows(graph, {"c", "gone", "b"})), "c b");
  EXPECT_EQ(known_rows(graph, {}), Indexes{});
  EXPECT_EQ(known_rows(graph, {"gone"}), Indexes{});
}

// JSON --------------------------------------------------------------------------------------

TEST(HealthJson, OfACurrentDatabase) {
  EXPECT_EQ(to_json(health("a->b", {"b"})),
            R"({"status": "ready", "db_connected": true, "migrations_current": true, "current_revision": "b", "expected_revision": "b", )"
            R"("current_revisions": ["b"], "expected_revisions": ["b"], "pending": 0, "unknown_revisions": [], "problem": null})");
}

TEST(HealthJson, OfADatabaseAtBase) {
  EXPECT_EQ(to_json(health("a->b", {})),
            R"({"status": "unhealthy", "db_connected": true, "migrations_current": false, "current_revision": null, "expected_revision": "b", )"
            R"("current_revisions": [], "expected_revisions": ["b"], "pending": 2, "unknown_revisions": [], "problem": null})");
}

TEST(HealthJson, TheSingleRevisionIsNullWhenThereAreSeveral) {
  const std::string json = to_json(health("a->b, a->c", {"b", "c"}));
  EXPECT_NE(json.find(R"("current_revision": null)"), std::string::npos);
  EXPECT_NE(json.find(R"("expected_revision": null)"), std::string::npos);
  EXPECT_NE(json.find(R"("current_revisions": ["b", "c"])"), std::string::npos);
  EXPECT_NE(json.find(R"("expected_revisions": ["b", "c"])"), std::string::npos);
  EXPECT_NE(json.find(R"("status": "ready")"), std::string::npos);
}

TEST(HealthJson, TheSingleRevisionIsNullWhenThereIsNone) {
  EXPECT_NE(to_json({}).find(R"("current_revision": null, "expected_revision": null, "current_revisions": [], "expected_revisions": [])"), std::string::npos);
}

TEST(HealthJson, UnknownRowsAreUnhealthyThoughNothingIsPending) {
  const std::string json = to_json(health("a", {"a", "gone"}));
  EXPECT_NE(json.find(R"("status": "unhealthy")"), std::string::npos);
  EXPECT_NE(json.find(R"("migrations_current": false)"), std::string::npos);
  EXPECT_NE(json.find(R"("pending": 0)"), std::string::npos);
  EXPECT_NE(json.find(R"("unknown_revisions": ["gone"])"), std::string::npos);
}

// The JSON of a health whose one version row is `row`, from "current_revision" to "expected_revision".
std::string json_of_row(const std::string& row) {
  Health health;
  health.current = {row};
  const std::string json = to_json(health);
  const std::size_t start = json.find(R"("current_revision": )") + 20;
  return json.substr(start, json.find(R"(, "expected_revision")") - start);
}

TEST(HealthJson, QuotesAndBackslashesAreEscaped) {
  EXPECT_EQ(json_of_row(R"(a"b)"), R"("a\"b")");
  EXPECT_EQ(json_of_row(R"(a\b)"), R"("a\\b")");
  EXPECT_EQ(json_of_row(R"(\")"), R"("\\\"")");
  EXPECT_EQ(json_of_row(R"(","status":"ready)"), R"("\",\"status\":\"ready")");
}

TEST(HealthJson, ControlCharactersAreEscaped) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string json = json_of_row(std::string("a") + static_cast<char>(c) + "b");
    EXPECT_EQ(std::count_if(json.begin(), json.end(), [](unsigned char byte) { return byte < 0x20; }), 0) << c;
    EXPECT_TRUE(json.starts_with("\"a\\") && json.ends_with("b\"")) << json;
  }
  EXPECT_EQ(json_of_row("\x01"), R"("\u0001")");
  EXPECT_EQ(json_of_row("\x1f"), R"("\u001f")");
}

TEST(HealthJson, UnicodeStaysUtf8) {
  EXPECT_EQ(json_of_row("é漢😀"), "\"é漢😀\"");
  EXPECT_EQ(json_of_row("a'b{}/"), R"("a'b{}/")");
}

// migrate_require ---------------------------------------------------------------------------

TEST(Require, TheHeadIsRequired) {
  EXPECT_EQ(required("a->b", "head", {"b"}), "00000");
  EXPECT_EQ(required("a->b", "head", {"a"}), "55000");
  EXPECT_EQ(required("a->b", "head", {}), "55000");
}

TEST(Require, WhatIsBelowTheRowsIsApplied) {
  EXPECT_EQ(required("a->b->c", "a", {"b"}), "00000");
  EXPECT_EQ(required("a->b->c", "c", {"b"}), "55000");
}

TEST(Require, WhatARowDependsOnIsApplied) { EXPECT_EQ(required("a, b, a~>b", "a", {"b"}), "00000"); }

TEST(Require, AllHeadsAreRequired) {
  EXPECT_EQ(required("a->b, a->c", "heads", {"b"}), "55000");
  EXPECT_EQ(required("a->b, a->c", "heads", {"b", "c"}), "00000");
}

TEST(Require, SeveralHeadsAreNotOne) { EXPECT_EQ(required("a->b, a->c", "head", {"b", "c"}), "MG003"); }

TEST(Require, AnAbsorbedHeadIsReached) {
  EXPECT_EQ(required("a->b, a->c, b~>c", "heads", {"c"}), "00000");
  EXPECT_EQ(required("a->b, a->c, b~>c", "heads", {"b"}), "55000");
}

// DESIGN 1.1: effective heads are used wherever "is this database up to date" is asked; health says "ready" here.
TEST(Require, TheOneEffectiveHeadIsTheHead) {
  ASSERT_TRUE(health("a->b, a->c, b~>c", {"c"}).is_current());
  EXPECT_EQ(required("a->b, a->c, b~>c", "head", {"c"}), "00000");
}

TEST(Require, TheHeadOfOneBranchCanBeRequired) {
  EXPECT_EQ(required("a->b[one], a->c[two]", "one@head", {"b"}), "00000");
  EXPECT_EQ(required("a->b[one], a->c[two]", "two@head", {"b"}), "55000");
}

TEST(Require, BaseIsAlwaysReached) {
  EXPECT_EQ(required("a->b", "base", {}), "00000");
  EXPECT_EQ(required("a->b", "base", {"b"}), "00000");
}

TEST(Require, APrefixNamesARevision) {
  EXPECT_EQ(required("abcdef->b", "abcd", {"b"}), "00000");
  EXPECT_EQ(required("abcdef->b", "abcd", {}), "55000");
}

TEST(Require, TargetsThatNameNothingAreErrorsOfTheirOwn) {
  EXPECT_EQ(required("a", "nowhere", {"a"}), "MG001");
  EXPECT_EQ(required("abcd1, abcd2", "abcd", {}), "MG002");
  EXPECT_EQ(required("a", "", {"a"}), "22023");
  EXPECT_EQ(required("a", "a:b", {"a"}), "22023");
}

TEST(Require, ARowTheCatalogDoesNotKnowDoesNotCountAsApplied) {
  EXPECT_EQ(required("a->b", "head", {"gone"}), "55000");
  EXPECT_EQ(required("a->b", "head", {"gone", "b"}), "00000");
}

TEST(Require, TheRefusalNamesTargetMissingRevisionsAndRows) {
  const Error error = refusal(graph_of("a->b, a->c, a->d"), "heads", {"c", "gone"});
  EXPECT_NE(error.message.find("\"heads\""), std::string::npos);
  EXPECT_NE(error.detail.find("b, d"), std::string::npos);
  EXPECT_NE(error.detail.find("c, gone"), std::string::npos);
  EXPECT_NE(error.hint.find("migrate_upgrade('heads')"), std::string::npos);
}

TEST(Require, TheRefusalSaysThatNothingIsApplied) { EXPECT_NE(refusal(graph_of("a"), "a", {}).detail.find("base"), std::string::npos); }

TEST(Require, TheHintIsSqlThatRuns) {
  const Error error = refusal(graph_of("o'brien"), "o'brien", {});
  ASSERT_EQ(std::string(error.sqlstate.code), "55000");
  EXPECT_NE(error.hint.find("migrate_upgrade('o''brien')"), std::string::npos) << error.hint;
}

}  // namespace
}  // namespace strata
