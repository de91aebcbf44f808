// Steps run on names alone: nothing is dropped while it is needed, nothing is made before what it needs. Thousands of small random schemas.
#include "schema/steps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "schema_notation.hpp"

namespace strata::schema {
namespace {

// What a random schema may have; each thing needs some of those that `may_need` names.
struct Thing {
  const char* key;
  std::vector<const char*> versions;  // properties
  std::vector<const char*> may_need;
  const char* of;  // the whole
};

const std::vector<Thing>& things() {
  static const std::vector<Thing> all = {
      {"enum_type e", {"labels 'a', 'b'", "labels 'a'", "labels 'a', 'b', 'c'"}, {}, nullptr},
      {"composite_type y", {""}, {}, nullptr},
      {"attribute y.a", {"type integer", "type public.e"}, {"enum_type e"}, "composite_type y"},
      {"domain d", {"type text", "type integer"}, {}, nullptr},
      {"sequence s", {"type integer", "type bigint"}, {}, nullptr},
      {"table t", {"", "unlogged", "partition_key LIST (a)"}, {}, nullptr},
      {"table u", {"", "unlogged"}, {}, nullptr},
      {"column t.a", {"type integer", "type bigint", "type public.e"}, {"enum_type e", "composite_type y"}, "table t"},
      {"column t.b", {"type integer", "type text", "type integer; generated (a)"}, {}, "table t"},
      {"column u.a", {"type integer", "type public.d"}, {"domain d"}, "table u"},
      {"column_default t.a", {"expression 1", "expression 2"}, {"function f()", "sequence s", "enum_type e", "function g(public.t)"}, "column t.a"},
      {"column_default u.a", {"expression 1"}, {"function f()", "function g(public.t)"}, "column u.a"},
      {"sequence_owner s", {"column public.t.a", "column public.u.a"}, {}, "sequence s"},
      {"constraint t.pk", {"type p; definition P", "type p; definition Q"}, {"column t.a"}, "table t"},
      {"constraint u.pk", {"type p; definition P", "type u; definition P"}, {"column u.a"}, "table u"},
      {"constraint t.fk", {"type f; definition F", "type f; definition F DEFERRABLE", "type f; definition G"}, {"constraint u.pk", "column t.a"}, "table t"},
      {"constraint u.fk", {"type f; definition F"}, {"constraint t.pk", "column u.a"}, "table u"},
      {"constraint t.ck", {"type c; definition C", "type c; definition D; not_valid"}, {"column t.a", "function g(public.t)"}, "table t"},
      {"index t.i", {"definition I", "definition J"}, {"column t.a", "function f()", "function g(public.t)"}, "table t"},
      {"policy t.p", {"permissive PERMISSIVE; command ALL; roles PUBLIC; using a", "permissive RESTRICTIVE; command ALL; roles PUBLIC; using a"}, {"column t.a", "function g(public.t)", "table u"}, "table t"},
      {"trigger t.g", {"definition A", "definition B"}, {"function f()", "column t.a"}, "table t"},
      {"function f()", {"kind function; definition A", "kind function; definition B", "kind function; returns text; definition A"}, {"enum_type e"}, nullptr},
      {"function g(public.t)", {"kind function; definition A", "kind function; returns text; definition A"}, {"table t"}, nullptr},
      {"view v", {"definition A; columns a integer", "definition B; columns a integer", "definition C; columns c text"}, {"column t.a", "column u.a", "function f()", "function g(public.t)"}, nullptr},
      {"view w", {"definition A; columns a integer", "definition C; columns c text"}, {"view v", "column t.b", "enum_type e"}, nullptr},
      {"materialized_view m", {"definition A; columns a integer", "definition B; columns a integer"}, {"view w", "view v"}, nullptr},
      {"index m.mi", {"definition I"}, {}, "materialized_view m"},
  };
  return all;
}

// What the catalog would always say.
std::vector<std::string> fixed_needs(const std::string& key, const std::string& version) {
  if (key == "function g(public.t)") return {"table t"};
  if (key == "sequence_owner s") return {version == "column public.t.a" ? "column t.a" : "column u.a"};
  if (version.find("public.e") != std::string::npos) return {"enum_type e"};
  if (version.find("public.d") != std::string::npos) return {"domain d"};
  if (version.find("generated") != std::string::npos) return {"column t.a"};
  if (key == "constraint t.fk") return {"constraint u.pk"};
  if (key == "constraint u.fk") return {"constraint t.pk"};
  return {};
}

std::string random_schema(std::mt19937& random) {
  std::map<std::string, std::string> chosen;
  const unsigned density = 3 + random() % 6;
  for (const Thing& thing : things())
    if (random() % 8 < density) chosen[thing.key] = thing.versions[random() % thing.versions.size()];
  for (bool any = true; any;) {  // what lacks something goes
    any = false;
    for (const Thing& thing : things()) {
      if (!chosen.contains(thing.key)) continue;
      bool lacks = thing.of && !chosen.contains(thing.of);
      for (const std::string& need : fixed_needs(thing.key, chosen[thing.key])) lacks = lacks || !chosen.contains(need);
      if (lacks) chosen.erase(thing.key), any = true;
    }
  }
  std::string text;
  for (const Thing& thing : things()) {
    if (!chosen.contains(thing.key)) continue;
    std::vector<std::string> needs = fixed_needs(thing.key, chosen[thing.key]);
    if (thing.of) needs.push_back(thing.of);
    const std::string type = chosen[thing.key];
    const bool is_column = std::string_view(thing.key).starts_with("column t") || std::string_view(thing.key).starts_with("column u") || std::string_view(thing.key).starts_with("attribute");
    for (const char* need : thing.may_need)
      if (!is_column && chosen.contains(need) && random() % 2 == 0) needs.push_back(need);
    text += std::string(thing.key) + ": " + type;
    std::sort(needs.begin(), needs.end());
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
    for (std::size_t i = 0; i < needs.size(); i++) text += (i == 0 ? " < " : ", ") + needs[i];
    text += "\n";
  }
  return text;
}

class RandomSchemas : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomSchemas, LeadToEachOther) {
  std::mt19937 random(GetParam());
  int flaws = 0;
  for (int round = 0; round < 300 && flaws < 3; round++) {
    const std::string from = random_schema(random), to = random_schema(random);
    for (const auto& [a, b] : {std::pair{from, to}, {std::string(), to}, {from, std::string()}}) {
      const std::string flaw = flaw_of_steps(model_of(a), model_of(b));
      if (flaw.empty()) continue;
      flaws++;
      ADD_FAILURE() << flaw << "\n--- from\n" << a << "--- to\n" << b;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSchemas, ::testing::Values(1u, 2u, 3u, 4u));

TEST(Steps, WhatIsReplacedIsMadeAnewInAKnot) {
  const auto flaw = [](const char* from, const char* to) { return flaw_of_steps(model_of(from), model_of(to)); };
  // a view that leaves a column of a table that is made anew, for a function that needs that table
  EXPECT_EQ(flaw("table t\ncolumn t.a: type integer\nview v: definition A; columns a integer < column t.a",
                 "table t: partition_key LIST (a)\nfunction g(public.t): kind function; definition A < table t\nview v: definition B; columns a integer < function g(public.t)"), "");
  EXPECT_EQ(flaw("table t: partition_key LIST (a)\nfunction g(public.t): kind function; definition A < table t\nview v: definition A; columns a integer < function g(public.t)",
                 "table t\ncolumn t.a: type integer\nview v: definition B; columns a integer < column t.a"), "");
  // a default that leaves a function upon a type that is swapped, for that type
  EXPECT_EQ(flaw("enum_type e: labels 'a', 'b'\ntable t\ncolumn t.a: type integer\ncolumn_default t.a: expression 1 < column t.a, function f()\nfunction f(): kind function; definition A < enum_type e",
                 "enum_type e: labels 'a'\ntable t\ncolumn t.a: type integer\ncolumn_default t.a: expression 2 < column t.a, enum_type e"), "");
}

// A function is replaced under an index, a table is altered under a policy.
TEST(Steps, NotEveryUserHinders) {
  EXPECT_EQ(flaw_of_steps(model_of("enum_type e: labels 'a', 'b'\ntable t\ncolumn t.a: type bigint\nindex t.i: definition J < column t.a, function f()\nfunction f(): kind function; definition A < enum_type e\n"
                                   "view v: definition A; columns a integer < column t.a"),
                          model_of("enum_type e: labels 'a'\nfunction f(): kind function; definition B\nview v: definition B; columns a integer < function f()")), "");
  EXPECT_EQ(flaw_of_steps(model_of("table t: partition_key LIST (a)\ntable u\ncolumn t.a: type integer\nsequence s\nsequence_owner s: column public.t.a < column t.a\npolicy t.p: roles PUBLIC < table u"),
                          model_of("table t\ntable u: unlogged\ncolumn u.a: type integer\nsequence s\nsequence_owner s: column public.u.a < column u.a")), "");
}

TEST(Steps, AFlawIsSeen) {
  // The simulation itself: a schema whose needs are not there.
  EXPECT_NE(flaw_of_steps(Model(), model_of("view v: definition A; columns a integer < view w\nview w: definition B; columns a integer < function f()\nfunction f() < materialized_view m\nmaterialized_view m: definition C < view v, view w")), "");
}

}  // namespace
}  // namespace strata::schema
