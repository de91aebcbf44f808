// Differences as they are told, what a comparison leaves out, and the text in which a model is kept.
#include "schema/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notation.hpp"
#include "schema/text_form.hpp"
#include "schema_notation.hpp"

namespace strata::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> findings(std::string_view present, std::string_view desired) {
  std::vector<std::string> all;
  for (const Finding& finding : compare(model_of(present), model_of(desired))) all.push_back(std::string(name_of(finding.difference)) + " " + title_of(finding.object) + (finding.detail.empty() ? "" : ": " + finding.detail));
  return all;
}

TEST(Compare, ToldWithoutTheParts) {
  EXPECT_THAT(findings("table a\ncolumn a.id: type integer\ncolumn_default a.id: expression 1\nindex a.i: definition I", ""), ElementsAre("unexpected table public.a"));
  EXPECT_THAT(findings("", "table a\ncolumn a.id: type integer\nindex a.i: definition I"), ElementsAre("missing table public.a"));
  EXPECT_THAT(findings("table a\ncolumn a.x: type integer", "table a\ncolumn a.y: type integer"), ElementsAre("unexpected column public.a.x", "missing column public.a.y"));
}

TEST(Compare, ChangesNameEachProperty) {
  EXPECT_THAT(findings("table t\ncolumn t.a: type integer; not_null", "table t\ncolumn t.a: type bigint; comment c"),
              ElementsAre("changed column public.t.a: comment: (none) -> c\nnot_null: true -> (none)\ntype: integer -> bigint"));
  EXPECT_THAT(findings("table t\ncolumn t.a: type integer; inherited", "table t\ncolumn t.a: type integer"), ElementsAre("changed column public.t.a: inherited: true -> (none)"));
}

TEST(Scope, LeavesOutWhatItIsTold) {
  const Model present = model_of("table t: owner a; comment c\nextension x\ntrigger t.g: definition A"), desired = model_of("table t: owner b\ntable u: owner b; comment d\ntrigger t.g: definition B");
  EXPECT_TRUE(compare(present, within(Scope({"owner", "comment", "extension", "trigger", "table"}), desired, present)).empty());
  const std::vector<Finding> rest = compare(present, within(Scope({"owner", "comment"}), desired, present));
  EXPECT_EQ(rest.size(), 3u);
  EXPECT_EQ(raised([] { Scope({"owner", "colour"}); }), "22023 nothing is called \"colour\" in a comparison");
}

TEST(TextForm, IsReadAsItWasWritten) {
  Object odd;
  odd.key = {Kind::table, "\"s\tx\"", "", "\"a\\b\nc\""};
  odd.properties.set("comment", "tab\t, line\n, back\\slash, \\n, \xC3\x96, ");
  odd.properties.set("acl", "");
  odd.position = 7;
  std::vector<Object> objects = model_of("table t: owner me\ncolumn t.a: type integer\nfunction f(public.t): definition A\nschema s").objects();
  objects.push_back(odd);
  const Model model(objects, {{"shell type", "public.x\ty"}});
  const Model again = model_of_text(to_text(model));
  EXPECT_EQ(to_text(again), to_text(model));
  EXPECT_TRUE(compare(model, again).empty());
  ASSERT_EQ(again.not_compared().size(), 1u);
  EXPECT_EQ(again.not_compared()[0].name, "public.x\ty");
  const Object* found = again.find(odd.key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->properties, odd.properties);
  EXPECT_EQ(found->position, 7);
  EXPECT_TRUE(model_of_text(to_text(Model())).objects().empty());
}

TEST(TextForm, ADamagedTextIsRefused) {
  const std::string text = to_text(model_of("table t: owner me"));
  for (const std::string& broken : {std::string(), std::string("x"), text.substr(0, text.size() - 1), text + "table\n", text + "nonsense\ta\tb\tc\t1\n", text + "\tname\tvalue\\\n", std::string("pg_strata model 1\n\tname\tvalue\n"),
                                    std::string("pg_strata model 2\n")})
    EXPECT_EQ(raised([&] { model_of_text(broken); }), "55000 a kept model cannot be read") << broken;
}

}  // namespace
}  // namespace strata::schema
