// Lists as the deparser prints them, taken apart.
#include "schema/lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Lists, AreCutAtCommasOutside) {
  EXPECT_THAT(split_list(""), IsEmpty());
  EXPECT_THAT(split_list(" \n\t"), IsEmpty());
  EXPECT_THAT(split_list("a"), ElementsAre("a"));
  EXPECT_THAT(split_list(" a ,\n b,c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_list("a,,b,"), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split_list("numeric(10,2), f(a, g(b, c)), x[1, 2]"), ElementsAre("numeric(10,2)", "f(a, g(b, c))", "x[1, 2]"));
  EXPECT_THAT(split_list("'a, b', 'it''s, (', \"c, d\", \"e\"\", f\", ')'"), ElementsAre("'a, b'", "'it''s, ('", "\"c, d\"", "\"e\"\", f\"", "')'"));
  EXPECT_THAT(split_list("'\"', 'b'"), ElementsAre("'\"'", "'b'"));
  EXPECT_THAT(split_list("\"'\", b"), ElementsAre("\"'\"", "b"));
  EXPECT_THAT(split_list("a 'ä, ö', \"ü, ß\""), ElementsAre("a 'ä, ö'", "\"ü, ß\""));
}

// quote_literal writes a backslash as E'\\', and nothing else that a backslash could escape.
TEST(Lists, EscapesAreThoseOfTheServer) { EXPECT_THAT(split_list(R"(E'a\\', 'b', E'\\'', c')"), ElementsAre(R"(E'a\\')", "'b'", R"(E'\\'', c')")); }

TEST(Lists, WordsAreFoundOutside) {
  EXPECT_EQ(find_outside("a integer DEFAULT 1", " DEFAULT "), 9u);
  EXPECT_EQ(find_outside("a text DEFAULT ' DEFAULT '::text", " DEFAULT "), 6u);
  EXPECT_EQ(find_outside("\"a DEFAULT b\" text", " DEFAULT "), std::string::npos);
  EXPECT_EQ(find_outside("f(a DEFAULT b)", " DEFAULT "), std::string::npos);
  EXPECT_EQ(find_outside("f(a) DEFAULT b", " DEFAULT "), 4u);
  EXPECT_EQ(find_outside("", "a"), std::string::npos);
  EXPECT_EQ(find_outside("a", "ab"), std::string::npos);
}

TEST(Lists, JoinIsTheWayBack) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join(split_list("'a, b', c(d, e)"), ", "), "'a, b', c(d, e)");
}

// A first part may be empty, as that of a list with a leading comma is.
TEST(Lists, EmptyPartsKeepTheirPlace) { EXPECT_EQ(join({"", "b"}, ","), ",b"); }

}  // namespace
}  // namespace strata::schema
