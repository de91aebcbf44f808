#include <gtest/gtest.h>

#include <algorithm>

#include "core/offline.hpp"
#include "notation.hpp"
#include "parse/repeat.hpp"
#include "psql_reader.hpp"

namespace strata {
namespace {

Names all_sent(const std::vector<OfflineStep>& steps, Backslash backslash = Backslash::ordinary) {
  const std::string text = print_offline(steps);
  return Psql(text, backslash).read();
}

// Is this one of the statements that make every revision start with the same settings?
bool is_groundwork(const std::string& statement) {
  const auto names = [&](std::string_view wanted) { return statement.find(wanted) != std::string::npos; };
  return names("migrate_role") || names("migrate.expect") || statement == "\\gset" || statement == "RESET SESSION AUTHORIZATION" || statement == "RESET ALL" ||
         (statement.starts_with("SET ") && (names("row_security") || names("standard_conforming_strings")));
}

// The same without the groundwork, which has tests of its own.
Names sent(const std::vector<OfflineStep>& steps, Backslash backslash = Backslash::ordinary) {
  Names statements = all_sent(steps, backslash);
  std::erase_if(statements, is_groundwork);
  return statements;
}

const std::string begin = "BEGIN";
const std::string commit = "COMMIT";
const std::string stop = "\\set ON_ERROR_STOP on";

OfflineStep upgrade_to(const std::string& revision, const std::string& sql, const Names& from = {}, Transaction transaction = Transaction::allowed) {
  return {Operation::upgrade, revision, "Running upgrade -> " + revision, sql, transaction, from, {revision}};
}

std::string array(const std::string& items) { return "ARRAY[" + items + "]::pg_catalog.text[]"; }
std::string record(const std::string& revision, const std::string& from) {
  return "SELECT migrate.record('upgrade', '" + revision + "', " + array(from) + ", " + array("'" + revision + "'") + ")";
}

std::ptrdiff_t times(const Names& statements, const std::string& wanted) { return std::count(statements.begin(), statements.end(), wanted); }

std::size_t place(const Names& statements, const std::string& wanted) {
  return static_cast<std::size_t>(std::find(statements.begin(), statements.end(), wanted) - statements.begin());
}

// One transaction ----------------------------------------------------------------------------

TEST(Offline, NothingToDoSendsNothing) {
  EXPECT_EQ(sent({}), Names{});
  EXPECT_NE(print_offline({}), "");
}

TEST(Offline, AStepIsOneTransactionWithItsBookkeeping) {
  EXPECT_EQ(sent({upgrade_to("a", "create table t ()")}), (Names{stop, begin, "create table t ()", record("a", ""), commit}));
}

TEST(Offline, AllStepsAreOneTransaction) {
  EXPECT_EQ(sent({upgrade_to("a", "select 1"), upgrade_to("b", "select 2;", {"a"}), upgrade_to("c", "select 3; select 4", {"b"})}),
            (Names{stop, begin, "select 1", record("a", ""), "select 2", record("b", "'a'"), "select 3", "select 4", record("c", "'b'"), commit}));
}

TEST(Offline, ARepeatedStatementIsSentAsALoop) {
  const Names statements = sent({upgrade_to("a", spell_out_repeats("select 1;\n-- migrate:repeat\ndelete from t where ';' = $$;$$;\nselect 2"))});
  ASSERT_EQ(statements.size(), 7u);
  EXPECT_EQ(statements[2], "select 1");
  EXPECT_TRUE(statements[3].starts_with("DO LANGUAGE plpgsql "));
  EXPECT_EQ(statements[4], "select 2");
}

TEST(Offline, AnEmptyScriptIsBookedAllTheSame) { EXPECT_EQ(sent({upgrade_to("a", "")}), (Names{stop, begin, record("a", ""), commit})); }

TEST(Offline, ManyStepsAreStillOneTransaction) {
  std::vector<OfflineStep> steps;
  for (int i = 0; i < 1000; ++i) steps.push_back(upgrade_to("r" + std::to_string(i), "select 1"));
  const Names statements = sent(steps);
  EXPECT_EQ(times(statements, begin), 1);
  EXPECT_EQ(times(statements, commit), 1);
  EXPECT_EQ(times(statements, "select 1"), 1000);
}

TEST(Offline, ADowngradeToBaseIsBookedAsSuch) {
  const OfflineStep step{Operation::downgrade, "a", "Running downgrade a -> ", "drop table t", Transaction::allowed, {"a"}, {}};
  EXPECT_EQ(sent({step})[3], "SELECT migrate.record('downgrade', 'a', " + array("'a'") + ", " + array("") + ")");
}

TEST(Offline, SeveralHeadsAreBookedInOrder) {
  const OfflineStep step{Operation::upgrade, "d", "Running upgrade b, c -> d", "", Transaction::allowed, {"b", "c", "x"}, {"d", "x"}};
  EXPECT_EQ(sent({step})[2], "SELECT migrate.record('upgrade', 'd', " + array("'b', 'c', 'x'") + ", " + array("'d', 'x'") + ")");
}

TEST(Offline, EveryRevisionIsIntroducedByAComment) {
  const std::string text = print_offline({upgrade_to("a", ""), upgrade_to("b", "", {"a"})});
  EXPECT_NE(text.find("\n-- Running upgrade -> a\n"), std::string::npos);
  EXPECT_NE(text.find("\n-- Running upgrade -> b\n"), std::string::npos);
}

TEST(Offline, TheFirstLineSaysFromWhereToWhere) {
  const auto first = [](const std::vector<OfflineStep>& steps) { return split(print_offline(steps), '\n')[0]; };
  EXPECT_NE(first({upgrade_to("a", ""), upgrade_to("b", "", {"a"})}).find("upgrade from base to b"), std::string::npos);
  const OfflineStep down{Operation::downgrade, "a", "", "", Transaction::allowed, {"a", "x"}, {}};
  EXPECT_NE(first({down}).find("downgrade from a, x to base"), std::string::npos);
}

TEST(Offline, TheTextEndsWithItsLine) {
  EXPECT_TRUE(print_offline({}).ends_with('\n'));
  EXPECT_TRUE(print_offline({upgrade_to("a", "select 1")}).ends_with('\n'));
}

// Scripts end where they end -------------------------------------------------------------------

const Names endings{"select 1",     "select 1;",        "select 1 -- last",       "select 1; -- last",   "select 1 /* last */",   "select 1; /* last */",
                    "select 1\n",   "select 1;\n\n",    "select 1;;",             "select 1 --",         "-- first\nselect 1",    "select 1 /* a /* nested */ one */",
                    "select 1\r\n", "select 1 -- it's", "select 1 -- \"half a /*", "select 1 -- $tag$ x", "select 1 -- back\\slash"};

TEST(OfflineEnd, WhateverAScriptEndsWithTheRestStillRuns) {
  for (const std::string& sql : endings)
    EXPECT_EQ(sent({upgrade_to("a", sql), upgrade_to("b", "select 2", {"a"})}),
              (Names{stop, begin, "select 1", record("a", ""), "select 2", record("b", "'a'"), commit})) << sql;
}

TEST(OfflineEnd, OutsideATransactionToo) {
  for (const std::string& sql : endings)
    EXPECT_EQ(times(sent({upgrade_to("a", sql, {}, Transaction::forbidden)}), "select 1"), 1) << sql;
}

TEST(OfflineEnd, AScriptOfACommentAloneSwallowsNothing) {
  for (const char* sql : {"-- nothing", "/* nothing */", ";", " ", "--", "\n"})
    EXPECT_EQ(sent({upgrade_to("a", sql)}), (Names{stop, begin, record("a", ""), commit})) << sql;
}

TEST(OfflineEnd, AScriptIsPrintedByteForByte) {
  const std::string sql = "create function f() returns text language sql as $_$ select ';--\\'' -- no \n $_$;\r\nselect 'é{}', E'\\'', \"a;b\"";
  EXPECT_NE(print_offline({upgrade_to("a", sql)}).find(sql), std::string::npos);
  const Names statements = sent({upgrade_to("a", sql)});
  EXPECT_EQ(statements.size(), 6u);
}

// Comments do not break out ----------------------------------------------------------------------

TEST(OfflineComment, NoTitleBreaksOutOfItsComment) {
  for (const char* message : {"\ndrop table t;", "\rdrop table t;", "\r\ndrop table t;", "\n\\! rm -rf", "*/ drop table t; /*", "' ; drop table t; '", "$$; drop table t; $$",
                              "\v\f\ndrop", "\n;\n;"}) {
    OfflineStep step = upgrade_to("a", "select 1");
    step.title = std::string("Running upgrade  -> a, first") + message;
    EXPECT_EQ(sent({step}), (Names{stop, begin, "select 1", record("a", ""), commit})) << message;
  }
}

TEST(OfflineComment, ATitleKeepsItsWords) {
  OfflineStep step = upgrade_to("a", "");
  step.title = "Running upgrade  -> a, first\nsecond «é» {}";
  EXPECT_NE(print_offline({step}).find("\n-- Running upgrade  -> a, first second «é» {}\n"), std::string::npos);
}

TEST(OfflineComment, NoHeadBreaksOutOfTheFirstLine) {
  OfflineStep step = upgrade_to("a", "select 1", {"x\ndrop table t;"});
  step.to_heads = {"y\r\\! rm -rf"};
  const Names statements = sent({step});
  ASSERT_EQ(statements.size(), 5u);
  EXPECT_EQ(statements[0], stop);
  EXPECT_EQ(statements[1], begin);
}

TEST(OfflineComment, AnEmptyTitleIsNoHarm) {
  OfflineStep step = upgrade_to("a", "select 1");
  step.title = "";
  EXPECT_EQ(times(sent({step}), "select 1"), 1);
}

// Literals do not break out ------------------------------------------------------------------------

TEST(OfflineLiteral, QuotesInIdsAreDoubled) {
  OfflineStep step = upgrade_to("o'brien", "", {"'"});
  step.to_heads = {"o'brien", "''"};
  EXPECT_EQ(sent({step})[2], "SELECT migrate.record('upgrade', 'o''brien', " + array("''''") + ", " + array("'o''brien', ''''''") + ")");
}

TEST(OfflineLiteral, NoIdBreaksOutOfItsLiteral) {
  for (const char* id : {"';drop/**/table/**/t;'", "');drop/**/table/**/t;", "';", "'", "''", "$$;", "\"", "/*", "*/", "a;b", "]"}) {
    OfflineStep step = upgrade_to(id, "select 1", {id});
    EXPECT_EQ(sent({step}).size(), 5u) << id;
    EXPECT_EQ(sent({step}).back(), commit) << id;
  }
}

TEST(OfflineLiteral, UnicodeIdsArePrintedAsTheyAre) { EXPECT_EQ(times(sent({upgrade_to("é漢😀", "")}), record("é漢😀", "")), 1); }

// A database may have standard_conforming_strings = off; quote_literal() of the server writes E'' for the same reason.
TEST(OfflineLiteral, NoBackslashBreaksOutWhateverStandardConformingStringsSays) {
  const std::vector<OfflineStep> steps{upgrade_to("a\\';drop/**/table/**/t;", "select 1")};
  EXPECT_EQ(sent(steps, Backslash::ordinary).size(), 5u);
  const Names statements = all_sent(steps, Backslash::ordinary);
  const auto conforming = std::find_if(statements.begin(), statements.end(), [](const std::string& s) { return s.ends_with("standard_conforming_strings = on"); });
  const auto script = std::find(statements.begin(), statements.end(), "select 1");
  EXPECT_TRUE(conforming < script || sent(steps, Backslash::escapes).size() == 5u);
}

// Outside the transaction -----------------------------------------------------------------------------

// The script of a step with this name runs outside any transaction.
bool runs_outside(const Names& statements, const std::string& wanted) {
  bool inside = false;
  for (const std::string& statement : statements) {
    if (statement == begin) inside = true;
    else if (statement == commit) inside = false;
    else if (statement == wanted) return !inside;
  }
  ADD_FAILURE() << wanted << " is not sent";
  return false;
}

// BEGIN and COMMIT alternate, from the first to the last.
bool is_balanced(const Names& statements) {
  bool inside = false;
  for (const std::string& statement : statements) {
    if (statement != begin && statement != commit) continue;
    if (inside == (statement == begin)) return false;
    inside = !inside;
  }
  return !inside;
}

TEST(OfflineApart, WhatCannotRunInATransactionRunsOutsideAndIsBookedInside) {
  const Names statements = sent({upgrade_to("a", "select 1"), upgrade_to("b", "vacuum", {"a"}, Transaction::forbidden), upgrade_to("c", "select 3", {"b"})});
  EXPECT_FALSE(runs_outside(statements, "select 1"));
  EXPECT_TRUE(runs_outside(statements, "vacuum"));
  EXPECT_FALSE(runs_outside(statements, record("b", "'a'")));
  EXPECT_FALSE(runs_outside(statements, "select 3"));
  EXPECT_TRUE(is_balanced(statements));
}

TEST(OfflineApart, ItIsBookedAfterItRanAndWhatWasBeforeIsCommitted) {
  const Names statements = sent({upgrade_to("a", "select 1"), upgrade_to("b", "vacuum", {"a"}, Transaction::forbidden)});
  EXPECT_LT(place(statements, record("a", "")), place(statements, commit));
  EXPECT_LT(place(statements, commit), place(statements, "vacuum"));
  EXPECT_LT(place(statements, "vacuum"), place(statements, record("b", "'a'")));
}

TEST(OfflineApart, FirstLastAloneOrInARow) {
  const auto apart = [](const std::string& id) { return upgrade_to(id, "vacuum " + id, {}, Transaction::forbidden); };
  for (const auto& steps : {std::vector{apart("a")}, {apart("a"), apart("b")}, {apart("a"), upgrade_to("c", "select 1")}, {upgrade_to("c", "select 1"), apart("a")},
                            {apart("a"), upgrade_to("c", "select 1"), apart("b")}}) {
    const Names statements = sent(steps);
    EXPECT_TRUE(is_balanced(statements)) << print_offline(steps);
    EXPECT_TRUE(runs_outside(statements, "vacuum a"));
    EXPECT_EQ(statements.back(), commit);
  }
}

TEST(OfflineApart, AnEmptyScriptIsBookedAllTheSame) {
  const Names statements = sent({upgrade_to("a", "", {}, Transaction::forbidden)});
  EXPECT_TRUE(is_balanced(statements));
  EXPECT_EQ(times(statements, record("a", "")), 1);
}

// Whether row-level security is off when this statement is sent.
bool security_is_off(const Names& statements, const std::string& wanted) {
  bool local = false;
  bool session = false;
  for (const std::string& statement : statements) {
    if (statement == wanted) return local || session;
    if (statement == commit) local = false;
    if (statement.starts_with("RESET ALL") || statement == "RESET row_security") local = session = false;
    if (statement.starts_with("SET LOCAL row_security")) local = statement.ends_with("off");
    if (statement.starts_with("SET row_security") || statement.starts_with("SET SESSION row_security")) session = statement.ends_with("off");
  }
  ADD_FAILURE() << wanted << " is not sent";
  return false;
}

// Every script runs with row_security = off --------------------------------------------------------------

TEST(OfflineSecurity, IsOffForEveryScript) {
  const Names statements = all_sent({upgrade_to("a", "update t set x = 1"), upgrade_to("b", "select 2", {"a"}), upgrade_to("c", "select 3", {"b"})});
  for (const char* script : {"update t set x = 1", "select 2", "select 3"}) EXPECT_TRUE(security_is_off(statements, script)) << script;
}

TEST(OfflineSecurity, IsOffAfterAScriptThatSetSomething) {
  EXPECT_TRUE(security_is_off(all_sent({upgrade_to("a", "set row_security = on"), upgrade_to("b", "select 2", {"a"})}), "select 2"));
}

TEST(OfflineSecurity, IsOffAfterAScriptThatResetsEverything) {
  EXPECT_TRUE(security_is_off(all_sent({upgrade_to("a", "RESET ALL"), upgrade_to("b", "select 2", {"a"})}), "select 2"));
}

TEST(OfflineSecurity, IsOffAfterAScriptThatResetsIt) {
  EXPECT_TRUE(security_is_off(all_sent({upgrade_to("a", "RESET row_security"), upgrade_to("b", "select 2", {"a"})}), "select 2"));
}

TEST(OfflineSecurity, IsOffAfterAScriptThatCannotRunInATransaction) {
  EXPECT_TRUE(security_is_off(all_sent({upgrade_to("a", "vacuum", {}, Transaction::forbidden), upgrade_to("b", "select 2", {"a"})}), "select 2"));
}

TEST(OfflineSecurity, IsOffForAScriptThatCannotRunInATransaction) {
  EXPECT_TRUE(security_is_off(all_sent({upgrade_to("a", "update t set x = 1; vacuum t", {}, Transaction::forbidden)}), "update t set x = 1"));
}

// The state is checked first -------------------------------------------------------------------------------

TEST(OfflineExpect, ComesBeforeAnyScriptAndInsideTheTransaction) {
  for (const Transaction transaction : {Transaction::allowed, Transaction::forbidden}) {
    const Names statements = all_sent({upgrade_to("b", "select 1", {"a"}, transaction), upgrade_to("c", "select 2", {"b"})});
    const std::size_t expect = place(statements, "SELECT migrate.expect(" + array("'a'") + ")");
    EXPECT_LT(place(statements, begin), expect);
    EXPECT_LT(expect, place(statements, "select 1"));
  }
}

// Settings end with a revision -----------------------------------------------------------------------------

const Names resets{"RESET SESSION AUTHORIZATION", "SET ROLE :\"migrate_role\"", "RESET ALL"};

// The three statements before this one.
Names before(const Names& statements, const std::string& wanted) {
  const auto at = std::find(statements.begin(), statements.end(), wanted);
  return at - statements.begin() < 3 ? Names{} : Names(at - 3, at);
}

TEST(OfflineReset, EveryRevisionIsFollowedByResetsWhateverItSays) {
  for (const char* sql : {"select 1", "set role other", "do $$ begin execute 'set x = 1'; end $$", ""})
    EXPECT_EQ(before(all_sent({upgrade_to("a", sql)}), record("a", "")), resets) << sql;
}

TEST(OfflineReset, TheFirstRevisionStartsLikeTheOthers) { EXPECT_EQ(before(all_sent({upgrade_to("a", "select 1")}), begin), resets); }

TEST(OfflineReset, TheRoleIsThatOfWhoRunsTheScript) {
  const std::string text = print_offline({upgrade_to("a", "select 1")});
  EXPECT_LT(text.find("\\gset"), text.find("SET ROLE"));
}

TEST(OfflineReset, TheBookingIsDoneAsTheCaller) {
  const Names apart = all_sent({upgrade_to("a", "set role other", {}, Transaction::forbidden)});
  EXPECT_EQ(before(apart, "BEGIN"), resets);
  EXPECT_LT(place(apart, "SET ROLE :\"migrate_role\""), place(apart, record("a", "")));
}

// Announcements ---------------------------------------------------------------------------------------------

std::string announced(std::string_view notation, Operation operation, std::string_view revision, const std::string& message = "") {
  const Graph graph = graph_of(notation);
  return announcement(graph, {operation, graph.find(revision).value(), {}}, message);
}

TEST(Announcement, OfAnUpgrade) { EXPECT_EQ(announced("0085->0086", Operation::upgrade, "0086", "add booking priority"), "Running upgrade 0085 -> 0086, add booking priority"); }

TEST(Announcement, OfADowngrade) { EXPECT_EQ(announced("0085->0086", Operation::downgrade, "0086", "add booking priority"), "Running downgrade 0086 -> 0085, add booking priority"); }

TEST(Announcement, OfABase) {
  EXPECT_EQ(announced("a", Operation::upgrade, "a", "first"), "Running upgrade  -> a, first");
  EXPECT_EQ(announced("a", Operation::downgrade, "a", "first"), "Running downgrade a -> , first");
}

TEST(Announcement, OfAMerge) { EXPECT_EQ(announced("a->b, a->c, b+c->d", Operation::upgrade, "d", "merge"), "Running upgrade b, c -> d, merge"); }

TEST(Announcement, LeavesDependenciesOut) { EXPECT_EQ(announced("a, b, a->c, b~>c", Operation::upgrade, "c"), "Running upgrade a -> c"); }

TEST(Announcement, WithoutAMessage) { EXPECT_EQ(announced("a->b", Operation::upgrade, "b"), "Running upgrade a -> b"); }

TEST(Announcement, OfAStamp) { EXPECT_EQ(announced("a->b", Operation::stamp, "b", "second"), "Running stamp to b, second"); }

TEST(Announcement, OfAStampToBase) { EXPECT_EQ(announcement(graph_of("a"), {Operation::stamp, std::nullopt, {}}, ""), "Running stamp to base"); }

TEST(Announcement, AMessageIsNoFormat) { EXPECT_EQ(announced("a{}", Operation::upgrade, "a{}", "{} %s é"), "Running upgrade  -> a{}, {} %s é"); }

}  // namespace
}  // namespace strata
