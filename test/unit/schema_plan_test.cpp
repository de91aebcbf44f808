// From one small schema to another: which statements, and in which order.
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
using Lines = std::vector<std::string>;

// Where the first statement that begins so stands; -1: nowhere.
int place_of(const Lines& lines, std::string_view beginning) {
  for (std::size_t i = 0; i < lines.size(); i++)
    if (lines[i].starts_with(beginning)) return static_cast<int>(i);
  return -1;
}

// Do statements with these beginnings stand there in this order?
::testing::AssertionResult in_order(const Lines& lines, std::initializer_list<std::string_view> beginnings) {
  std::size_t at = 0;
  for (const std::string_view beginning : beginnings) {
    while (at < lines.size() && !lines[at].starts_with(beginning)) at++;
    if (at++ < lines.size()) continue;
    auto failure = ::testing::AssertionFailure() << "not in its place: " << beginning;
    for (const std::string& line : lines) failure << "\n  " << line;
    return failure;
  }
  return ::testing::AssertionSuccess();
}

const PlanOptions kConcurrently{"me", {}, Building::concurrently, Validation::at_once}, kAfterwards{"me", {}, Building::plain, Validation::afterwards};

Migration migrated(std::string_view from, std::string_view to, const PlanOptions& options = {"me", {}, Building::plain, Validation::at_once}) {
  const Model before = model_of(from), after = model_of(to);
  return plan_migration(before, after, options);
}

// Tables and columns -----------------------------------------------------------------------------------------

TEST(SchemaPlan, EqualSchemasNeedNothing) {
  const char* same = "schema s: owner me\ntable t: comment hi\ncolumn t.id: type integer; not_null\nview v: definition SELECT 1; columns a integer < table t";
  EXPECT_THAT(migration(same, same), IsEmpty());
  EXPECT_THAT(migration("", ""), IsEmpty());
  EXPECT_THAT(migration("table t\ncolumn t.a: type integer; inherited", "table t\ncolumn t.a: type integer"), IsEmpty());
}

TEST(SchemaPlan, ATableComesWithItsParts) {
  EXPECT_THAT(migration("", "table t: comment it's\ncolumn t.id: type integer; not_null\ncolumn t.\"A, b\": type character varying(10); collation pg_catalog.\"C\"\ncolumn_default t.id: expression 1\n"
                            "constraint t.ok: type c; definition CHECK ((id > 0))\nconstraint t.pk: type p; definition PRIMARY KEY (id)"),
              ElementsAre("CREATE TABLE public.t ( id integer DEFAULT 1 NOT NULL, \"A, b\" character varying(10) COLLATE pg_catalog.\"C\", CONSTRAINT ok CHECK ((id > 0)), CONSTRAINT pk PRIMARY KEY (id) )",
                          "COMMENT ON TABLE public.t IS 'it''s'"));
}

TEST(SchemaPlan, ATableGoesWithItsParts) {
  const Migration gone = migrated("table t\ncolumn t.id: type integer\ncolumn_default t.id: expression 1\nindex t.i: definition CREATE INDEX < column t.id\nconstraint t.pk: type p\ntrigger t.g: definition CREATE TRIGGER\n"
                                  "policy t.p: roles PUBLIC\nreplica_identity t: value FULL\nrule t.r: definition x",
                                  "");
  EXPECT_THAT(sql_of(gone.statements), ElementsAre("DROP TABLE public.t"));
  EXPECT_EQ(gone.statements[0].lost, "all rows of public.t");
  EXPECT_EQ(gone.statements[0].lock, LockLevel::access_exclusive);
  EXPECT_EQ(gone.statements[0].operation, Operation::drop);
}

TEST(SchemaPlan, ColumnsComeInTheirOrderAndGo) {
  EXPECT_THAT(migration("table t\ncolumn t.a: type integer", "table t\ncolumn t.z: type integer\ncolumn t.y: type text; not_null\ncolumn_default t.y: expression 'x'::text < column t.y"),
              ElementsAre("ALTER TABLE public.t ADD COLUMN z integer", "ALTER TABLE public.t ADD COLUMN y text DEFAULT 'x'::text NOT NULL", "ALTER TABLE public.t DROP COLUMN a"));
  EXPECT_EQ(migrated("table t\ncolumn t.a: type integer", "table t").statements[0].lost, "the values of column a of public.t");
}

TEST(SchemaPlan, ColumnsAreAlteredInPlace) {
  EXPECT_THAT(migration("table t\ncolumn t.a: type integer; not_null; statistics 10\ncolumn_default t.a: expression 1", "table t\ncolumn t.a: type integer; comment c\ncolumn_default t.a: expression 2"),
              ElementsAre("ALTER TABLE public.t ALTER COLUMN a DROP NOT NULL", "ALTER TABLE ONLY public.t ALTER COLUMN a SET STATISTICS -1", "COMMENT ON COLUMN public.t.a IS 'c'",
                          "ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT 2"));
  EXPECT_THAT(migration("table t\ncolumn t.a: type integer\ncolumn_default t.a: expression 1", "table t\ncolumn t.a: type integer"), ElementsAre("ALTER TABLE ONLY public.t ALTER COLUMN a DROP DEFAULT"));
}

TEST(SchemaPlan, ATypeChangeTellsWhatItCosts) {
  const Migration wider = migrated("table t\ncolumn t.a: type integer", "table t\ncolumn t.a: type bigint");
  EXPECT_THAT(sql_of(wider.statements), ElementsAre(StartsWith("ALTER TABLE public.t ALTER COLUMN a TYPE bigint USING a::")));
  EXPECT_TRUE(wider.statements[0].rewrites_table);
  EXPECT_EQ(wider.statements[0].lost, "");
  const Migration longer = migrated("table t\ncolumn t.a: type character varying(10)", "table t\ncolumn t.a: type text");
  EXPECT_FALSE(longer.statements[0].rewrites_table);
  const Migration narrower = migrated("table t\ncolumn t.\"A\": type text", "table t\ncolumn t.\"A\": type character varying(3)");
  EXPECT_EQ(narrower.statements[0].lost, "longer values in column \"A\" of public.t");
}

TEST(SchemaPlan, IdentityIsSetAndTaken) {
  const char* plain = "table t\ncolumn t.id: type integer; not_null";
  const char* identity = "table t\ncolumn t.id: type integer; not_null; identity ALWAYS; identity_sequence public.t_id_seq; identity_start 1; identity_increment 1; identity_min 1; identity_max 2147483647; identity_cache 1";
  EXPECT_THAT(migration(plain, identity), ElementsAre(StartsWith("ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.t_id_seq")));
  EXPECT_THAT(migration(identity, plain), ElementsAre("ALTER TABLE public.t ALTER COLUMN id DROP IDENTITY"));
  EXPECT_THAT(migration(identity, "table t\ncolumn t.id: type integer; not_null; identity BY DEFAULT; identity_sequence public.other; identity_start 5; identity_increment 1; identity_min 1; identity_max 2147483647; identity_cache 1"),
              ElementsAre("ALTER TABLE public.t ALTER COLUMN id SET GENERATED BY DEFAULT SET START WITH 5", "ALTER SEQUENCE public.t_id_seq RENAME TO other"));
}

// A default is dropped before a column that was serial becomes an identity; the sequence of that name has to go first.
TEST(SchemaPlan, SerialBecomesIdentity) {
  const Lines lines = migration("table t\ncolumn t.id: type integer; not_null\ncolumn_default t.id: expression nextval('public.t_id_seq'::regclass) < column t.id, sequence t_id_seq\nsequence t_id_seq: type integer\n"
                                "sequence_owner t_id_seq: column public.t.id < sequence t_id_seq, column t.id",
                                "table t\ncolumn t.id: type integer; not_null; identity ALWAYS; identity_sequence public.t_id_seq");
  EXPECT_TRUE(in_order(lines, {"ALTER TABLE ONLY public.t ALTER COLUMN id DROP DEFAULT", "DROP SEQUENCE public.t_id_seq", "ALTER TABLE public.t ALTER COLUMN id ADD GENERATED"}));
}

TEST(SchemaPlan, ASequenceIsOwnedAfterTheTableIsThere) {
  const char* serial = "sequence t_id_seq: type integer\ntable t\ncolumn t.id: type integer; not_null\ncolumn_default t.id: expression nextval('public.t_id_seq'::regclass) < sequence t_id_seq, column t.id\n"
                       "sequence_owner t_id_seq: column public.t.id < sequence t_id_seq, column t.id";
  EXPECT_TRUE(in_order(migration("", serial), {"CREATE SEQUENCE public.t_id_seq", "CREATE TABLE public.t ( id integer DEFAULT nextval(", "ALTER SEQUENCE public.t_id_seq OWNED BY public.t.id"}));
  const Migration gone = migrated(serial, "");
  EXPECT_THAT(sql_of(gone.statements), ElementsAre("DROP TABLE public.t"));
}

TEST(SchemaPlan, ASequenceGoesOverToAnotherColumn) {
  const char* columns = "table t\ncolumn t.a: type integer\ncolumn t.b: type integer\nsequence s: type integer\n";
  EXPECT_THAT(migration(std::string(columns) + "sequence_owner s: column public.t.a < sequence s, column t.a", std::string(columns) + "sequence_owner s: column public.t.b < sequence s, column t.b"),
              ElementsAre("ALTER SEQUENCE public.s OWNED BY public.t.b"));
  // The column that it leaves may go: the sequence must have left before.
  EXPECT_TRUE(in_order(migration("table t\ncolumn t.a: type integer\nsequence s: type integer\nsequence_owner s: column public.t.a < sequence s, column t.a",
                                 "table t\ncolumn t.b: type integer\nsequence s: type integer\nsequence_owner s: column public.t.b < sequence s, column t.b"),
                       {"ALTER TABLE public.t ADD COLUMN b", "ALTER SEQUENCE public.s OWNED BY public.t.b", "ALTER TABLE public.t DROP COLUMN a"}));
  EXPECT_TRUE(in_order(migration("table t\ncolumn t.a: type integer\nsequence s: type integer\nsequence_owner s: column public.t.a < sequence s, column t.a", "table t\nsequence s: type integer"),
                       {"ALTER SEQUENCE public.s OWNED BY NONE", "ALTER TABLE public.t DROP COLUMN a"}));
}

TEST(SchemaPlan, GeneratedColumnsFollowWhatTheyComputeFrom) {
  const Lines lines = migration("table t\ncolumn t.a: type integer\ncolumn t.b: type integer; generated (a + 1) < column t.a", "table t\ncolumn t.a: type bigint\ncolumn t.b: type integer; generated (a + 1) < column t.a");
  EXPECT_TRUE(in_order(lines, {"ALTER TABLE public.t DROP COLUMN b", "ALTER TABLE public.t ALTER COLUMN a TYPE bigint", "ALTER TABLE public.t ADD COLUMN b integer GENERATED ALWAYS AS ((a + 1)) STORED"}));
  EXPECT_EQ(migrated("table t\ncolumn t.b: type integer; generated 1", "table t\ncolumn t.b: type integer; generated 2").statements[0].lost, "");
}

// Views ----------------------------------------------------------------------------------------------------------

constexpr const char* kViews =
    "view v: definition SELECT a; columns a TYPE; comment first; acl anna:SELECT < column t.a\n"
    "view w: definition SELECT a FROM v; columns a TYPE < view v\n"
    "materialized_view m: definition SELECT a FROM w; columns a TYPE < view w\n"
    "index m.i: definition CREATE INDEX i ON public.m < materialized_view m\n"
    "view_column v.a: comment of it\n"
    "trigger w.g: definition CREATE TRIGGER g ON public.w\n";

std::string views_of(const std::string& type) {
  std::string text = "table t\ncolumn t.a: type " + type + "\n" + kViews;
  for (auto at = text.find("TYPE"); at != std::string::npos; at = text.find("TYPE")) text.replace(at, 4, type);
  return text;
}

TEST(SchemaPlan, AChainOfViewsIsMadeAnewForAColumn) {
  const Lines lines = migration(views_of("integer"), views_of("bigint"));
  EXPECT_TRUE(in_order(lines, {"DROP MATERIALIZED VIEW public.m", "DROP VIEW public.w", "DROP VIEW public.v", "ALTER TABLE public.t ALTER COLUMN a TYPE bigint", "CREATE OR REPLACE VIEW public.v",
                               "CREATE OR REPLACE VIEW public.w", "CREATE MATERIALIZED VIEW public.m", "CREATE INDEX i"}));
  EXPECT_THAT(lines, Contains("COMMENT ON VIEW public.v IS 'first'"));
  EXPECT_THAT(lines, Contains("COMMENT ON COLUMN public.v.a IS 'of it'"));
  EXPECT_THAT(lines, Contains("GRANT SELECT ON TABLE public.v TO anna"));
  EXPECT_THAT(lines, Contains("CREATE TRIGGER g ON public.w"));
  EXPECT_EQ(place_of(lines, "DROP INDEX"), -1);
  EXPECT_EQ(place_of(lines, "DROP TRIGGER"), -1);
}

TEST(SchemaPlan, AViewIsReplacedWhereItsColumnsStay) {
  EXPECT_THAT(migration("view v: definition SELECT 1; columns a integer", "view v: definition SELECT 2; columns a integer, b text"), ElementsAre("CREATE OR REPLACE VIEW public.v AS SELECT 2"));
  EXPECT_THAT(migration("view v: definition SELECT 1; columns a integer", "view v: definition SELECT 2; columns b integer"), ElementsAre("DROP VIEW public.v", "CREATE OR REPLACE VIEW public.v AS SELECT 2"));
  EXPECT_THAT(migration("view v: definition SELECT 1; columns a integer, ab integer", "view v: definition SELECT 2; columns a integer"), ElementsAre("DROP VIEW public.v", "CREATE OR REPLACE VIEW public.v AS SELECT 2"));
  // What stands upon it stays where it is replaced.
  EXPECT_THAT(migration("view v: definition SELECT 1; columns a integer\nview w: definition W; columns a integer < view v", "view v: definition SELECT 2; columns a integer\nview w: definition W; columns a integer < view v"),
              ElementsAre("CREATE OR REPLACE VIEW public.v AS SELECT 2"));
}

// A view that is replaced without a column lets it go.
TEST(SchemaPlan, AReplacedViewLetsGoOfAColumn) {
  EXPECT_TRUE(in_order(migration("table t\ncolumn t.a: type integer\ncolumn t.b: type integer\nview v: definition SELECT a; columns x integer < column t.a",
                                 "table t\ncolumn t.b: type integer\nview v: definition SELECT b; columns x integer < column t.b"),
                       {"CREATE OR REPLACE VIEW public.v AS SELECT b", "ALTER TABLE public.t DROP COLUMN a"}));
}

TEST(SchemaPlan, AViewBecomesATable) {
  EXPECT_THAT(migration("view v: definition SELECT 1; columns a integer", "table v\ncolumn v.a: type integer"), ElementsAre("DROP VIEW public.v", "CREATE TABLE public.v ( a integer )"));
  EXPECT_THAT(migration("table v\ncolumn v.a: type integer", "view v: definition SELECT 1; columns a integer"), ElementsAre("DROP TABLE public.v", "CREATE OR REPLACE VIEW public.v AS SELECT 1"));
}

TEST(SchemaPlan, AViewAndAFunctionInAKnot) {
  const char* knot = "view v: definition SELECT public.f() AS a; columns a integer, \"B, c\" text COLLATE pg_catalog.\"C\" < function f()\n"
                     "function f(): definition CREATE FUNCTION public.f() BEGIN ATOMIC SELECT FROM public.v; sql_body < view v";
  const Lines lines = migration("", knot);
  EXPECT_TRUE(in_order(lines, {"CREATE VIEW public.v AS SELECT NULL::integer AS a, NULL::text COLLATE pg_catalog.\"C\" AS \"B, c\"", "CREATE FUNCTION public.f()", "CREATE OR REPLACE VIEW public.v AS SELECT public.f() AS a"}));
  EXPECT_EQ(flaw_of_steps(Model(), model_of(knot)), "");
}

TEST(SchemaPlan, AKnotOfManyViewsAndFunctions) {
  const char* knot = "view a: definition A; columns x integer < function f()\nview b: definition B; columns x integer < view a, function g()\nview c: definition C; columns x integer < view b\n"
                     "function f(): definition F; sql_body < view b\nfunction g(): definition G; sql_body < view c, function f()\nfunction h(): definition H < view c\ntable t\n"
                     "column t.a: type integer\ncolumn_default t.a: expression public.h() < function h(), column t.a";
  EXPECT_EQ(flaw_of_steps(Model(), model_of(knot)), "");
}

// The rows of a dummy must not get into anything that keeps rows.
TEST(SchemaPlan, AMaterializedViewWaitsForTheRealView) {
  const char* knot = "view v: definition SELECT public.f() AS a; columns a integer < function f()\nfunction f(): definition CREATE FUNCTION public.f(); sql_body < view v\n"
                     "materialized_view m: definition SELECT FROM v; columns a integer < view v";
  EXPECT_TRUE(in_order(migration("", knot), {"CREATE VIEW public.v", "CREATE FUNCTION", "CREATE OR REPLACE VIEW public.v", "CREATE MATERIALIZED VIEW public.m"}));
}

// Types ------------------------------------------------------------------------------------------------------------

TEST(SchemaPlan, ValuesAreAddedInTheirPlaces) {
  EXPECT_THAT(migration("enum_type m: labels 'b', 'd'", "enum_type m: labels 'a', 'b', 'c', 'd', 'it''s, e'"),
              ElementsAre("ALTER TYPE public.m ADD VALUE 'a' BEFORE 'b'", "ALTER TYPE public.m ADD VALUE 'c' AFTER 'b'", "ALTER TYPE public.m ADD VALUE 'it''s, e'"));
  EXPECT_FALSE(migrated("enum_type m: labels 'b'", "enum_type m: labels 'a', 'b'").barrier);
}

TEST(SchemaPlan, AValueThatIsUsedIsABarrier) {
  const auto barrier = [](const std::string& expression) {
    return migrated("enum_type m: labels 'a'\ntable t\ncolumn t.x: type public.m < enum_type m", "enum_type m: labels 'a', 'new'\ntable t\ncolumn t.x: type public.m < enum_type m\ncolumn_default t.x: expression " + expression + " < column t.x").barrier;
  };
  EXPECT_EQ(barrier("'new'::public.m"), "value 'new' of type public.m is used after it was added");
  EXPECT_FALSE(barrier("'a'::public.m"));
  EXPECT_FALSE(barrier("'new'::text"));
}

TEST(SchemaPlan, AValueThatGoesSwapsTheType) {
  const char* rest = "table t\ncolumn t.x: type public.m; not_null < enum_type m\ncolumn t.y: type public.m[] < enum_type m\ncolumn_default t.x: expression 'a'::public.m < column t.x, enum_type m\n"
                     "index t.i: definition CREATE INDEX i ON public.t (x) < column t.x\nview v: definition SELECT x; columns x public.m < column t.x, enum_type m\n"
                     "function f(public.m): definition CREATE FUNCTION public.f < enum_type m\ncolumn t.z: type integer";
  const Migration swapped = migrated(std::string("enum_type m: labels 'a', 'b', 'c'; comment of it\n") + rest, std::string("enum_type m: labels 'c', 'a'; comment of it\n") + rest);
  const Lines lines = sql_of(swapped.statements);
  EXPECT_TRUE(in_order(lines, {"DROP VIEW public.v", "ALTER TYPE public.m RENAME TO m__old", "CREATE TYPE public.m AS ENUM ('c', 'a')", "COMMENT ON TYPE public.m IS 'of it'",
                               "ALTER TABLE public.t ALTER COLUMN x TYPE public.m USING x::text::public.m", "DROP TYPE public.m__old"}));
  EXPECT_TRUE(in_order(lines, {"DROP FUNCTION public.f(public.m)", "ALTER TYPE public.m RENAME", "CREATE TYPE public.m AS", "CREATE FUNCTION public.f", "DROP TYPE public.m__old"}));
  EXPECT_TRUE(in_order(lines, {"ALTER TABLE ONLY public.t ALTER COLUMN x DROP DEFAULT", "ALTER TABLE public.t ALTER COLUMN x TYPE", "ALTER TABLE ONLY public.t ALTER COLUMN x SET DEFAULT 'a'::public.m"}));
  EXPECT_THAT(lines, Contains("ALTER TABLE public.t ALTER COLUMN y TYPE public.m[] USING y::text::text[]::public.m[]"));
  EXPECT_EQ(place_of(lines, "DROP INDEX"), -1);
  const Statement& column = swapped.statements[place_of(lines, "ALTER TABLE public.t ALTER COLUMN x TYPE")];
  EXPECT_EQ(column.lost, "rows in which column x of public.t is 'b' make it fail");
  EXPECT_TRUE(column.rewrites_table);
}

TEST(SchemaPlan, AnUnusedTypeIsSwappedToo) {
  EXPECT_TRUE(in_order(migration("enum_type m: labels 'a', 'b'", "enum_type m: labels 'a'"), {"DROP TYPE public.m", "CREATE TYPE public.m AS ENUM ('a')"}));
}

TEST(SchemaPlan, ATypeSetAsideHasANameThatFits) {
  const std::string long_name(63, 'x'), umlauts = "\"" + std::string(56, 'x') + "\xC3\x96\xC3\x96\"";
  const auto aside = [](const std::string& name) {
    const std::string rest = "\ntable t\ncolumn t.a: type public." + name + " < enum_type " + name;
    const Lines lines = migration("enum_type " + name + ": labels 'a', 'b'" + rest, "enum_type " + name + ": labels 'a'" + rest);
    const int at = place_of(lines, "ALTER TYPE");
    return at < 0 ? "" : lines[at].substr(lines[at].find(" RENAME TO ") + 11);
  };
  EXPECT_EQ(aside(long_name), std::string(57, 'x') + "__old");
  EXPECT_EQ(aside(umlauts), "\"" + std::string(56, 'x') + "__old\"");
  EXPECT_EQ(aside("\"A \"\"b\"\".c\""), "\"A \"\"b\"\".c__old\"");
}

TEST(SchemaPlan, ACutNameKeepsItsQuotesPaired) {
  const std::string name = "\"" + std::string(56, 'x') + "\"\"tail\"";
  const std::string rest = "\ntable t\ncolumn t.a: type public." + name + " < enum_type " + name;
  const Lines lines = migration("enum_type " + name + ": labels 'a', 'b'" + rest, "enum_type " + name + ": labels 'a'" + rest);
  int quotes = 0;
  for (const char c : lines[place_of(lines, "ALTER TYPE")]) quotes += c == '"';
  EXPECT_EQ(quotes % 2, 0) << lines[place_of(lines, "ALTER TYPE")];
}

TEST(SchemaPlan, AttributesComeAndGo) {
  EXPECT_THAT(migration("composite_type p\nattribute p.a: type integer\nattribute p.b: type integer", "composite_type p\nattribute p.a: type bigint\nattribute p.c: type text"),
              ElementsAre("ALTER TYPE public.p ALTER ATTRIBUTE a TYPE bigint", "ALTER TYPE public.p ADD ATTRIBUTE c text", "ALTER TYPE public.p DROP ATTRIBUTE b"));
  EXPECT_THAT(migration("", "composite_type p\nattribute p.a: type integer\nattribute p.\"B c\": type text"), ElementsAre("CREATE TYPE public.p AS ( a integer, \"B c\" text )"));
}

TEST(SchemaPlan, DomainsAreAltered) {
  EXPECT_THAT(migration("domain d: type text; not_null\ndomain_constraint d.a: definition CHECK (true)", "domain d: type text; default 'x'::text\ndomain_constraint d.b: definition CHECK (false)"),
              ElementsAre("ALTER DOMAIN public.d DROP CONSTRAINT a", "ALTER DOMAIN public.d SET DEFAULT 'x'::text", "ALTER DOMAIN public.d DROP NOT NULL", "ALTER DOMAIN public.d ADD CONSTRAINT b CHECK (false)"));
}

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
  const Lines dummy = sql_of({create_dummy_view(model_of("view v: definition x; columns " + name + " public." + name + ", " + long_name + " text").objects()[0])});
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
              ElementsAre(StartsWith("ALTER TABLE public.p ALTER COLUMN b TYPE integer"), "ALTER TABLE public.p ALTER COLUMN b SET NOT NULL"));
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
  const std::string from = views_of("integer") + kCycle, to = views_of("bigint") + kParent + kPartition;
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
