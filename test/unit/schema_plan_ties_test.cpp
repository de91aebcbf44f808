// What hangs together without a statement saying so: heirs and their parents, row types and the columns that hold them, owners, bounds, names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/plan.hpp"
#include "schema_notation.hpp"

namespace strata::schema {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Inheritance -------------------------------------------------------------------------------------------------------

TEST(SchemaTies, AColumnIsLeftToItsHeirs) {
  const std::string heirs = "table c: inherits public.p < table p\ntable d: inherits public.p < table p\n", parent = "table p\ncolumn p.a: type integer\n";
  EXPECT_THAT(migration(parent + heirs + "column p.b: type integer\ncolumn c.b: type integer; inherited\ncolumn d.b: type integer; inherited", parent + heirs + "column c.b: type integer"),
              ElementsAre("ALTER TABLE ONLY public.p DROP COLUMN b", "ALTER TABLE public.d DROP COLUMN b"));
  // what an heir has by itself as well stays when the parent's goes, and goes after it
  EXPECT_THAT(migration(parent + heirs + "column p.b: type integer\ncolumn c.b: type integer\ncolumn d.b: type integer; inherited", parent + heirs),
              ElementsAre("ALTER TABLE public.p DROP COLUMN b", "ALTER TABLE public.c DROP COLUMN b"));
  EXPECT_THAT(migration(parent + heirs + "constraint p.k: type c; definition CHECK (true)\nconstraint c.k: type c; definition CHECK (true); inherited\nconstraint d.k: type c; definition CHECK (true); inherited",
                        parent + heirs + "constraint d.k: type c; definition CHECK (true)"),
              ElementsAre("ALTER TABLE ONLY public.p DROP CONSTRAINT k", "ALTER TABLE public.c DROP CONSTRAINT k"));
}

TEST(SchemaTies, ATableLeavesItsParentBeforeThatChanges) {
  const std::string tables = "table p\ntable q\ntable c: inherits ";
  const Lines lines = migration(tables + "public.p < table p\ncolumn p.a: type integer\ncolumn c.a: type integer; inherited\ncolumn q.a: type bigint",
                                tables + "public.q < table q\ncolumn p.a: type text\ncolumn c.a: type bigint; inherited\ncolumn q.a: type bigint");
  EXPECT_TRUE(in_order(lines, {"ALTER TABLE public.c NO INHERIT public.p", "ALTER TABLE public.c ALTER COLUMN a TYPE bigint", "ALTER TABLE public.c INHERIT public.q"}));
  EXPECT_TRUE(in_order(lines, {"ALTER TABLE public.c NO INHERIT public.p", "ALTER TABLE public.p ALTER COLUMN a TYPE text"}));
  // the order counts
  EXPECT_THAT(migration(tables + "public.p, public.q < table p, table q", tables + "public.q, public.p < table p, table q"), ElementsAre("ALTER TABLE public.c NO INHERIT public.p", "ALTER TABLE public.c INHERIT public.p"));
  // of a parent that is made anew
  EXPECT_TRUE(in_order(migration(tables + "public.p < table p", "table p: partition_key LIST (a)\ntable q\ntable c: inherits public.p < table p"),
                       {"ALTER TABLE public.c NO INHERIT public.p", "DROP TABLE public.p", "CREATE TABLE public.p", "ALTER TABLE public.c INHERIT public.p"}));
}

TEST(SchemaTies, AnHeirSaysWhatItHasOtherwise) {
  const std::string tables = "table p\ntable c: inherits public.p < table p\n", added = "column p.b: type integer\ncolumn_default p.b: expression 1 < column p.b\ncolumn c.b: type integer; inherited; comment hi\n";
  EXPECT_THAT(migration(tables, tables + added),
              ElementsAre("ALTER TABLE public.p ADD COLUMN b integer DEFAULT 1", "ALTER TABLE ONLY public.c ALTER COLUMN b DROP DEFAULT", "COMMENT ON COLUMN public.c.b IS 'hi'"));
  EXPECT_THAT(migration(tables, tables + added + "column_default c.b: expression 2 < column c.b"), Contains("ALTER TABLE ONLY public.c ALTER COLUMN b SET DEFAULT 2"));
  EXPECT_THAT(migration("", tables + added), Contains("ALTER TABLE ONLY public.c ALTER COLUMN b DROP DEFAULT"));
}

TEST(SchemaTies, NotNullIsSaidAgainBelow) {
  const std::string tables = "table p: partition_key LIST (a)\ntable c\npartition c: parent public.p; bound DEFAULT < table c, table p\n";
  EXPECT_THAT(migration(tables + "column p.a: type integer; not_null\ncolumn c.a: type integer; not_null; inherited", tables + "column p.a: type integer\ncolumn c.a: type integer; not_null; inherited"),
              ElementsAre("ALTER TABLE public.p ALTER COLUMN a DROP NOT NULL", "ALTER TABLE public.c ALTER COLUMN a SET NOT NULL"));
}

// Types that columns hold ---------------------------------------------------------------------------------------------

TEST(SchemaTies, RowsAreTextWhileTheirTypeChanges) {
  const auto schema = [](const std::string& type, const std::string& more) {
    return "composite_type y\nattribute y.a: type " + type + "\n" + more + "domain d: type public.y < composite_type y\ntable t\ncolumn t.one: type public.y < composite_type y\ncolumn t.many: type public.y[] < composite_type y\n"
           "column t.of_domain: type public.d < domain d\nindex t.i: definition CREATE INDEX i ON public.t (one) < column t.one";
  };
  const Lines lines = migration(schema("integer", "attribute y.old: type text\n"), schema("text", "attribute y.new: type text\n"));
  EXPECT_TRUE(in_order(lines, {"DROP INDEX public.i", "ALTER TABLE public.t ALTER COLUMN one TYPE text USING one::text", "ALTER TYPE public.y ALTER ATTRIBUTE a TYPE text",
                               "ALTER TABLE public.t ALTER COLUMN one TYPE public.y USING one::text::public.y", "ALTER TYPE public.y ADD ATTRIBUTE new text", "ALTER TYPE public.y DROP ATTRIBUTE old"}));
  EXPECT_THAT(lines, Contains(HasSubstr(", ALTER COLUMN many TYPE text USING many::text")));
  EXPECT_THAT(lines, Contains(HasSubstr(", ALTER COLUMN many TYPE public.y[] USING many::text::text[]::public.y[], ALTER COLUMN of_domain TYPE public.d USING of_domain::text::public.d")));
  // what is only added or dropped needs nothing of the kind
  EXPECT_THAT(migration(schema("integer", ""), schema("integer", "attribute y.new: type text\n")), ElementsAre("ALTER TYPE public.y ADD ATTRIBUTE new text"));
}

TEST(SchemaTies, RowsOfATableAreHeldToo) {
  const auto schema = [](const std::string& type) { return "table n\ncolumn n.id: type " + type + "\ntable h\ncolumn h.row: type public.n < table n"; };
  EXPECT_TRUE(in_order(migration(schema("integer"), schema("bigint")), {"ALTER TABLE public.h ALTER COLUMN row TYPE text", "ALTER TABLE public.n ALTER COLUMN id TYPE bigint", "ALTER TABLE public.h ALTER COLUMN row TYPE public.n USING"}));
}

TEST(SchemaTies, ADomainGoesOverByTheCastOfItsBase) {
  const auto schema = [](const std::string& base) {
    return "domain d: type " + base + "\ndomain_constraint d.k: definition CHECK (VALUE > 0)\ndomain e: type public.d < domain d\ntable t\ncolumn t.a: type public.e < domain e\ncolumn t.b: type public.d[] < domain d";
  };
  const PlanOptions casts{"me", {{"integer", "numeric"}, {"numeric", "integer"}}, Building::plain, Validation::at_once, {}};
  const Lines lines = migration(schema("integer"), schema("numeric(10,2)"), casts);
  EXPECT_TRUE(in_order(lines, {"ALTER DOMAIN public.d RENAME TO d__old", "CREATE DOMAIN public.d AS numeric(10,2) CONSTRAINT k CHECK (VALUE > 0)", "DROP DOMAIN public.d__old"}));
  EXPECT_THAT(lines, Contains("ALTER TABLE public.t ALTER COLUMN a TYPE public.e USING a::integer::numeric(10,2)::public.e, ALTER COLUMN b TYPE public.d[] USING b::integer[]::numeric(10,2)[]::public.d[]"));
}

// A range type leaves its constructors behind when it is set aside.
TEST(SchemaTies, ARangeTypeGoesWhileItsColumnsAreText) {
  const auto schema = [](const std::string& definition) { return "range_type r: definition " + definition + "\ntable t\ncolumn t.a: type public.r < range_type r"; };
  EXPECT_THAT(migration(schema("CREATE TYPE public.r A"), schema("CREATE TYPE public.r B")),
              ElementsAre("ALTER TABLE public.t ALTER COLUMN a TYPE text USING a::text", "DROP TYPE public.r", "CREATE TYPE public.r B", "ALTER TABLE public.t ALTER COLUMN a TYPE public.r USING a::text::public.r"));
}

// Owners, persistence, names --------------------------------------------------------------------------------------------

TEST(SchemaTies, TheSequenceOfAColumnFollowsItsTable) {
  const auto schema = [](const std::string& owner, bool linked) {
    return "table t: owner " + owner + "\ncolumn t.a: type integer\nsequence s: type bigint; owner " + owner + (linked ? "\nsequence_owner s: column public.t.a < sequence s, column t.a" : "");
  };
  EXPECT_THAT(migration(schema("anna", true), schema("bob", true)), ElementsAre("ALTER TABLE public.t OWNER TO bob"));
  EXPECT_TRUE(in_order(migration(schema("anna", true), schema("bob", false)), {"ALTER SEQUENCE public.s OWNED BY NONE", "ALTER SEQUENCE public.s OWNER TO bob"}));
  const Lines linked = migration(schema("anna", false), schema("bob", true));
  EXPECT_TRUE(in_order(linked, {"ALTER SEQUENCE public.s OWNER TO bob", "ALTER SEQUENCE public.s OWNED BY public.t.a"}));
  EXPECT_TRUE(in_order(linked, {"ALTER TABLE public.t OWNER TO bob", "ALTER SEQUENCE public.s OWNED BY public.t.a"}));
}

TEST(SchemaTies, ALoggedTableRefersToNoneThatIsNot) {
  const auto schema = [](const char* unlogged) {
    return std::string("table a") + unlogged + "\ntable z" + unlogged + "\ntable b" + unlogged + "\nconstraint a.k: type f; definition FOREIGN KEY; references public.b < table b\nconstraint b.k: type f; definition FOREIGN KEY; references public.z < table z";
  };
  EXPECT_THAT(migration(schema(""), schema(": unlogged")), ElementsAre("ALTER TABLE public.a SET UNLOGGED", "ALTER TABLE public.b SET UNLOGGED", "ALTER TABLE public.z SET UNLOGGED"));
  EXPECT_THAT(migration(schema(": unlogged"), schema("")), ElementsAre("ALTER TABLE public.z SET LOGGED", "ALTER TABLE public.b SET LOGGED", "ALTER TABLE public.a SET LOGGED"));
}

TEST(SchemaTies, AnIdentityBecomesSerial) {
  const char* serial = "table t\ncolumn t.id: type integer; not_null\ncolumn_default t.id: expression nextval('public.s'::regclass) < column t.id, sequence s\nsequence s: type integer\nsequence_owner s: column public.t.id < sequence s, column t.id";
  const char* identity = "table t\ncolumn t.id: type integer; not_null; identity ALWAYS; identity_sequence public.s";
  EXPECT_TRUE(in_order(migration(identity, serial), {"ALTER TABLE public.t ALTER COLUMN id DROP IDENTITY", "CREATE SEQUENCE public.s", "ALTER TABLE ONLY public.t ALTER COLUMN id SET DEFAULT", "ALTER SEQUENCE public.s OWNED BY"}));
}

TEST(SchemaTies, AFamilyGoesWithTheClassThatBroughtIt) {
  EXPECT_THAT(migration("operator_class c USING btree: definition CREATE OPERATOR CLASS public.c FOR TYPE public.y USING btree AS OPERATOR 1 x", ""), ElementsAre("DROP OPERATOR FAMILY public.c USING btree"));
  EXPECT_THAT(migration("operator_class c USING btree: definition CREATE OPERATOR CLASS public.c FOR TYPE public.y USING btree FAMILY public.f AS OPERATOR 1 x", ""), ElementsAre("DROP OPERATOR CLASS public.c USING btree"));
}

TEST(SchemaTies, AnOverloadThatGoesIsGoneBeforeTheOtherIsCalled) {
  const char* from = "function f(integer): definition F1\ntable gone\ncolumn gone.a: type integer\ncolumn_default gone.a: expression public.f(1) < column gone.a, function f(integer)\nview v: definition SELECT f(1); columns f integer < function f(integer)";
  const char* to = "function f(integer, integer): definition CREATE FUNCTION F2\nview v: definition SELECT f(1); columns f integer < function f(integer, integer)";
  EXPECT_TRUE(in_order(migration(from, to), {"DROP FUNCTION public.f(integer)", "CREATE OR REPLACE VIEW public.v"}));
}

TEST(SchemaTies, AnEnumValueThatIsUsedAtOnceComesWithANewType) {
  const std::string table = "table t\ncolumn t.x: type public.m < enum_type m\n";
  const std::string from = "enum_type m: labels 'a'\n" + table, to = "enum_type m: labels 'a', 'b'\n" + table + "column_default t.x: expression 'b'::public.m < column t.x, enum_type m";
  EXPECT_TRUE(migrated(from, to).barrier);
  PlanOptions once{"me", {}, Building::plain, Validation::at_once, {}, true};
  EXPECT_FALSE(migrated(from, to, once).barrier);
  EXPECT_TRUE(in_order(migration(from, to, once), {"ALTER TYPE public.m RENAME TO m__old", "CREATE TYPE public.m AS ENUM ('a', 'b')", "ALTER TABLE public.t ALTER COLUMN x TYPE public.m", "DROP TYPE public.m__old"}));
  EXPECT_EQ(migration(from, "enum_type m: labels 'a', 'b'\n" + table, once), Lines{"ALTER TYPE public.m ADD VALUE 'b'"});
}

// Partitions --------------------------------------------------------------------------------------------------------------

TEST(SchemaTies, OldBoundsAreGoneBeforeNewOnesCome) {
  const auto schema = [](const std::string& a, const std::string& b) {
    return "table p: partition_key LIST (k)\ntable a\ntable b\npartition a: parent public.p; bound " + a + " < table a, table p\npartition b: parent public.p; bound " + b + " < table b, table p";
  };
  EXPECT_THAT(migration(schema("1", "2"), schema("2", "1")), ElementsAre("ALTER TABLE public.p DETACH PARTITION public.a", "ALTER TABLE public.p DETACH PARTITION public.b",
                                                                         "ALTER TABLE ONLY public.p ATTACH PARTITION public.a 2", "ALTER TABLE ONLY public.p ATTACH PARTITION public.b 1"));
}

TEST(SchemaTies, AnIndexGoesAfterItsPartitionIsDetached) {
  const std::string tables = "table p: partition_key LIST (k)\ncolumn p.k: type integer\ntable a\ncolumn a.k: type integer\nindex p.pi: definition CREATE INDEX pi ON ONLY public.p < column p.k\n";
  EXPECT_THAT(migration(tables + "partition a: parent public.p; bound DEFAULT < table a, table p\nindex a.ai: definition CREATE INDEX ai < column a.k\nindex_attachment a.ai: to public.pi < index a.ai, index p.pi, partition a", tables),
              ElementsAre("ALTER TABLE public.p DETACH PARTITION public.a", "DROP INDEX public.ai"));
}

// ATTACH PARTITION would take the first of two indexes that are alike.
TEST(SchemaTies, ALocalIndexMakesRoomForTheOneThatIsMeant) {
  const std::string tables = "table p: partition_key LIST (k)\ncolumn p.k: type integer\ntable a\ncolumn a.k: type integer\nindex p.pi: definition CREATE INDEX pi ON ONLY public.p USING btree (k) < column p.k\n"
                             "index a.own: definition CREATE INDEX own ON public.a USING btree (k) < column a.k\nindex a.other: definition CREATE INDEX other ON public.a USING btree (k DESC) < column a.k\n";
  EXPECT_THAT(migration(tables, tables + "partition a: parent public.p; bound DEFAULT < table a, table p\nindex a.ai: definition CREATE INDEX ai ON public.a USING btree (k) < column a.k\n"
                                         "index_attachment a.ai: to public.pi < index a.ai, index p.pi, partition a"),
              ElementsAre("DROP INDEX public.own", "CREATE INDEX ai ON public.a USING btree (k)", "ALTER TABLE ONLY public.p ATTACH PARTITION public.a DEFAULT", "CREATE INDEX own ON public.a USING btree (k)"));
}

TEST(SchemaTies, AClonedTriggerHasAStateOfItsOwn) {
  const std::string tables = "table p: partition_key LIST (k)\ntable a\npartition a: parent public.p; bound DEFAULT < table a, table p\n", trigger = "trigger p.g: definition CREATE TRIGGER g\n",
                    clone = "trigger a.g: enabled disabled; cloned ENABLE < trigger p.g, partition a\n";
  EXPECT_THAT(migration(tables + trigger, tables + trigger + clone), ElementsAre("ALTER TABLE public.a DISABLE TRIGGER g"));
  EXPECT_THAT(migration(tables + trigger + clone, tables + trigger), ElementsAre("ALTER TABLE public.a ENABLE TRIGGER g"));
  EXPECT_THAT(migration(tables, tables + trigger + clone), ElementsAre("CREATE TRIGGER g", "ALTER TABLE public.a DISABLE TRIGGER g"));
  EXPECT_THAT(migration(tables + trigger + clone, tables), ElementsAre("DROP TRIGGER g ON public.p"));
}

// Knots -------------------------------------------------------------------------------------------------------------------

TEST(SchemaTies, FunctionsThatCallEachOther) {
  const char* knot = "function f(integer): definition CREATE FUNCTION public.f(integer)\\\n BEGIN ATOMIC g; arguments integer; returns integer; sql_body < function g(integer)\n"
                     "function g(integer): definition CREATE FUNCTION public.g(integer) RETURN 1; arguments integer; returns integer; sql_body < function f(integer)";
  EXPECT_EQ(flaw_of_steps(Model(), model_of(knot)), "");
  EXPECT_EQ(flaw_of_steps(model_of(knot), Model()), "");
  EXPECT_TRUE(in_order(migration("", knot), {"CREATE FUNCTION public.f(integer)", "CREATE FUNCTION public.g(integer)", "CREATE FUNCTION public.f(integer)"}));
  EXPECT_EQ(migration(knot, "").size(), 3u);
}

TEST(SchemaTies, ViewsInACycleAreEmptiedBeforeTheyGo) {
  const char* knot = "view a: definition SELECT x FROM b; columns x integer < view b\nview b: definition SELECT x FROM a; columns x integer < view a";
  EXPECT_EQ(flaw_of_steps(model_of(knot), Model()), "");
  EXPECT_TRUE(in_order(migration(knot, ""), {"CREATE OR REPLACE VIEW public.a AS SELECT NULL::integer AS x", "DROP VIEW public.b", "DROP VIEW public.a"}));
}

// What cannot be done -----------------------------------------------------------------------------------------------------

TEST(SchemaTies, WhatPostgresCannotDoIsSaid) {
  const auto impossible = [](const std::string& from, const std::string& to, const PlanOptions& options = {"me", {}, Building::plain, Validation::at_once, {}}) { return plan_migration(model_of(from), model_of(to), options).impossible; };
  const auto table = [](const std::string& key, const std::string& type) { return "table p: partition_key " + key + "\ncolumn p.k: type " + type + "\ncolumn p.kk: type " + type; };
  EXPECT_THAT(impossible(table("LIST (k)", "integer"), table("LIST (k)", "bigint")), ElementsAre("the type of column k of public.p cannot change: it is part of the partition key"));
  EXPECT_THAT(impossible(table("RANGE (x, lower((kk)::text))", "integer"), table("RANGE (x, lower((kk)::text))", "bigint")), ElementsAre(HasSubstr("column kk ")));
  EXPECT_THAT(impossible(table("LIST (k)", "integer"), table("RANGE (k)", "bigint")), IsEmpty());
  const PlanOptions known{"me", {}, Building::plain, Validation::at_once, {{"x", "1.0", "1.1"}}};
  EXPECT_THAT(impossible("extension x: version 1.0", "extension x: version 1.1", known), IsEmpty());
  EXPECT_THAT(impossible("extension x: version 1.1", "extension x: version 1.0", known), ElementsAre("extension x has no update path from version 1.1 to version 1.0"));
}

TEST(SchemaTies, AnOwnColumnStaysOne) {
  const auto impossible = [](const std::string& from, const std::string& to) {
    const std::string parent = "table p\ncolumn p.b: type integer\ntable c";
    return plan_migration(model_of(parent + from), model_of(parent + to), {"me", {}, Building::plain, Validation::at_once, {}}).impossible;
  };
  const std::string heir = ": inherits public.p < table p\n", only = "column c.b: type integer; inherited", own = "column c.b: type integer";
  EXPECT_THAT(impossible(heir + own, heir + only), ElementsAre("column b of public.c is the table's own and cannot become one that it only inherits"));
  EXPECT_THAT(impossible(heir + only, heir + own), ElementsAre("column b of public.c is inherited and cannot become the table's own as well"));
  EXPECT_THAT(impossible(heir + only, "\n" + own), IsEmpty());
  EXPECT_THAT(impossible("\n" + own, heir + own), IsEmpty());
  EXPECT_THAT(impossible("\n" + own, heir + only), ElementsAre(HasSubstr("cannot become one that it only inherits")));
  EXPECT_THAT(impossible("\n" + own, "\n" + only + "\npartition c: parent public.p; bound DEFAULT < table c, table p"), IsEmpty());
  EXPECT_THAT(impossible("\n" + only + "\npartition c: parent public.p; bound DEFAULT < table c, table p", "\n" + own), IsEmpty());
}

TEST(SchemaTies, StorageGoesBackToWhatIsUsual) {
  const std::string stored = "table t\ncolumn t.a: type text; storage EXTERNAL; usual_storage EXTENDED", plain = "table t\ncolumn t.a: type text";
  EXPECT_THAT(migration(stored, plain), ElementsAre("ALTER TABLE ONLY public.t ALTER COLUMN a SET STORAGE EXTENDED"));
  // ALTER TYPE does that, too
  EXPECT_THAT(migration(stored, "table t\ncolumn t.a: type bytea"), ElementsAre(StartsWith("ALTER TABLE public.t ALTER COLUMN a TYPE bytea")));
  EXPECT_THAT(migration(stored, "table t\ncolumn t.a: type bytea; storage EXTERNAL; usual_storage EXTENDED"),
              ElementsAre(StartsWith("ALTER TABLE public.t ALTER COLUMN a TYPE bytea"), "ALTER TABLE ONLY public.t ALTER COLUMN a SET STORAGE EXTERNAL"));
}

TEST(SchemaTies, TypedTablesSayNoTypes) {
  EXPECT_THAT(migration("", "table t: of_type public.y\ncolumn t.a: type integer; not_null\ncolumn t.b: type text\ncolumn_default t.b: expression 'x'::text < column t.b\ncolumn t.c: type text"),
              ElementsAre("CREATE TABLE public.t OF public.y ( a WITH OPTIONS NOT NULL, b WITH OPTIONS DEFAULT 'x'::text )"));
}

}  // namespace
}  // namespace strata::schema
