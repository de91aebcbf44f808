// What becomes of each object when one schema leads to another, before any order.
#include "schema/entity.hpp"

#include <gtest/gtest.h>

#include "schema_notation.hpp"

namespace strata::schema {
namespace {

// "key=fate" of all that is not kept, in the order of the model.
std::string fates(std::string_view from, std::string_view to) {
  const Model before = model_of(from), after = model_of(to);
  const Entities entities(before, after);
  static const char* names[] = {"keep", "alter", "remake", "create", "drop"};
  std::string text;
  for (int i = 0; i < entities.size(); i++) {
    if (entities[i].fate == Fate::keep) continue;
    text += (text.empty() ? "" : "; ") + title_of(entities[i].object().key) + " " + names[static_cast<int>(entities[i].fate)];
    if (entities[i].swapped) text += " swapped";
    if (entities[i].type == TypeIdentity::made_anew) text += " over";
  }
  return text;
}

TEST(Entities, MatchByKey) {
  EXPECT_EQ(fates("table a\ntable b: owner x\ntable c", "table b: owner y\ntable c\ntable d"), "table public.a drop; table public.b alter; table public.d create");
  EXPECT_EQ(fates("view a: definition x; columns a integer", "materialized_view a: definition x; columns a integer"), "view public.a drop; materialized view public.a create");
}

TEST(Entities, HowAPartCameToBeIsNotCompared) {
  EXPECT_EQ(fates("table t\ncolumn t.a: type integer\nconstraint t.f: type f; definition F; references public.u; inherited", "table t\ncolumn t.a: type integer\nconstraint t.f: type f; definition F"), "");
}

TEST(Entities, WhatStandsUponADroppedThingIsMadeAnew) {
  EXPECT_EQ(fates("view v: definition A; columns a integer\nview w: definition W; columns a integer < view v\nview x: definition X; columns a integer < view w\nview y: definition Y; columns a integer",
                  "view v: definition A; columns b integer\nview w: definition W; columns a integer < view v\nview x: definition X; columns a integer < view w\nview y: definition Y; columns a integer"),
            "view public.v remake; view public.w remake; view public.x remake");
}

TEST(Entities, WhatLetsGoIsOnlyAltered) {
  EXPECT_EQ(fates("table t\ncolumn t.a: type integer\nview v: definition A; columns x integer < column t.a", "table t\nview v: definition B; columns x integer"), "column public.t.a drop; view public.v alter");
}

// ATExecAlterColumnType carries indexes, checks and keys over, and refuses for the rest.
TEST(Entities, ATypeChangeMakesAnewWhatPostgresDoesNotCarryOver) {
  const auto table = [](const std::string& type) {
    return "table t\ncolumn t.a: type " + type + "\ncolumn t.g: type integer; generated (a) < column t.a\ncolumn_default t.a: expression 1\nindex t.i: definition I < column t.a\nconstraint t.c: type c; definition C < column t.a\n"
           "constraint t.u: type u; definition U < column t.a\nconstraint t.f: type f; definition F < column t.a\npolicy t.p: roles PUBLIC; using a < column t.a\ntrigger t.w: definition W < column t.a\nrule t.r: definition R < column t.a\n"
           "view v: definition V; columns a integer < column t.a\nfunction f(): kind function; definition F; sql_body < column t.a\npublication p: definition P < column t.a\nstatistics s: definition S < column t.a";
  };
  EXPECT_EQ(fates(table("integer"), table("bigint")),
            "function public.f() remake; column public.t.a alter; column public.t.g remake; column default public.t.a remake; view public.v remake; constraint c on public.t remake; constraint f on public.t remake; "
            "rule r on public.t remake; trigger w on public.t remake; policy p on public.t remake; publication p remake");
  // Where the values stay as they are, foreign keys do; of another length only, defaults as well.
  EXPECT_EQ(fates("table t\ncolumn t.a: type character varying(5)\ncolumn_default t.a: expression 1\nconstraint t.f: type f; definition F < column t.a", "table t\ncolumn t.a: type text\ncolumn_default t.a: expression 1\nconstraint t.f: type f; definition F < column t.a"),
            "column public.t.a alter; column default public.t.a remake");
  EXPECT_EQ(fates("table t\ncolumn t.a: type character varying(5)\ncolumn_default t.a: expression 1\nconstraint t.f: type f; definition F < column t.a", "table t\ncolumn t.a: type character varying(9)\ncolumn_default t.a: expression 1\nconstraint t.f: type f; definition F < column t.a"),
            "column public.t.a alter");
}

TEST(Entities, ATypeIsSwappedUnderItsColumns) {
  const char* rest = "table t\ncolumn t.a: type public.e < enum_type e\ncolumn t.b: type integer\ncolumn_default t.a: expression 'a'::public.e < enum_type e\nindex t.i: definition I < column t.a\ndomain d: type public.e < enum_type e\ncolumn t.c: type public.d < domain d";
  EXPECT_EQ(fates(std::string("enum_type e: labels 'a', 'b'\n") + rest, std::string("enum_type e: labels 'a'\n") + rest),
            "enum type public.e remake swapped; domain public.d remake swapped; column public.t.a alter over; column public.t.c alter over; column default public.t.a remake");
  EXPECT_EQ(fates(std::string("enum_type e: labels 'a'\n") + rest, std::string("enum_type e: labels 'a', 'b'\n") + rest), "enum type public.e alter");
}

TEST(Entities, IndexesOfPartitionsLiveAndDieTogether) {
  const auto tables = [](const std::string& definition) {
    return "table p: partition_key LIST (a)\ntable c\npartition c: parent public.p; bound DEFAULT < table c, table p\nindex p.pi: definition P" + definition + "\nindex c.ci: definition C" + definition +
           "\nindex_attachment c.ci: to public.pi < index c.ci, index p.pi, partition c";
  };
  EXPECT_EQ(fates(tables("1"), tables("2")), "index public.ci remake; index public.pi remake; index attachment public.ci remake");
}

TEST(Entities, PartsKnowTheirParents) {
  const Model model = model_of("table p: partition_key LIST (a)\ncolumn p.a: type integer\nschema s\ntable s.\"c.d\"\ncolumn s.\"c.d\".a: type integer; inherited\npartition s.\"c.d\": parent public.p; bound DEFAULT");
  const Entities entities(model, model);
  EXPECT_EQ(entities.inherited_from(entities.find(key_of("column s.\"c.d\".a"))), entities.find(key_of("column p.a")));
  EXPECT_EQ(entities.inherited_from(entities.find(key_of("column p.a"))), -1);
  EXPECT_EQ(entities.owner_after(entities.find(key_of("column p.a"))), entities.find(key_of("table p")));
  EXPECT_EQ(entities.find(key_of("table nothing")), -1);
}

}  // namespace
}  // namespace strata::schema
