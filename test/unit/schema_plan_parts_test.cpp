// Constraints, indexes, names, functions, policies and partitions from one small schema to another.
#include "schema/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema_notation.hpp"

namespace strata::schema {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const PlanOptions kConcurrently{"me", {}, Building::concurrently, Validation::at_once}, kAfterwards{"me", {}, Building::plain, Validation::afterwards};

// Constraints and indexes -------------------------------------------------------------------------------------------

constexpr const char* kCycle =
    "table a\ncolumn a.id: type integer\nconstraint a.a_pk: type p; definition PRIMARY KEY (id) < column a.id\n"
    "table b\ncolumn b.id: type integer\nconstraint b.b_pk: type p; definition PRIMARY KEY (id) < column b.id\n"
    "constraint a.a_fk: type f; definition FOREIGN KEY (id) REFERENCES public.b(id); references public.b < column a.id, column b.id, constraint b.b_pk, table b\n"
    "constraint b.b_fk: type f; definition FOREIGN KEY (id) REFERENCES public.a(id); references public.a < column b.id, column a.id, constraint a.a_pk, table a\n"
    "constraint a.self: type f; definition FOREIGN KEY (id) REFERENCES public.a(id); references public.a < column a.id, constraint a.a_pk\n";

TEST(SchemaPlan, ForeignKeysInACycle) {
  const Lines made = migration("", kCycle);
  EXPECT_TRUE(in_order(made, {"CREATE TABLE public.a", "CREATE TABLE public.b", "ALTER TABLE public.a ADD CONSTRAINT a_fk FOREIGN KEY"}));
  EXPECT_EQ(made.size(), 5u);
  const Lines gone = migration(kCycle, "");
  EXPECT_EQ(flaw_of_steps(model_of(kCycle), Model()), "");
  EXPECT_LE(gone.size(), 5u);
  EXPECT_TRUE(in_order(gone, {"ALTER TABLE public.", "DROP TABLE public."}));
}

TEST(SchemaPlan, TablesWithForeignKeysGoInOrder) {
  const char* tables = "table a\ncolumn a.id: type integer\nconstraint a.pk: type p; definition PRIMARY KEY (id) < column a.id\ntable b\ncolumn b.id: type integer\n"
                       "constraint b.fk: type f; definition FOREIGN KEY; references public.a < column b.id, column a.id, constraint a.pk";
  EXPECT_THAT(migration(tables, ""), ElementsAre("DROP TABLE public.b", "DROP TABLE public.a"));
}

// A foreign key needs the key that it refers to, so it goes and comes with it.
TEST(SchemaPlan, AKeyMadeAnewTakesItsForeignKeysAlong) {
  const char* rest = "table a\ncolumn a.id: type integer\ntable b\ncolumn b.id: type integer\nconstraint b.fk: type f; definition FOREIGN KEY; references public.a; comment hi < column b.id, column a.id, constraint a.pk\n";
  const Lines lines = migration(std::string(rest) + "constraint a.pk: type p; definition PRIMARY KEY (id) < column a.id", std::string(rest) + "constraint a.pk: type p; definition PRIMARY KEY (id) DEFERRABLE < column a.id");
  EXPECT_THAT(lines, ElementsAre("ALTER TABLE public.b DROP CONSTRAINT fk", "ALTER TABLE public.a DROP CONSTRAINT pk", "ALTER TABLE ONLY public.a ADD CONSTRAINT pk PRIMARY KEY (id) DEFERRABLE",
                                 "ALTER TABLE public.b ADD CONSTRAINT fk FOREIGN KEY", "COMMENT ON CONSTRAINT fk ON public.b IS 'hi'"));
}

TEST(SchemaPlan, ConstraintsAreAlteredWherePossible) {
  const auto changed = [](const std::string& from, const std::string& to) { return migration("table t\nconstraint t.c: " + from, "table t\nconstraint t.c: " + to); };
  EXPECT_THAT(changed("type f; definition FOREIGN KEY", "type f; definition FOREIGN KEY DEFERRABLE INITIALLY DEFERRED"), ElementsAre("ALTER TABLE public.t ALTER CONSTRAINT c DEFERRABLE INITIALLY DEFERRED"));
  EXPECT_THAT(changed("type f; definition FOREIGN KEY DEFERRABLE", "type f; definition FOREIGN KEY"), ElementsAre("ALTER TABLE public.t ALTER CONSTRAINT c NOT DEFERRABLE"));
  EXPECT_THAT(changed("type c; definition CHECK (true); not_valid", "type c; definition CHECK (true)"), ElementsAre("ALTER TABLE public.t VALIDATE CONSTRAINT c"));
  EXPECT_THAT(changed("type c; definition CHECK (true)", "type c; definition CHECK (true); not_valid"), ElementsAre("ALTER TABLE public.t DROP CONSTRAINT c", "ALTER TABLE public.t ADD CONSTRAINT c CHECK (true) NOT VALID"));
  EXPECT_THAT(changed("type c; definition CHECK (true)", "type c; definition CHECK (false)"), ElementsAre("ALTER TABLE public.t DROP CONSTRAINT c", "ALTER TABLE public.t ADD CONSTRAINT c CHECK (false)"));
}

TEST(SchemaPlan, ConcurrentlyIsForIndexesOnLastingTables) {
  const std::string index = "index t.i: definition CREATE UNIQUE INDEX i ON public.t USING btree (a) < column t.a", table = "table t\ncolumn t.a: type integer\n";
  const Migration made = migrated(table, table + index, kConcurrently);
  EXPECT_THAT(sql_of(made.statements), ElementsAre("CREATE UNIQUE INDEX CONCURRENTLY i ON public.t USING btree (a)"));
  EXPECT_TRUE(made.statements[0].outside_transaction);
  EXPECT_EQ(made.statements[0].lock, LockLevel::share_update_exclusive);
  EXPECT_TRUE(made.barrier);
  const Migration gone = migrated(table + index, table, kConcurrently);
  EXPECT_THAT(sql_of(gone.statements), ElementsAre("DROP INDEX CONCURRENTLY public.i"));
  EXPECT_TRUE(gone.barrier);
  const Migration both = migrated("", table + index, kConcurrently);
  EXPECT_THAT(sql_of(both.statements), ElementsAre(StartsWith("CREATE TABLE"), "CREATE UNIQUE INDEX i ON public.t USING btree (a)"));
  EXPECT_FALSE(both.barrier);
  const std::string partitioned = "table t: partition_key LIST (a)\ncolumn t.a: type integer\n";
  EXPECT_FALSE(migrated(partitioned, partitioned + index, kConcurrently).barrier);
  // A changed one is there until its successor is, unless what it stands upon changes as well.
  const std::string other = "index t.i: definition CREATE UNIQUE INDEX i ON public.t USING btree (a DESC); comment new < column t.a";
  EXPECT_THAT(migration(table + index, table + other, kConcurrently),
              ElementsAre("CREATE UNIQUE INDEX CONCURRENTLY i__new ON public.t USING btree (a DESC)", "DROP INDEX CONCURRENTLY public.i", "ALTER INDEX public.i__new RENAME TO i", "COMMENT ON INDEX public.i IS 'new'"));
  EXPECT_TRUE(in_order(migration(table + "index t.i: definition CREATE INDEX i ON public.t USING btree ((a + 1)) < column t.a", "table t\ncolumn t.a: type bigint\nindex t.i: definition CREATE INDEX i ON public.t USING btree ((a + 1)) < column t.a", kConcurrently),
                       {"DROP INDEX CONCURRENTLY public.i", "ALTER TABLE public.t ALTER COLUMN a TYPE bigint", "CREATE INDEX CONCURRENTLY i ON"}));
  EXPECT_FALSE(migrated(table, table + index).barrier);
}

TEST(SchemaPlan, ConcurrentlyFindsTheWordAndNotAName) {
  const std::string table = "table t\n";
  EXPECT_THAT(migration(table, table + "index t.\" INDEX \": definition CREATE INDEX \" INDEX \" ON public.t USING btree (a)", kConcurrently), ElementsAre("CREATE INDEX CONCURRENTLY \" INDEX \" ON public.t USING btree (a)"));
}

TEST(SchemaPlan, NotValidIsForLastingTables) {
  const std::string table = "table t\ncolumn t.a: type integer\n", check = "constraint t.c: type c; definition CHECK (true)\nconstraint t.f: type f; definition FOREIGN KEY\nconstraint t.u: type u; definition UNIQUE (a)";
  EXPECT_THAT(migration(table, table + check, kAfterwards),
              ElementsAre("ALTER TABLE public.t ADD CONSTRAINT c CHECK (true) NOT VALID", "ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY NOT VALID", "ALTER TABLE ONLY public.t ADD CONSTRAINT u UNIQUE (a)",
                          "ALTER TABLE public.t VALIDATE CONSTRAINT c", "ALTER TABLE public.t VALIDATE CONSTRAINT f"));
  EXPECT_THAT(migration("", table + check, kAfterwards), Not(Contains(HasSubstr("NOT VALID"))));
  EXPECT_THAT(migration(table, table + "constraint t.c: type c; definition CHECK (true); not_valid", kAfterwards), ElementsAre("ALTER TABLE public.t ADD CONSTRAINT c CHECK (true) NOT VALID"));
}

// Names -------------------------------------------------------------------------------------------------------------

TEST(SchemaPlan, ANameIsFreeBeforeItIsTaken) {
  // an index of the name that a table has, a sequence of the name of a view, a type of the name of a table
  EXPECT_TRUE(in_order(migration("table x\ntable t", "table t\nindex t.x: definition CREATE INDEX x ON public.t"), {"DROP TABLE public.x", "CREATE INDEX x"}));
  EXPECT_TRUE(in_order(migration("view x: definition SELECT 1; columns a integer", "sequence x: type bigint"), {"DROP VIEW public.x", "CREATE SEQUENCE public.x"}));
  EXPECT_TRUE(in_order(migration("table x", "enum_type x: labels 'a'"), {"DROP TABLE public.x", "CREATE TYPE public.x"}));
  EXPECT_TRUE(in_order(migration("domain x: type text", "table x"), {"DROP DOMAIN public.x", "CREATE TABLE public.x"}));
  // the index of a constraint, also where it goes with its table
  EXPECT_TRUE(in_order(migration("table t\nconstraint t.x: type u; definition UNIQUE (a)", "table t\nindex t.x: definition CREATE INDEX x"), {"ALTER TABLE public.t DROP CONSTRAINT x", "CREATE INDEX x"}));
  EXPECT_TRUE(in_order(migration("table old\nindex old.x: definition CREATE INDEX x ON old\ntable t", "table t\nindex t.x: definition CREATE INDEX x ON t"), {"DROP TABLE public.old", "CREATE INDEX x ON t"}));
  EXPECT_TRUE(in_order(migration("table old\nconstraint old.x: type p; definition PRIMARY KEY\ntable t", "table t\nconstraint t.x: type p; definition PRIMARY KEY"), {"DROP TABLE public.old", "ALTER TABLE ONLY public.t ADD CONSTRAINT x"}));
  EXPECT_TRUE(in_order(migration("function x(integer): definition F", "aggregate x(integer): definition CREATE AGGREGATE"), {"DROP FUNCTION public.x(integer)", "CREATE AGGREGATE"}));
}

TEST(SchemaPlan, ASchemaComesFirstAndGoesLast) {
  EXPECT_TRUE(in_order(migration("", "schema s\ntable s.t < schema s\nfunction s.f(): definition CREATE FUNCTION < schema s"), {"CREATE SCHEMA s", "CREATE FUNCTION", "CREATE TABLE s.t"}));
  EXPECT_TRUE(in_order(migration("schema s\ntable s.t < schema s\nfunction s.f(): definition CREATE FUNCTION < schema s", ""), {"DROP FUNCTION s.f()", "DROP TABLE s.t", "DROP SCHEMA s"}));
}

TEST(SchemaPlan, OddNamesGoThrough) {
  const std::string name = "\"a.b, \"\"c\"\" (::) 'd'\"", long_name = "\"" + std::string(61, 'x') + "\xC3\x96\"";
  const Lines lines = migration("", "table " + name + "\ncolumn " + name + "." + long_name + ": type public." + name + "\nview " + long_name + ": definition SELECT 1; columns " + name + " integer < column " + name + "." + long_name);
  EXPECT_THAT(lines, ElementsAre("CREATE TABLE public." + name + " ( " + long_name + " public." + name + " )", "CREATE OR REPLACE VIEW public." + long_name + " AS SELECT 1"));
  const Lines dummy = sql_of({create_dummy(model_of("view v: definition x; columns " + name + " public." + name + ", " + long_name + " text").objects()[0])});
  EXPECT_THAT(dummy, ElementsAre("CREATE VIEW public.v AS SELECT NULL::public." + name + " AS " + name + ", NULL::text AS " + long_name));
}

// Functions -----------------------------------------------------------------------------------------------------------

TEST(SchemaPlan, DefaultsAndFunctionsAndTablesInAKnot) {
  const char* knot = "function f(public.t): definition CREATE FUNCTION public.f(public.t) < table t\ntable t\ncolumn t.a: type integer\ncolumn_default t.a: expression public.f(NULL) < column t.a, function f(public.t)";
  EXPECT_TRUE(in_order(migration("", knot), {"CREATE TABLE public.t ( a integer )", "CREATE FUNCTION public.f(public.t)", "ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT public.f(NULL)"}));
  EXPECT_TRUE(in_order(migration(knot, ""), {"ALTER TABLE ONLY public.t ALTER COLUMN a DROP DEFAULT", "DROP FUNCTION public.f(public.t)", "DROP TABLE public.t"}));
}

// Whatever of a table needs a function that needs the table must go before both.
TEST(SchemaPlan, PartsInAKnotWithAFunctionGoFirst) {
  for (const auto& [part, dropped] : std::vector<std::pair<std::string, std::string>>{
           {"constraint t.c: type c; definition CHECK (public.f(t.*))", "ALTER TABLE public.t DROP CONSTRAINT c"},
           {"policy t.c: permissive PERMISSIVE; command ALL; roles PUBLIC; using public.f(t.*)", "DROP POLICY c ON public.t"},
           {"index t.c: definition CREATE INDEX c ON public.t (public.f(t.*))", "DROP INDEX public.c"},
           {"trigger t.c: definition CREATE TRIGGER c ON public.t WHEN (public.f(new.*))", "DROP TRIGGER c ON public.t"},
           {"rule t.c: definition CREATE RULE c", "DROP RULE c ON public.t"}}) {
    const std::string knot = "function f(public.t): definition CREATE FUNCTION public.f(public.t) < table t\ntable t\ncolumn t.a: type integer\n" + part + " < function f(public.t)";
    EXPECT_TRUE(in_order(migration(knot, ""), {dropped, "DROP FUNCTION public.f(public.t)", "DROP TABLE public.t"}));
    EXPECT_EQ(flaw_of_steps(Model(), model_of(knot)), "") << part;
  }
}

TEST(SchemaPlan, AFunctionIsReplacedWherePossible) {
  const auto changed = [](const std::string& from, const std::string& to) { return migration("function f(integer): kind function; " + from, "function f(integer): kind function; " + to); };
  EXPECT_THAT(changed("arguments a integer; returns integer; definition A", "arguments a integer; returns integer; definition B"), ElementsAre("B"));
  EXPECT_THAT(changed("arguments a integer; returns integer; definition A", "arguments a integer; returns text; definition B"), ElementsAre("DROP FUNCTION public.f(integer)", "B"));
  EXPECT_THAT(changed("arguments a integer; returns integer; definition A", "arguments b integer; returns integer; definition B"), ElementsAre("DROP FUNCTION public.f(integer)", "B"));
  EXPECT_THAT(changed("arguments a integer DEFAULT 1; returns integer; definition A", "arguments a integer; returns integer; definition B"), ElementsAre("DROP FUNCTION public.f(integer)", "B"));
  EXPECT_THAT(changed("arguments a integer; returns integer; definition A", "arguments a integer DEFAULT 1; returns integer; definition B"), ElementsAre("B"));
}

// A trigger comes and goes with its function; a constraint that calls it too.
TEST(SchemaPlan, WhatCallsAFunctionMadeAnewIsMadeAnew) {
  const char* rest = "table t\ntrigger t.g: definition CREATE TRIGGER g; enabled disabled < function f()\nconstraint t.c: type c; definition CHECK (public.f()) < function f()";
  const Lines lines = migration(std::string("function f(): kind function; returns integer; definition A\n") + rest, std::string("function f(): kind function; returns text; definition B\n") + rest);
  EXPECT_TRUE(in_order(lines, {"DROP FUNCTION public.f()", "B", "CREATE TRIGGER g", "ALTER TABLE public.t DISABLE TRIGGER g"}));
  EXPECT_TRUE(in_order(lines, {"DROP TRIGGER g ON public.t", "DROP FUNCTION public.f()"}));
  EXPECT_TRUE(in_order(lines, {"ALTER TABLE public.t DROP CONSTRAINT c", "DROP FUNCTION public.f()", "B", "ALTER TABLE public.t ADD CONSTRAINT c"}));
}

// Policies ------------------------------------------------------------------------------------------------------------

TEST(SchemaPlan, PoliciesAreAlteredWherePossible) {
  const auto changed = [](const std::string& from, const std::string& to) { return migration("table t\npolicy t.p: " + from, "table t\npolicy t.p: " + to); };
  EXPECT_THAT(changed("permissive PERMISSIVE; command ALL; roles PUBLIC; using a", "permissive PERMISSIVE; command ALL; roles anna, bob; using b; check c"), ElementsAre("ALTER POLICY p ON public.t TO anna, bob USING (b) WITH CHECK (c)"));
  EXPECT_THAT(changed("permissive PERMISSIVE; command ALL; roles PUBLIC; using a", "permissive RESTRICTIVE; command SELECT; roles PUBLIC; using a"),
              ElementsAre("DROP POLICY p ON public.t", "CREATE POLICY p ON public.t AS RESTRICTIVE FOR SELECT TO PUBLIC USING (a)"));
  EXPECT_THAT(changed("permissive PERMISSIVE; command ALL; roles PUBLIC; using a; check b", "permissive PERMISSIVE; command ALL; roles PUBLIC; using a"),
              ElementsAre("DROP POLICY p ON public.t", "CREATE POLICY p ON public.t TO PUBLIC USING (a)"));
  EXPECT_THAT(changed("permissive PERMISSIVE; command ALL; roles PUBLIC; using a", "permissive PERMISSIVE; command ALL; roles PUBLIC; using a; comment c"), ElementsAre("COMMENT ON POLICY p ON public.t IS 'c'"));
}

TEST(SchemaPlan, PoliciesMakeWayForATypeChange) {
  const auto table = [](const std::string& type) { return "table t\ncolumn t.a: type " + type + "\npolicy t.p: permissive PERMISSIVE; command ALL; roles PUBLIC; using a < column t.a"; };
  EXPECT_TRUE(in_order(migration(table("integer"), table("bigint")), {"DROP POLICY p", "ALTER TABLE public.t ALTER COLUMN a TYPE bigint", "CREATE POLICY p"}));
}

// Partitions and inheritance ----------------------------------------------------------------------------------------

constexpr const char* kParent = "table p: partition_key RANGE (a)\ncolumn p.a: type integer\n";
constexpr const char* kChild = "table c\ncolumn c.a: type integer; inherited\n";
constexpr const char* kPartition = "partition c: parent public.p; bound FOR VALUES FROM (1) TO (2) < table c, table p\n";
constexpr const char* kIndexes =
    "index p.pi: definition CREATE INDEX pi ON ONLY public.p USING btree (a) < column p.a\nindex c.ci: definition CREATE INDEX ci ON public.c USING btree (a) < column c.a\n"
    "index_attachment c.ci: to public.pi < index c.ci, index p.pi, partition c\n";

TEST(SchemaPlan, APartitionIsMadeAndAttached) {
  EXPECT_TRUE(in_order(migration("", std::string(kParent) + kChild + kPartition), {"CREATE TABLE public.c ( a integer )", "ALTER TABLE ONLY public.p ATTACH PARTITION public.c FOR VALUES FROM (1) TO (2)"}));
  EXPECT_TRUE(in_order(migration("", std::string(kParent) + kChild + kPartition + kIndexes), {"CREATE INDEX ci ON public.c", "ALTER INDEX public.pi ATTACH PARTITION public.ci"}));
  EXPECT_EQ(flaw_of_steps(Model(), model_of(std::string(kParent) + kChild + kPartition + kIndexes)), "");
}

TEST(SchemaPlan, APartitionedTableGoesWithItsPartitions) {
  const Lines lines = migration(std::string(kParent) + kChild + kPartition + kIndexes, "");
  EXPECT_EQ(place_of(lines, "DROP INDEX"), -1);
  EXPECT_EQ(place_of(lines, "ALTER INDEX"), -1);
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_TRUE(in_order(lines, {"DROP TABLE public.c", "DROP TABLE public.p"}));
}

TEST(SchemaPlan, ATableIsAttachedAndDetached) {
  const std::string alone = "table c\ncolumn c.a: type integer\n";
  EXPECT_THAT(migration(kParent + alone, std::string(kParent) + kChild + kPartition), ElementsAre("ALTER TABLE ONLY public.p ATTACH PARTITION public.c FOR VALUES FROM (1) TO (2)"));
  EXPECT_THAT(migration(std::string(kParent) + kChild + kPartition, kParent + alone), ElementsAre("ALTER TABLE public.p DETACH PARTITION public.c"));
  EXPECT_THAT(migration(std::string(kParent) + kChild + kPartition, std::string(kParent) + kChild + "partition c: parent public.p; bound DEFAULT < table c, table p"),
              ElementsAre("ALTER TABLE public.p DETACH PARTITION public.c", "ALTER TABLE ONLY public.p ATTACH PARTITION public.c DEFAULT"));
}

TEST(SchemaPlan, AnIndexOfAPartitionedTableGoesWithThoseOfThePartitions) {
  EXPECT_THAT(migration(std::string(kParent) + kChild + kPartition + kIndexes, std::string(kParent) + kChild + kPartition), ElementsAre("DROP INDEX public.pi"));
  EXPECT_TRUE(in_order(migration(std::string(kParent) + kChild + kPartition, std::string(kParent) + kChild + kPartition + kIndexes), {"CREATE INDEX pi ON ONLY public.p", "ALTER INDEX public.pi ATTACH PARTITION public.ci"}));
}

TEST(SchemaPlan, ColumnsOfPartitionsFollowTheParent) {
  EXPECT_THAT(migration(std::string(kParent) + kChild + kPartition, std::string(kParent) + "column p.b: type text\n" + kChild + "column c.b: type text; inherited\n" + kPartition), ElementsAre("ALTER TABLE public.p ADD COLUMN b text"));
  EXPECT_THAT(migration(std::string(kParent) + "column p.b: type text\n" + kChild + "column c.b: type text; inherited\n" + kPartition, std::string(kParent) + kChild + kPartition), ElementsAre("ALTER TABLE public.p DROP COLUMN b"));
  EXPECT_THAT(migration(std::string(kParent) + "column p.b: type text\n" + kChild + "column c.b: type text; inherited\n" + kPartition,
                        std::string(kParent) + "column p.b: type integer; not_null\n" + kChild + "column c.b: type integer; not_null; inherited\n" + kPartition),
              ElementsAre("ALTER TABLE public.p ALTER COLUMN b TYPE integer USING b::integer, ALTER COLUMN b SET NOT NULL"));
}

TEST(SchemaPlan, ConstraintsOfPartitionsFollowTheParent) {
  const std::string check = "constraint p.k: type c; definition CHECK (true)\nconstraint c.k: type c; definition CHECK (true); inherited\n", tables = std::string(kParent) + kChild + kPartition;
  EXPECT_THAT(migration(tables, tables + check), ElementsAre("ALTER TABLE public.p ADD CONSTRAINT k CHECK (true)"));
  EXPECT_THAT(migration(tables + check, tables), ElementsAre("ALTER TABLE public.p DROP CONSTRAINT k"));
}

TEST(SchemaPlan, AnHeirComesWithWhatIsItsOwn) {
  const Lines lines = migration("", "table p\ncolumn p.a: type integer; not_null\nconstraint p.k: type c; definition CHECK (true)\n"
                                    "table c: inherits public.p < table p\ncolumn c.a: type integer; not_null; inherited\ncolumn c.b: type text\nconstraint c.k: type c; definition CHECK (true); inherited\nconstraint c.l: type c; definition CHECK (false)");
  EXPECT_THAT(lines, ElementsAre("CREATE TABLE public.p ( a integer NOT NULL, CONSTRAINT k CHECK (true) )", "CREATE TABLE public.c ( b text, CONSTRAINT l CHECK (false) ) INHERITS (public.p)"));
}

TEST(SchemaPlan, AnHeirIsNotCalledTwice) {
  const auto tables = [](const std::string& columns) {
    std::string text = "table p\n", heir = "table c: inherits public.p < table p\n";
    for (const char column : columns) {
      text += std::string("column p.") + column + ": type integer\n";
      heir += std::string("column c.") + column + ": type integer; inherited\n";
    }
    return text + heir;
  };
  EXPECT_THAT(migration(tables("a"), tables("ab")), ElementsAre("ALTER TABLE public.p ADD COLUMN b integer"));
  EXPECT_THAT(migration(tables("ab"), tables("a")), ElementsAre("ALTER TABLE public.p DROP COLUMN b"));
}

// Everything at once --------------------------------------------------------------------------------------------------

TEST(SchemaPlan, TheOrderIsAlwaysTheSame) {
  const std::string from = std::string(kCycle), to = std::string(kParent) + kPartition;
  const Lines first = migration(from, to);
  for (int i = 0; i < 5; i++) EXPECT_EQ(migration(from, to), first);
}

TEST(SchemaPlan, AChainOfViewsIsNoRecursion) {
  constexpr int size = 20'000;
  std::vector<Object> objects;
  for (int i = 0; i < size; i++) {
    Object view;
    view.key = {Kind::view, "public", "", "v" + std::to_string(size - i)};
    view.properties.set("definition", "SELECT 1");
    view.properties.set("columns", "a integer");
    if (i > 0) view.needs.push_back(objects.back().key);
    objects.push_back(view);
  }
  const Model chain(objects);
  const Lines made = sql_of(plan_migration(Model(), chain, {"me", {}, Building::plain, Validation::at_once}).statements);
  ASSERT_EQ(made.size(), static_cast<std::size_t>(size));
  EXPECT_THAT(made.front(), StartsWith("CREATE OR REPLACE VIEW public.v20000 "));
  EXPECT_THAT(made.back(), StartsWith("CREATE OR REPLACE VIEW public.v1 "));
  EXPECT_EQ(sql_of(plan_migration(chain, Model(), {"me", {}, Building::plain, Validation::at_once}).statements).front(), "DROP VIEW public.v1");
}

}  // namespace
}  // namespace strata::schema
