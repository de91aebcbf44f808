// What is kept of a schema as text, and the two spellings of one expression.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "schema/canonical.hpp"
#include "schema/script.hpp"
#include "schema/text_form.hpp"

namespace strata::schema {
namespace {

Object object(Key key, std::initializer_list<Properties::Pair> properties) {
  Object made;
  made.key = std::move(key);
  for (const auto& [name, value] : properties) made.properties.set(name, value);
  return made;
}

bool equal_models(const Model& a, const Model& b) {
  if (a.objects().size() != b.objects().size() || a.not_compared() != b.not_compared()) return false;
  for (std::size_t i = 0; i < a.objects().size(); i++)
    if (a.objects()[i].key != b.objects()[i].key || a.objects()[i].properties != b.objects()[i].properties || a.objects()[i].position != b.objects()[i].position) return false;
  return true;
}

TEST(TextForm, ReadsBackWhatItWrote) {
  Object column = object({Kind::column, "public", "t", "\"a\tb\""}, {{"type", "text"}, {"comment", "two\nlines\\ and a \ttab"}});
  column.position = 7;
  const Model model({object({Kind::table, "public", "", "t"}, {}), column, object({Kind::function, "public", "", "f(integer)"}, {{"definition", ""}, {"acl", ""}})},
                    {{"base type", "public.odd"}});
  EXPECT_TRUE(equal_models(model_of_text(to_text(model)), model));
}

TEST(TextForm, ReadsNothing) { EXPECT_TRUE(equal_models(model_of_text(to_text(Model())), Model())); }

TEST(TextForm, KnowsEveryKind) {
  std::vector<Object> all;
  for (int kind = 0; kind < kKindCount; kind++) all.push_back(object({static_cast<Kind>(kind), "s", "p", "n"}, {{"definition", "x"}}));
  const Model model(std::move(all));
  EXPECT_EQ(model.objects().size(), static_cast<std::size_t>(kKindCount));
  EXPECT_TRUE(equal_models(model_of_text(to_text(model)), model));
}

TEST(TextForm, RefusesDamage) {
  const std::string text = to_text(Model({object({Kind::table, "public", "", "t"}, {{"comment", "x"}})}));
  for (const std::string& damaged : {std::string(), std::string("nonsense"), text.substr(0, text.size() - 1), text + "no such kind\ta\tb\tc\t0\n", text + "\tx\n", text + "\ta\\\n"}) {
    try {
      model_of_text(damaged);
      ADD_FAILURE() << damaged;
    } catch (const Error& error) {
      EXPECT_EQ(error.sqlstate, sqlstate::wrong_state) << damaged;
    }
  }
}

TEST(Canonical, CastsElementsInsteadOfTheArray) {
  EXPECT_EQ(canonical_text("CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))"),
            "CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))");
}

TEST(Canonical, FindsEveryOne) {
  EXPECT_EQ(canonical_text("(ARRAY[1])::bigint[] || (ARRAY[2, 3])::bigint[]"), "ARRAY[(1)::bigint] || ARRAY[(2)::bigint, (3)::bigint]");
}

TEST(Canonical, LeavesTheRestAlone) {
  for (const char* text : {"", "a = 1", "(ARRAY[1, 2])", "(ARRAY[1])::text", "(ARRAY[1, 2]", "'(ARRAY['", "(ARRAY[1])::public.f('x[]')", "ARRAY[(1)::bigint]"}) EXPECT_EQ(canonical_text(text), text);
}

TEST(Canonical, QuotesHideBrackets) {
  EXPECT_EQ(canonical_text("(ARRAY['])::x'::character varying])::text[]"), "ARRAY[('])::x'::character varying)::text]");
}

TEST(Script, ALossIsOneLineOfComment) {
  Statement statement{Operation::drop, {Kind::table, "public", "", "\"a\nDROP TABLE b;\""}, "DROP TABLE x", "all rows of \"a\nDROP TABLE b;\"", LockLevel::access_exclusive, false, false};
  EXPECT_EQ(script_of({statement}), "-- loses all rows of \"a DROP TABLE b;\"\nDROP TABLE x;\n");
}

TEST(Script, FunctionsMayComeBeforeWhatTheySpeakOf) {
  const Statement function{Operation::create, {Kind::function, "public", "", "f()"}, "CREATE FUNCTION f", "", LockLevel::none, false, false};
  EXPECT_EQ(script_of({function}), "SET check_function_bodies = off;\n\nCREATE FUNCTION f;\n");
  EXPECT_EQ(script_of({}), "");
}

}  // namespace
}  // namespace strata::schema
