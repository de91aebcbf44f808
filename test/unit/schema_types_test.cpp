// Types of columns: what a change costs, and how values go over.
#include "schema/types.hpp"

#include <gtest/gtest.h>

namespace strata::schema {
namespace {

TEST(Types, WithoutModifier) {
  EXPECT_EQ(without_modifier("integer"), "integer");
  EXPECT_EQ(without_modifier("numeric(10,2)"), "numeric");
  EXPECT_EQ(without_modifier("numeric(10,2)[]"), "numeric[]");
  EXPECT_EQ(without_modifier("character varying(40)"), "character varying");
  EXPECT_EQ(without_modifier("timestamp(3) without time zone"), "timestamp without time zone");
  EXPECT_EQ(without_modifier("interval day to second(3)"), "interval day to second");
  EXPECT_EQ(without_modifier("public.geometry(Point,4326)"), "public.geometry");
  EXPECT_EQ(without_modifier("public.\"odd(1)\""), "public.\"odd(1)\"");
  EXPECT_EQ(without_modifier("\"odd(1)\".t"), "\"odd(1)\".t");
  EXPECT_EQ(without_modifier("public.\"odd(1)\"[]"), "public.\"odd(1)\"[]");
}

TEST(Types, WideningLosesNothing) {
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
           {"integer", "integer"}, {"smallint", "integer"}, {"integer", "bigint"}, {"bigint", "numeric"}, {"real", "double precision"}, {"integer", "double precision"},
           {"character varying(10)", "character varying(20)"}, {"character varying(10)", "character varying"}, {"character varying(10)", "text"}, {"text", "character varying"},
           {"numeric(10,2)", "numeric(12,2)"}, {"numeric(10,2)", "numeric(12,4)"}, {"numeric(10,2)", "numeric"}, {"date", "timestamp with time zone"},
           {"timestamp(3) without time zone", "timestamp(6) without time zone"}, {"timestamp without time zone", "timestamp with time zone"}, {"cidr", "inet"},
           {"timestamp without time zone", "timestamp(6) without time zone"}, {"jsonb", "json"}, {"uuid", "text"}, {"integer[]", "text"}, {"integer[]", "bigint[]"}, {"public.mood", "text"}, {"bit varying(3)", "bit varying(8)"}})
    EXPECT_EQ(narrowing(from, to), "") << from << " -> " << to;
}

TEST(Types, NarrowingIsToldInWords) {
  EXPECT_EQ(narrowing("json", "jsonb"), "the order, the blanks and repeated keys of JSON");
  EXPECT_EQ(narrowing("timestamp with time zone", "timestamp(3) with time zone"), "digits or larger values");
  EXPECT_EQ(narrowing("character varying(20)", "character varying(10)"), "longer values");
  EXPECT_EQ(narrowing("text", "character varying(10)"), "longer values");
  EXPECT_EQ(narrowing("numeric(10,2)", "numeric(10,4)"), "digits or larger values");
  EXPECT_EQ(narrowing("numeric", "numeric(10,2)"), "digits or larger values");
  EXPECT_EQ(narrowing("timestamp without time zone", "timestamp(0) without time zone"), "digits or larger values");
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
           {"bigint", "integer"}, {"numeric", "bigint"}, {"double precision", "real"}, {"double precision", "integer"}, {"text", "integer"}, {"text", "uuid"},
           {"timestamp with time zone", "date"}, {"text[]", "integer[]"}, {"text", "text[]"}, {"public.mood", "public.feeling"}, {"inet", "cidr"}, {"bigint", "real"}})
    EXPECT_EQ(narrowing(from, to), std::string("values that ") + to + " cannot hold") << from << " -> " << to;
}

// ATColumnChangeRequiresRewrite and the support functions of varchar, numeric, timestamp, bit varying.
TEST(Types, FewChangesKeepTheRows) {
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
           {"character varying(10)", "character varying(20)"}, {"character varying(10)", "character varying"}, {"character varying(10)", "text"}, {"text", "character varying"},
           {"numeric(10,2)", "numeric(12,2)"}, {"numeric(10,2)", "numeric"}, {"timestamp(3) without time zone", "timestamp(6) without time zone"},
           {"timestamp(3) without time zone", "timestamp without time zone"}, {"bit varying(3)", "bit varying(8)"}, {"cidr", "inet"}, {"integer", "integer"}})
    EXPECT_FALSE(requires_rewrite(from, to)) << from << " -> " << to;
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
           {"integer", "bigint"}, {"bigint", "integer"}, {"character varying(20)", "character varying(10)"}, {"text", "character varying(10)"}, {"numeric(10,2)", "numeric(10,4)"},
           {"numeric(10,2)", "numeric(8,2)"}, {"numeric", "numeric(10,2)"}, {"text", "integer"}, {"character(3)", "character(5)"}, {"bit(3)", "bit(5)"}, {"inet", "cidr"},
           {"timestamp without time zone", "timestamp with time zone"}, {"integer", "integer[]"}, {"text", "json"}})
    EXPECT_TRUE(requires_rewrite(from, to)) << from << " -> " << to;
}

TEST(Types, ValuesGoByACastOrByText) {
  const Casts casts = {{"integer", "boolean"}, {"bigint", "integer"}};
  EXPECT_EQ(conversion("a", "integer", "boolean", casts), "a::boolean");
  EXPECT_EQ(conversion("a", "bigint", "integer", casts), "a::integer");
  EXPECT_EQ(conversion("a", "numeric(10,2)", "numeric(4,1)", casts), "a::numeric(4,1)");
  EXPECT_EQ(conversion("\"A b\"", "text", "uuid", casts), "\"A b\"::uuid");
  EXPECT_EQ(conversion("a", "uuid", "text", casts), "a::text");
  EXPECT_EQ(conversion("a", "public.mood", "public.feeling", casts), "a::text::public.feeling");
  EXPECT_EQ(conversion("a", "date", "integer", casts), "a::text::integer");
  EXPECT_EQ(conversion("a", "integer", "integer[]", casts), "a::text::integer[]");
  EXPECT_EQ(conversion("a", "bigint[]", "integer[]", casts), "a::integer[]");
}

}  // namespace
}  // namespace strata::schema
