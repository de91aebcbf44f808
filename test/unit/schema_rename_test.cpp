// Renames: which marks mean what, in which order they run, how they are undone, and what is suggested.
#include "schema/rename.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notation.hpp"
#include "schema_notation.hpp"

namespace strata::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> renames(std::initializer_list<RenameMark> marks, std::string_view live, std::string_view desired) {
  const Model before = model_of(live);
  return sql_of(rename_statements(resolve_renames(marks, before, model_of(desired), {"public"}), before));
}

std::vector<std::string> undo(std::initializer_list<RenameMark> marks, std::string_view live, std::string_view desired) {
  const Model before = model_of(live);
  return sql_of(undo_statements(resolve_renames(marks, before, model_of(desired), {"public"}), before));
}

std::string fault(std::initializer_list<RenameMark> marks, std::string_view live, std::string_view desired) {
  return raised([&] { renames(marks, live, desired); });
}

RenameMark table(const char* from, const char* to, int line = 1) { return {line, "TABLE", from, "", "", to}; }
RenameMark column(const char* from, const char* owner, const char* to, int line = 1) { return {line, "COLUMN", from, "", owner, to}; }

TEST(Rename, EachKindHasItsStatement) {
  EXPECT_THAT(renames({table("a", "b")}, "table a", "table b"), ElementsAre("ALTER TABLE public.a RENAME TO b"));
  EXPECT_THAT(renames({column("a", "t", "b")}, "table t\ncolumn t.a: type integer", "table t\ncolumn t.b: type integer"), ElementsAre("ALTER TABLE public.t RENAME COLUMN a TO b"));
  const auto one = [](const char* what, const std::string& kind, const std::string& owner = "") {
    const std::string dot = owner.empty() ? "" : owner + ".";
    const Model live = model_of(kind + " " + dot + "a"), desired = model_of(kind + " " + dot + "b");
    return sql_of(rename_statements(resolve_renames({{1, what, "a", "", owner, "b"}}, live, desired, {"public"}), live)).at(0);
  };
  EXPECT_EQ(one("VIEW", "view"), "ALTER VIEW public.a RENAME TO b");
  EXPECT_EQ(one("MATERIALIZED VIEW", "materialized_view"), "ALTER MATERIALIZED VIEW public.a RENAME TO b");
  EXPECT_EQ(one("FOREIGN TABLE", "foreign_table"), "ALTER FOREIGN TABLE public.a RENAME TO b");
  EXPECT_EQ(one("SEQUENCE", "sequence"), "ALTER SEQUENCE public.a RENAME TO b");
  EXPECT_EQ(one("TYPE", "enum_type"), "ALTER TYPE public.a RENAME TO b");
  EXPECT_EQ(one("TYPE", "composite_type"), "ALTER TYPE public.a RENAME TO b");
  EXPECT_EQ(one("TYPE", "range_type"), "ALTER TYPE public.a RENAME TO b");
  EXPECT_EQ(one("DOMAIN", "domain"), "ALTER DOMAIN public.a RENAME TO b");
  EXPECT_EQ(one("STATISTICS", "statistics"), "ALTER STATISTICS public.a RENAME TO b");
  EXPECT_EQ(one("TEXT SEARCH CONFIGURATION", "text_search_configuration"), "ALTER TEXT SEARCH CONFIGURATION public.a RENAME TO b");
  EXPECT_EQ(one("SCHEMA", "schema"), "ALTER SCHEMA a RENAME TO b");
  EXPECT_EQ(one("PUBLICATION", "publication"), "ALTER PUBLICATION a RENAME TO b");
  EXPECT_EQ(one("EVENT TRIGGER", "event_trigger"), "ALTER EVENT TRIGGER a RENAME TO b");
  EXPECT_EQ(one("INDEX", "index", "t"), "ALTER INDEX public.a RENAME TO b");
  EXPECT_EQ(one("CONSTRAINT", "constraint", "t"), "ALTER TABLE public.t RENAME CONSTRAINT a TO b");
  EXPECT_EQ(one("DOMAIN CONSTRAINT", "domain_constraint", "d"), "ALTER DOMAIN public.d RENAME CONSTRAINT a TO b");
  EXPECT_EQ(one("ATTRIBUTE", "attribute", "y"), "ALTER TYPE public.y RENAME ATTRIBUTE a TO b");
  EXPECT_EQ(one("TRIGGER", "trigger", "t"), "ALTER TRIGGER a ON public.t RENAME TO b");
  EXPECT_EQ(one("POLICY", "policy", "t"), "ALTER POLICY a ON public.t RENAME TO b");
  EXPECT_EQ(one("RULE", "rule", "t"), "ALTER RULE a ON public.t RENAME TO b");
}

TEST(Rename, NamesAreQuotedAsTheServerQuotesThem) {
  EXPECT_THAT(renames({table("A.b, \"c\"::", "user")}, "table \"A.b, \"\"c\"\"::\"", "table \"user\""), ElementsAre("ALTER TABLE public.\"A.b, \"\"c\"\"::\" RENAME TO \"user\""));
  EXPECT_THAT(renames({{1, "COLUMN", "ä", "My App", "T", "ö"}}, "schema \"My App\"\ntable \"My App\".\"T\"\ncolumn \"My App\".\"T\".\"ä\": type text",
                      "schema \"My App\"\ntable \"My App\".\"T\"\ncolumn \"My App\".\"T\".\"ö\": type text"),
              ElementsAre("ALTER TABLE \"My App\".\"T\" RENAME COLUMN \"ä\" TO \"ö\""));
}

TEST(Rename, RoutinesOfOneNameGoTogether) {
  const char* live = "function g(integer): kind function\nfunction g(text): kind procedure\nfunction g(date): kind function";
  const char* desired = "function f(integer): kind function\nfunction f(text): kind procedure\nfunction g(date): kind function\nfunction f(date): kind function\nfunction f(): kind function";
  EXPECT_THAT(renames({{1, "FUNCTION", "g", "", "", "f"}}, live, desired), ElementsAre("ALTER FUNCTION public.g(integer) RENAME TO f", "ALTER PROCEDURE public.g(text) RENAME TO f"));
  EXPECT_THAT(undo({{1, "FUNCTION", "g", "", "", "f"}}, live, desired), ElementsAre("ALTER PROCEDURE public.f(text) RENAME TO g", "ALTER FUNCTION public.f(integer) RENAME TO g"));
}

TEST(Rename, RoutinesWithRenamedTypesAreFound) {
  EXPECT_THAT(renames({{1, "FUNCTION", "g", "", "", "f"}, {2, "TYPE", "mood", "", "", "feeling"}, {3, "SCHEMA", "old", "", "", "new"}},
                      "schema old\nenum_type mood: labels 'a'\ndomain old.d: type text\nfunction g(public.mood[], old.d, integer)",
                      "schema new\nenum_type feeling: labels 'a'\ndomain new.d: type text\nfunction f(public.feeling[], new.d, integer)"),
              ElementsAre("ALTER FUNCTION public.g(public.mood[], old.d, integer) RENAME TO f", "ALTER TYPE public.mood RENAME TO feeling", "ALTER SCHEMA old RENAME TO new"));
}

// Parts, then tables, then schemas: each statement calls the others as they are called then; the way back is the same in reverse.
TEST(Rename, TheWholeIsRenamedAfterItsParts) {
  const char* live = "schema s\ntable s.a\ncolumn s.a.x: type integer\nconstraint s.a.c: type c; definition CHECK (true)\ntrigger s.a.g: definition CREATE TRIGGER g";
  const char* desired = "schema r\ntable r.b\ncolumn r.b.y: type integer\nconstraint r.b.d: type c; definition CHECK (true)\ntrigger r.b.h: definition CREATE TRIGGER h";
  const std::initializer_list<RenameMark> marks = {{1, "SCHEMA", "s", "", "", "r"}, {2, "TABLE", "a", "r", "", "b"}, {3, "COLUMN", "x", "r", "b", "y"}, {4, "CONSTRAINT", "c", "r", "b", "d"}, {5, "TRIGGER", "g", "r", "b", "h"}};
  EXPECT_THAT(renames(marks, live, desired), ElementsAre("ALTER TABLE s.a RENAME COLUMN x TO y", "ALTER TABLE s.a RENAME CONSTRAINT c TO d", "ALTER TRIGGER g ON s.a RENAME TO h",
                                                         "ALTER TABLE s.a RENAME TO b", "ALTER SCHEMA s RENAME TO r"));
  EXPECT_THAT(undo(marks, live, desired), ElementsAre("ALTER SCHEMA r RENAME TO s", "ALTER TABLE s.b RENAME TO a", "ALTER TRIGGER h ON s.a RENAME TO g",
                                                      "ALTER TABLE s.a RENAME CONSTRAINT d TO c", "ALTER TABLE s.a RENAME COLUMN y TO x"));
}

TEST(Rename, WhatIsDoneIsNotDoneAgain) {
  EXPECT_THAT(renames({table("a", "b"), column("x", "b", "y")}, "table b\ncolumn b.y: type integer", "table b\ncolumn b.y: type integer"), IsEmpty());
  EXPECT_THAT(renames({table("a", "b"), column("x", "b", "y")}, "table b\ncolumn b.x: type integer", "table b\ncolumn b.y: type integer"), ElementsAre("ALTER TABLE public.b RENAME COLUMN x TO y"));
}

TEST(Rename, ANameIsGivenOnWhereItBecomesFree) {
  EXPECT_THAT(renames({table("a", "b"), table("b", "c")}, "table a\ntable b", "table b\ntable c"), ElementsAre("ALTER TABLE public.b RENAME TO c", "ALTER TABLE public.a RENAME TO b"));
  EXPECT_THAT(undo({table("a", "b"), table("b", "c")}, "table a\ntable b", "table b\ntable c"), ElementsAre("ALTER TABLE public.b RENAME TO a", "ALTER TABLE public.c RENAME TO b"));
  EXPECT_THAT(renames({table("a", "b"), table("b", "c")}, "table b\ntable c", "table b\ntable c"), IsEmpty());
  // The old name may be that of something new.
  EXPECT_THAT(renames({table("a", "a_old")}, "table a", "table a\ntable a_old"), ElementsAre("ALTER TABLE public.a RENAME TO a_old"));
}

TEST(Rename, WhatMeansNothingIsRefused) {
  EXPECT_EQ(fault({table("a", "b", 3)}, "table x", "table b"), "55000 -- migrate:renamed on line 3: neither table public.a nor table public.b is there");
  EXPECT_EQ(fault({table("a", "b", 3)}, "table a\ntable b", "table b"), "55000 -- migrate:renamed on line 3: both table public.a and table public.b are there");
  EXPECT_EQ(fault({table("a", "b", 3)}, "table a", "table c"), "55000 -- migrate:renamed on line 3: the desired schema has nothing of this name");
  EXPECT_EQ(fault({{2, "COLUMN", "x", "", "t", "y"}}, "table t\ncolumn t.z: type integer", "table t\ncolumn t.y: type integer"),
            "55000 -- migrate:renamed on line 2: neither column public.t.x nor column public.t.y is there");
  // Nobody can tell whether two names have been exchanged already.
  EXPECT_THAT(fault({table("a", "b"), table("b", "a")}, "table a\ntable b", "table a\ntable b"), HasSubstr("both table"));
  EXPECT_THAT(renames({{1, "FUNCTION", "g", "", "", "f(x"}}, "function g(integer)", "function \"f(x\"(integer)"), ElementsAre("ALTER FUNCTION public.g(integer) RENAME TO \"f(x\""));
  EXPECT_EQ(fault({{1, "FUNCTION", "g", "", "", "f"}}, "function g(integer)", "function f(text)"), "55000 -- migrate:renamed on line 1: neither function public.g(text) nor function public.f(text) is there");
}

TEST(Rename, AllThatMeansNothingIsTold) {
  try {
    renames({table("a", "b", 3), table("c", "d", 5)}, "table x", "table b\ntable d");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.detail, HasSubstr("line 3"));
    EXPECT_THAT(error.detail, HasSubstr("line 5"));
  }
}

TEST(Rename, OneNameIsNotGivenTwice) {
  EXPECT_EQ(fault({column("a", "t", "b", 2), column("a", "t", "c", 4)}, "table t\ncolumn t.a: type integer", "table t\ncolumn t.b: type integer\ncolumn t.c: type integer"),
            "55000 -- migrate:renamed on line 4: column public.t.a has another marker on line 2");
}

TEST(Rename, ASchemaThatIsNotSaidIsOfTheSearchPath) {
  const Model live = model_of("schema x\nschema y\ntable x.a\ntable y.a"), desired = model_of("schema x\nschema y\ntable x.b\ntable y.b");
  const auto in = [&](const std::vector<std::string>& path) { return sql_of(rename_statements(resolve_renames({table("a", "b")}, live, desired, path), live)); };
  EXPECT_THAT(in({"y", "x"}), ElementsAre("ALTER TABLE y.a RENAME TO b"));
  EXPECT_THAT(in({"none", "x"}), ElementsAre("ALTER TABLE x.a RENAME TO b"));
  EXPECT_THROW(in({"none"}), Error);
  EXPECT_THAT(renames({table("a", "b")}, "schema x\ntable x.a", "schema x\ntable x.b"), ElementsAre("ALTER TABLE x.a RENAME TO b"));
}

TEST(Rename, PartsOfPartitionsFollowTheirParents) {
  const char* live = "table p: partition_key LIST (x)\ncolumn p.x: type integer\ntable c\ncolumn c.x: type integer; inherited\npartition c: parent public.p; bound DEFAULT";
  const char* desired = "table p: partition_key LIST (y)\ncolumn p.y: type integer\ntable c\ncolumn c.y: type integer; inherited\npartition c: parent public.p; bound DEFAULT";
  EXPECT_THAT(renames({column("x", "p", "y"), column("x", "c", "y")}, live, desired), ElementsAre("ALTER TABLE public.p RENAME COLUMN x TO y"));
}

// Nobody can put a marker above a name that PostgreSQL makes.
TEST(Rename, NamesMadeFromTheTableFollowIt) {
  EXPECT_THAT(renames({table("a", "b"), column("x", "b", "y")},
                      "table a\ncolumn a.x: type integer\nconstraint a.a_pkey: type p\nconstraint a.a_x_fkey: type f\nconstraint a.own: type c\nindex a.a_x_idx\n"
                      "constraint a.a_z_key: type u\nsequence a_x_seq\nsequence_owner a_x_seq: column public.a.x",
                      "table b\ncolumn b.y: type integer\nconstraint b.b_pkey: type p\nconstraint b.b_y_fkey: type f\nconstraint b.own: type c\nindex b.b_y_idx\n"
                      "constraint b.b_z_key: type c\nsequence b_y_seq\nsequence_owner b_y_seq: column public.b.y"),
              ElementsAre("ALTER TABLE public.a RENAME COLUMN x TO y", "ALTER INDEX public.a_x_idx RENAME TO b_y_idx", "ALTER TABLE public.a RENAME CONSTRAINT a_pkey TO b_pkey",
                          "ALTER TABLE public.a RENAME CONSTRAINT a_x_fkey TO b_y_fkey", "ALTER TABLE public.a RENAME TO b", "ALTER SEQUENCE public.a_x_seq RENAME TO b_y_seq"));
  // unless the desired schema keeps the name
  EXPECT_THAT(renames({table("a", "b")}, "table a\nconstraint a.a_pkey: type p", "table b\nconstraint b.a_pkey: type p"), ElementsAre("ALTER TABLE public.a RENAME TO b"));
}

TEST(Rename, LocksAreTold) {
  const Model live = model_of("table t\nindex t.a\ncolumn t.a: type integer\nfunction a()");
  const Statements statements = rename_statements({{key_of("index t.a"), "b"}, {key_of("column t.a"), "b"}, {key_of("function a()"), "b"}}, live);
  EXPECT_EQ(statements[0].lock, LockLevel::share_update_exclusive);
  EXPECT_EQ(statements[1].lock, LockLevel::access_exclusive);
  EXPECT_EQ(statements[2].lock, LockLevel::none);
  for (const Statement& statement : statements) EXPECT_EQ(statement.operation, Operation::rename);
}

// Suggestions -----------------------------------------------------------------------------------------

std::vector<std::string> suggested(std::string_view live, std::string_view desired) {
  std::vector<std::string> all;
  for (const Suggestion& suggestion : suggest_renames(model_of(live), model_of(desired))) all.push_back(suggestion.text);
  return all;
}

TEST(Suggestion, IsMadeForTheSameButTheName) {
  EXPECT_THAT(suggested("table a: owner me\ncolumn a.id: type integer", "table b: comment hi\ncolumn b.id: type integer"),
              ElementsAre("table public.a may have become public.b: write \"-- migrate:renamed a\" above it"));
  EXPECT_THAT(suggested("table t\ncolumn t.\"A b\": type text; not_null", "table t\ncolumn t.c: type text; not_null"),
              ElementsAre("column public.t.\"A b\" may have become public.t.c: write \"-- migrate:renamed \"A b\"\" above it"));
  EXPECT_THAT(suggested("function f(integer): definition CREATE FUNCTION public.f(a integer) AS 'select public.ff()'", "function g(integer): definition CREATE FUNCTION public.g(a integer) AS 'select public.ff()'"),
              ElementsAre("function public.f(integer) may have become public.g(integer): write \"-- migrate:renamed f\" above it"));
  EXPECT_THAT(suggested("table t\nindex t.i: definition CREATE INDEX i ON public.t USING btree (i)", "table t\nindex t.j: definition CREATE INDEX j ON public.t USING btree (j)"),
              ElementsAre("index public.i may have become public.j: write \"-- migrate:renamed i\" above it"));
  EXPECT_THAT(suggested("enum_type a: labels 'x', 'y'", "enum_type b: labels 'x', 'y'"), ElementsAre("enum type public.a may have become public.b: write \"-- migrate:renamed a\" above it"));
  EXPECT_THAT(suggested("table t\nconstraint t.a: type c; definition CHECK (x)", "table t\nconstraint t.b: type c; definition CHECK (x)"),
              ElementsAre("constraint a on public.t may have become b: write \"-- migrate:renamed a\" above it"));
}

TEST(Suggestion, IsNotMadeWhereAnythingElseDiffers) {
  EXPECT_THAT(suggested("table t\ncolumn t.a: type text", "table t\ncolumn t.b: type text; not_null"), IsEmpty());
  EXPECT_THAT(suggested("table t\ncolumn t.a: type text", "table t\ncolumn t.b: type integer"), IsEmpty());
  EXPECT_THAT(suggested("table t\ncolumn t.a: type text\ncolumn_default t.a: expression 1", "table t\ncolumn t.b: type text"), IsEmpty());
  EXPECT_THAT(suggested("table a\ncolumn a.id: type integer", "table b\ncolumn b.id: type bigint"), IsEmpty());
  EXPECT_THAT(suggested("table a\ncolumn a.id: type integer", "view b: definition SELECT 1"), IsEmpty());
  EXPECT_THAT(suggested("schema x\ntable a\ncolumn a.id: type integer", "schema x\ntable x.b\ncolumn x.b.id: type integer"), IsEmpty());
  EXPECT_THAT(suggested("function f(integer): definition f", "function g(text): definition g"), IsEmpty());
  EXPECT_THAT(suggested("table a", "table b"), IsEmpty());
}

TEST(Suggestion, IsNotMadeWhereThereIsAChoice) {
  EXPECT_THAT(suggested("table t\ncolumn t.a: type text", "table t\ncolumn t.b: type text\ncolumn t.c: type text"), IsEmpty());
  EXPECT_THAT(suggested("table t\ncolumn t.a: type text\ncolumn t.b: type text", "table t\ncolumn t.c: type text"), IsEmpty());
  // the same in two tables is no choice
  EXPECT_EQ(suggested("table t\ncolumn t.a: type text\ntable u\ncolumn u.a: type text", "table t\ncolumn t.b: type text\ntable u\ncolumn u.b: type text").size(), 2u);
}

TEST(Suggestion, IsNotMadeForPartsOfWhatGoes) {
  EXPECT_EQ(suggested("table a\ncolumn a.id: type integer\nindex a.i: definition CREATE INDEX i ON public.a (id)", "table b\ncolumn b.id: type integer\nindex b.j: definition CREATE INDEX j ON public.b (id)").size(), 1u);
}

TEST(Suggestion, ManyObjectsTakeNoLonger) {
  std::string live, desired;
  for (int i = 0; i < 5000; i++) {
    live += "table a" + std::to_string(i) + "\ncolumn a" + std::to_string(i) + ".c" + std::to_string(i) + ": type integer\n";
    desired += "table b" + std::to_string(i) + "\ncolumn b" + std::to_string(i) + ".c" + std::to_string(i) + ": type integer\n";
  }
  EXPECT_EQ(suggested(live, desired).size(), 5000u);
}

}  // namespace
}  // namespace strata::schema
