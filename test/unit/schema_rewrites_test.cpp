// When ADD COLUMN rewrites a table, and statements that go through its rows together.
#include "schema/rewrites.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema_notation.hpp"

namespace strata::schema {
namespace {

using ::testing::ElementsAre;

bool rewrites(const std::string& expression, const std::string& type = "text", const std::string& schema = "") {
  const Model model = model_of(schema + "\ntable t\ncolumn t.c: type " + type);
  return rewrites_when_added(*model.find(key_of("column t.c")), expression, model);
}

TEST(SchemaRewrites, ADefaultThatIsComputedOnceRewritesNothing) {
  for (const char* expression : {"", "1", "'a (b)'::text", "now()", "timezone('utc'::text, now())", "lower('A'::text)", "'it''s random()'::text", "('a'::text || CURRENT_USER)", "CURRENT_TIMESTAMP"})
    EXPECT_FALSE(rewrites(expression)) << expression;
  for (const char* expression : {"gen_random_uuid()", "clock_timestamp()", "nextval('public.s'::regclass)", "(random() * (10)::double precision)", "public.of_an_extension()", "(1 + public.f(2))"})
    EXPECT_TRUE(rewrites(expression)) << expression;
}

TEST(SchemaRewrites, AFunctionOfTheSchemaIsAsVolatileAsItSays) {
  const auto function = [](const char* name, const char* words) {
    Object made;
    made.key = {Kind::function, "public", "", name};
    made.properties.set("definition", "CREATE OR REPLACE FUNCTION public." + std::string(name) + "\n RETURNS integer\n LANGUAGE sql\n" + words + "\nAS $function$SELECT ' STABLE'$function$\n");
    return made;
  };
  const auto with_function = [&](const char* words) {
    Object column;
    column.key = key_of("column t.c");
    column.properties.set("type", "integer");
    return rewrites_when_added(column, "public.f(1)", Model({function("f(bigint)", " IMMUTABLE"), function("f(integer)", words)}));
  };
  EXPECT_FALSE(with_function(" IMMUTABLE STRICT"));
  EXPECT_FALSE(with_function(" STABLE"));
  EXPECT_TRUE(with_function(" COST 10"));
}

TEST(SchemaRewrites, RowsAreCheckedAgainstADomain) {
  EXPECT_TRUE(rewrites("", "public.d", "domain d: type integer\ndomain_constraint d.k: definition CHECK (VALUE > 0)"));
  EXPECT_TRUE(rewrites("", "public.e", "domain d: type integer; not_null\ndomain e: type public.d"));
  EXPECT_FALSE(rewrites("", "public.d", "domain d: type integer"));
  EXPECT_TRUE(rewrites("", "integer; generated (1 + 1)"));
  EXPECT_TRUE(rewrites("", "integer; identity ALWAYS"));
}

TEST(SchemaRewrites, ATableIsGoneThroughOnce) {
  const auto of = [](const char* type, const char* more) { return std::string("table t\ncolumn t.a: type ") + type + more + "\ncolumn t.b: type " + type + more + "\ntable u\ncolumn u.a: type " + type; };
  EXPECT_THAT(migration(of("integer", ""), of("bigint", "; not_null")),
              ElementsAre("ALTER TABLE public.t ALTER COLUMN a TYPE bigint USING a::text::bigint, ALTER COLUMN a SET NOT NULL, ALTER COLUMN b TYPE bigint USING b::text::bigint, ALTER COLUMN b SET NOT NULL",
                          "ALTER TABLE public.u ALTER COLUMN a TYPE bigint USING a::text::bigint"));
  const Migration together = migrated(of("bigint", ""), of("integer", ""));
  EXPECT_EQ(together.statements[0].object, key_of("table t"));
  EXPECT_EQ(together.statements[0].lost, "values that integer cannot hold in column a of public.t; values that integer cannot hold in column b of public.t");
  EXPECT_TRUE(together.statements[0].rewrites_table);
  // What costs nothing is said one by one.
  EXPECT_EQ(migration("table t\ncolumn t.a: type character varying(3)\ncolumn t.b: type character varying(3)", "table t\ncolumn t.a: type text\ncolumn t.b: type text").size(), 2u);
}

}  // namespace
}  // namespace strata::schema
