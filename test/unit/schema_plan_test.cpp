// Tables, columns, views and types from one small schema to another: which statements, and in which order.
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
  EXPECT_THAT(migration(plain, identity),
              ElementsAre(StartsWith("ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.t_id_seq"),
                          "SELECT pg_catalog.setval('public.t_id_seq', pg_catalog.max(id)) FROM public.t HAVING pg_catalog.max(id) >= (SELECT last_value FROM public.t_id_seq)"));
  EXPECT_THAT(migration(identity, plain), ElementsAre("ALTER TABLE public.t ALTER COLUMN id DROP IDENTITY"));
  EXPECT_THAT(migration(identity, "table t\ncolumn t.id: type integer; not_null; identity BY DEFAULT; identity_sequence public.other; identity_start 5; identity_increment 1; identity_min 1; identity_max 2147483647; identity_cache 1"),
              ElementsAre("ALTER TABLE public.t ALTER COLUMN id SET GENERATED BY DEFAULT SET START WITH 5", "ALTER SEQUENCE public.t_id_seq RENAME TO other"));
}

// A default is dropped before a column that was serial becomes an identity; the sequence of that name has to go first.
TEST(SchemaPlan, SerialBecomesIdentity) {
  const Lines lines = migration("table t\ncolumn t.id: type integer; not_null\ncolumn_default t.id: expression nextval('public.t_id_seq'::regclass) < column t.id, sequence t_id_seq\nsequence t_id_seq: type integer\n"
                                "sequence_owner t_id_seq: column public.t.id < sequence t_id_seq, column t.id",
                                "table t\ncolumn t.id: type integer; not_null; identity ALWAYS; identity_sequence public.t_id_seq");
  EXPECT_TRUE(in_order(lines, {"ALTER TABLE ONLY public.t ALTER COLUMN id DROP DEFAULT", "DROP SEQUENCE public.t_id_seq", "ALTER TABLE public.t ALTER COLUMN id ADD GENERATED", "SELECT pg_catalog.setval("}));
}

TEST(SchemaPlan, ANewSequenceGoesOnBehindTheRows) {
  const std::string table = "table t\ncolumn t.id: type bigint\n", value = "column_default t.id: expression nextval('public.s'::regclass) < column t.id, sequence s\n";
  const auto sequence = [](const char* increment) { return std::string("sequence s: type bigint; increment ") + increment + "\n"; };
  EXPECT_EQ(migration(table, table + sequence("1") + value).back(), "SELECT pg_catalog.setval('public.s', pg_catalog.max(id)) FROM public.t HAVING pg_catalog.max(id) >= (SELECT last_value FROM public.s)");
  EXPECT_EQ(migration(table, table + sequence("-2") + value).back(), "SELECT pg_catalog.setval('public.s', pg_catalog.min(id)) FROM public.t HAVING pg_catalog.min(id) <= (SELECT last_value FROM public.s)");
  // A new table or column has no rows with numbers of its own, and a sequence that was there has its position.
  EXPECT_EQ(place_of(migration("", table + sequence("1") + value), "SELECT"), -1);
  EXPECT_EQ(place_of(migration("table t", table + sequence("1") + value), "SELECT"), -1);
  EXPECT_EQ(place_of(migration(table + sequence("1"), table + sequence("1") + value), "SELECT"), -1);
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
  EXPECT_THAT(lines, Contains(HasSubstr(", ALTER COLUMN y TYPE public.m[] USING y::text::text[]::public.m[]")));
  EXPECT_EQ(place_of(lines, "DROP INDEX"), -1);
  const Statement& column = swapped.statements[place_of(lines, "ALTER TABLE public.t ALTER COLUMN x TYPE")];
  EXPECT_EQ(column.lost, "rows in which column x of public.t is 'b'; rows in which column y of public.t is 'b'");
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

}  // namespace
}  // namespace strata::schema
