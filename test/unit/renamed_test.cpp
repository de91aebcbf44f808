// `-- migrate:renamed`: where a marker may stand, what it names, and what is refused.
#include "parse/renamed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notation.hpp"

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string written(const RenamedMarker& marker) {
  std::string text = std::to_string(marker.line) + " " + marker.what + " " + marker.old_name + " -> ";
  for (const std::string& part : {marker.schema, marker.owner})
    if (!part.empty()) text += part + ".";
  return text + marker.name;
}

std::vector<std::string> renames(std::string_view ddl) {
  std::vector<std::string> all;
  for (const RenamedMarker& marker : renames_in(ddl)) all.push_back(written(marker));
  return all;
}

// The statement with a marker above it.
std::vector<std::string> above(const std::string& statement) { return renames("-- migrate:renamed old\n" + statement + ";"); }

TEST(Renamed, IsAboveTheCreateOfAnObject) {
  EXPECT_THAT(above("CREATE TABLE t (id int)"), ElementsAre("1 TABLE old -> t"));
  EXPECT_THAT(above("create unlogged table if not exists app.t (id int)"), ElementsAre("1 TABLE old -> app.t"));
  EXPECT_THAT(above("CREATE TABLE t AS SELECT 1 AS a"), ElementsAre("1 TABLE old -> t"));
  EXPECT_THAT(above("CREATE FOREIGN TABLE t (id int) SERVER s"), ElementsAre("1 FOREIGN TABLE old -> t"));
  EXPECT_THAT(above("CREATE OR REPLACE VIEW v AS SELECT 1"), ElementsAre("1 VIEW old -> v"));
  EXPECT_THAT(above("CREATE RECURSIVE VIEW v (n) AS SELECT 1"), ElementsAre("1 VIEW old -> v"));
  EXPECT_THAT(above("CREATE MATERIALIZED VIEW IF NOT EXISTS s.v AS SELECT 1"), ElementsAre("1 MATERIALIZED VIEW old -> s.v"));
  EXPECT_THAT(above("CREATE SEQUENCE s"), ElementsAre("1 SEQUENCE old -> s"));
  EXPECT_THAT(above("CREATE TYPE mood AS ENUM ('a')"), ElementsAre("1 TYPE old -> mood"));
  EXPECT_THAT(above("CREATE DOMAIN d AS text"), ElementsAre("1 DOMAIN old -> d"));
  EXPECT_THAT(above("CREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"), ElementsAre("1 FUNCTION old -> app.f"));
  EXPECT_THAT(above("CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END"), ElementsAre("1 PROCEDURE old -> p"));
  EXPECT_THAT(above("CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)"), ElementsAre("1 AGGREGATE old -> a"));
  EXPECT_THAT(above("CREATE SCHEMA IF NOT EXISTS s"), ElementsAre("1 SCHEMA old -> s"));
  EXPECT_THAT(above("CREATE SCHEMA s AUTHORIZATION me"), ElementsAre("1 SCHEMA old -> s"));
  EXPECT_THAT(above("CREATE STATISTICS s ON a, b FROM t"), ElementsAre("1 STATISTICS old -> s"));
  EXPECT_THAT(above("CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)"), ElementsAre("1 TEXT SEARCH CONFIGURATION old -> c"));
  EXPECT_THAT(above("CREATE FOREIGN DATA WRAPPER w"), ElementsAre("1 FOREIGN DATA WRAPPER old -> w"));
  EXPECT_THAT(above("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()"), ElementsAre("1 EVENT TRIGGER old -> e"));
}

// The surprise: an index has the schema of its table, whatever its own name looks like.
TEST(Renamed, PartsThatStandByThemselvesNameTheirTable) {
  EXPECT_THAT(above("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY app.t (a)"), ElementsAre("1 INDEX old -> app.t.i"));
  EXPECT_THAT(above("CREATE CONSTRAINT TRIGGER g AFTER INSERT OR UPDATE OF a ON app.t FOR EACH ROW EXECUTE FUNCTION f()"), ElementsAre("1 TRIGGER old -> app.t.g"));
  EXPECT_THAT(above("CREATE OR REPLACE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f()"), ElementsAre("1 TRIGGER old -> v.g"));
  EXPECT_THAT(above("CREATE POLICY p ON t USING (true)"), ElementsAre("1 POLICY old -> t.p"));
  EXPECT_THAT(above("CREATE RULE r AS ON INSERT TO app.t DO INSTEAD NOTHING"), ElementsAre("1 RULE old -> app.t.r"));
}

TEST(Renamed, IsAboveTheLineOfAColumnOrConstraint) {
  EXPECT_THAT(renames("CREATE TABLE app.t (\n"
                      "  -- migrate:renamed a\n"
                      "  b int DEFAULT (1 + (2)) CHECK (b IN (1, 2)),\n"
                      "  -- the price in cents\n"
                      "  -- migrate:renamed cost\n"
                      "  -- what it costs\n"
                      "  price numeric(10, 2),\n"
                      "\t-- migrate:renamed ok\n"
                      "\tCONSTRAINT positive CHECK (price > 0),\n"
                      "  id int\n"
                      "  -- migrate:renamed pk\n"
                      "  CONSTRAINT t_pk PRIMARY KEY,\n"
                      "  -- migrate:renamed e\n"
                      "  exclude int\n"
                      ")"),
              ElementsAre("2 COLUMN a -> app.t.b", "5 COLUMN cost -> app.t.price", "8 CONSTRAINT ok -> app.t.positive", "11 CONSTRAINT pk -> app.t.t_pk", "13 COLUMN e -> app.t.exclude"));
  EXPECT_THAT(renames("CREATE TABLE p PARTITION OF app.t (\n-- migrate:renamed c\nCONSTRAINT d CHECK (true)) FOR VALUES IN (1, 2)"), ElementsAre("2 CONSTRAINT c -> p.d"));
  EXPECT_THAT(renames("CREATE TABLE p OF ty (\n-- migrate:renamed c\nd WITH OPTIONS NOT NULL)"), ElementsAre("2 COLUMN c -> p.d"));
  EXPECT_THAT(renames("CREATE TYPE pair AS (\n-- migrate:renamed a\nb int, c int)"), ElementsAre("2 ATTRIBUTE a -> pair.b"));
  EXPECT_THAT(renames("CREATE DOMAIN d AS text DEFAULT (1)::text\n-- migrate:renamed a\nCONSTRAINT b CHECK (VALUE <> '')"), ElementsAre("2 DOMAIN CONSTRAINT a -> d.b"));
}

// pg_dump gives constraints apart from their tables.
TEST(Renamed, IsAboveWhatAnAlterAdds) {
  EXPECT_THAT(above("ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pk PRIMARY KEY (id)"), ElementsAre("1 CONSTRAINT old -> public.t.t_pk"));
  EXPECT_THAT(above("ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS c int"), ElementsAre("1 COLUMN old -> t.c"));
  EXPECT_THAT(above("ALTER TABLE t ADD c int"), ElementsAre("1 COLUMN old -> t.c"));
  EXPECT_THAT(above("ALTER TYPE pair ADD ATTRIBUTE z int"), ElementsAre("1 ATTRIBUTE old -> pair.z"));
  EXPECT_THAT(above("ALTER DOMAIN d ADD CONSTRAINT c CHECK (true)"), ElementsAre("1 DOMAIN CONSTRAINT old -> d.c"));
  EXPECT_THAT(renames("ALTER TABLE t\n-- migrate:renamed a\nADD CONSTRAINT b CHECK (true),\n-- migrate:renamed c\nADD COLUMN d int"),
              ElementsAre("2 CONSTRAINT a -> t.b", "4 COLUMN c -> t.d"));
}

TEST(Renamed, NamesAreThoseOfTheServer) {
  EXPECT_THAT(renames("-- migrate:renamed Old\nCREATE TABLE \"New.\"\"Table\" (id int)"), ElementsAre("1 TABLE old -> New.\"Table"));
  EXPECT_THAT(renames("--migrate:renamed \"Old, (::) \"\"x\"\"\"  \r\nCREATE TABLE Public.\"T\" (id int)"), ElementsAre("1 TABLE Old, (::) \"x\" -> public.T"));
  EXPECT_THAT(renames("-- migrate:renamed Gr\xC3\x96\xC3\x9F" "e\nCREATE TABLE size (id int)"), ElementsAre("1 TABLE gr\xC3\x96\xC3\x9F" "e -> size"));
  EXPECT_THAT(renames("-- migrate:renamed user\nCREATE TABLE db.s.t (id int)"), ElementsAre("1 TABLE user -> s.t"));
  EXPECT_THAT(renames("-- migrate:renamed old\nCREATE TABLE if (id int)"), ElementsAre("1 TABLE old -> if"));
  // 63 bytes, and no half of a character
  const std::string a62(62, 'a');
  EXPECT_THAT(renames("-- migrate:renamed " + a62 + "bc\nCREATE TABLE \"" + a62 + "\xC3\x96\" (id int)"), ElementsAre("1 TABLE " + a62 + "b -> " + a62));
}

TEST(Renamed, IsNothingInsideOfStringsBodiesAndBlockComments) {
  EXPECT_THAT(renames("SELECT '\n-- migrate:renamed a\n'; /*\n-- migrate:renamed a\n*/ DO $$\n-- migrate:renamed a\n$$; SELECT \"\n-- migrate:renamed a\n\""), IsEmpty());
  EXPECT_THAT(renames("-- is the table migrated? renamed it was\n-- migrate: the rest\n-- see migrate:renamed\nCREATE TABLE t (id int)"), IsEmpty());
  EXPECT_THAT(renames(""), IsEmpty());
}

TEST(Renamed, DumpsForPsqlAreRead) {
  EXPECT_THAT(renames("\\restrict abc\nSET x = 1;\n-- migrate:renamed a\nCREATE TABLE public.b (id int);\n\\unrestrict abc\n"), ElementsAre("3 TABLE a -> public.b"));
  EXPECT_THAT(renames("BEGIN;\n-- migrate:renamed a\nCREATE TABLE b (id int); COMMIT;"), ElementsAre("2 TABLE a -> b"));
}

// Running the text will say it better.
TEST(Renamed, IsNotLookedForInABrokenText) { EXPECT_THAT(renames("-- migrate:renamed a\nCREATE TABLE b (id 'int"), IsEmpty()); }

struct Fault {
  const char* ddl;
  const char* message;
};
class RenamedFault : public ::testing::TestWithParam<Fault> {};

TEST_P(RenamedFault, IsToldWithItsLine) { EXPECT_EQ(raised([&] { renames(GetParam().ddl); }), std::string("MG009 -- migrate:renamed on line ") + GetParam().message); }

INSTANTIATE_TEST_SUITE_P(All, RenamedFault,
                         ::testing::Values(Fault{"-- migrate:renamed a", "1 stands above nothing"}, Fault{"CREATE TABLE t (id int);\n-- migrate:renamed a\n", "2 stands above nothing"},
                                           Fault{"-- migrate:renamed\nCREATE TABLE t (id int)", "1 says no name"},
                                           Fault{"-- migrate:renamed a b\nCREATE TABLE t (id int)", "1 says no name that can be read: \"a b\""},
                                           Fault{"-- migrate:renamed public.a\nCREATE TABLE t (id int)", "1 says no name that can be read: \"public.a\""},
                                           Fault{"-- migrate:renamed 'a'\nCREATE TABLE t (id int)", "1 says no name that can be read: \"'a'\""},
                                           Fault{"-- migrate:renamed \"a\nCREATE TABLE t (id int)", "1 says no name that can be read: \"\"a\""},
                                           Fault{"-- migrate:renamed t\nCREATE TABLE T (id int)", "1 gives the name that is there already"},
                                           Fault{"-- migrate:renamed a\n-- migrate:renamed b\nCREATE TABLE t (id int)", "2 is the second one in its place"},
                                           Fault{"-- migrate:renamed a\nSELECT 1", "1 stands above a statement that makes nothing with a name of its own"},
                                           Fault{"-- migrate:renamed a\nCREATE EXTENSION b", "1 stands above a statement that makes nothing with a name of its own"},
                                           Fault{"-- migrate:renamed a\nCREATE INDEX ON t (a)", "1 stands above an index without a name"},
                                           Fault{"-- migrate:renamed a\nCREATE SCHEMA AUTHORIZATION b", "1 stands above a schema without a name"},
                                           Fault{"-- migrate:renamed a\nALTER TABLE t ADD PRIMARY KEY (a)", "1 stands above a constraint without a name"},
                                           Fault{"-- migrate:renamed a\nALTER TABLE t DROP COLUMN b", "1 stands above nothing that has a name"},
                                           Fault{"-- migrate:renamed a\nALTER TYPE m ADD VALUE 'b'", "1 stands above a value of an enum type"},
                                           Fault{"CREATE TYPE m AS ENUM (\n-- migrate:renamed a\n'b')", "2 stands above a value of an enum type"},
                                           Fault{"CREATE TABLE t (\n-- migrate:renamed a\nUNIQUE (b))", "2 stands above a constraint without a name"},
                                           Fault{"CREATE TABLE t (\n-- migrate:renamed a\nEXCLUDE USING gist (b WITH =))", "2 stands above a constraint without a name"},
                                           Fault{"CREATE TABLE t (\n-- migrate:renamed a\nLIKE u)", "2 stands above LIKE"},
                                           Fault{"CREATE TABLE t (a int\n-- migrate:renamed b\nNOT NULL)", "2 stands inside a statement, above nothing that has a name"},
                                           Fault{"CREATE TABLE t (a int CHECK (a IN (1,\n-- migrate:renamed b\n2)))", "2 stands inside a statement, above nothing that has a name"},
                                           Fault{"CREATE TABLE t (a int\n-- migrate:renamed b\n)", "2 stands inside a statement, above nothing that has a name"},
                                           Fault{"CREATE TABLE t AS (SELECT a,\n-- migrate:renamed b\nc FROM d)", "2 stands inside a statement, above nothing that has a name"},
                                           Fault{"CREATE VIEW v AS SELECT a,\n-- migrate:renamed b\nc FROM d", "2 stands inside a statement, above nothing that has a name"},
                                           Fault{"CREATE TABLE t (\n  a int, -- migrate:renamed b\n  c int)", "2 stands behind something else"},
                                           Fault{"-- Migrate: renamed a\nCREATE TABLE t (id int)", "1 is not written as a marker"},
                                           Fault{"-- migrate:rename a\nCREATE TABLE t (id int)", "1 is not written as a marker"}));

TEST(Renamed, AllFaultsAreTold) {
  try {
    renames("-- migrate:renamed\nCREATE TABLE t (id int);\n\n-- migrate:renamed b\nSELECT 1;");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message, HasSubstr("line 1"));
    EXPECT_THAT(error.detail, HasSubstr("line 1"));
    EXPECT_THAT(error.detail, HasSubstr("\n-- migrate:renamed on line 4"));
    EXPECT_THAT(error.hint, StartsWith("write -- migrate:renamed"));
  }
}

TEST(Renamed, ManyFaultsEnd) {
  std::string ddl;
  for (int i = 0; i < 5000; i++) ddl += "-- migrate:renamed a\nSELECT 1;\n";
  try {
    renames(ddl);
    FAIL();
  } catch (const Error& error) { EXPECT_LT(error.detail.size(), 20000u); }
}

}  // namespace
}  // namespace strata
