#include "parse/enum_use.hpp"

#include <gtest/gtest.h>

namespace strata {
namespace {

// The statement that uses an added value; -1: none.
int use_in(std::string_view sql) {
  const auto found = EnumValueWatch().next(prepare(sql));
  return found ? static_cast<int>(found->statement) : -1;
}

TEST(EnumUse, IsAConstantThatIsTheLabel) {
  EXPECT_EQ(use_in("alter type m add value 'x'; alter type m add value 'y' after 'x'; insert into t values ('z'); update t set a = 'y'"), 3);
  EXPECT_EQ(use_in("alter type m add value 'x'; select $$x$$::m"), 1);
}

TEST(EnumUse, IsNeverBeforeTheValueIsAdded) { EXPECT_EQ(use_in("update t set a = 'x'; alter type m add value 'x'"), -1); }

TEST(EnumUse, IsNotInsideABodyACommentOrAnotherCase) {
  EXPECT_EQ(use_in("alter type m add value 'x'; do $$ begin update t set a = 'x'; end $$; select 'X', ' x' -- 'x'"), -1);
  EXPECT_EQ(use_in("alter type m add value 'x'; /* c */ comment on type m is 'x'"), -1);
  EXPECT_EQ(use_in("select 'x'"), -1);
}

// PostgreSQL 15 and 16 refuse it for a type of the same transaction too.
TEST(EnumUse, CountsForATypeThatIsAsNew) { EXPECT_EQ(use_in("create type m as enum (); alter type m add value 'x'; select 'x'::m"), 2); }

TEST(EnumUse, IsFoundInALaterScript) {
  EnumValueWatch watch;
  EXPECT_FALSE(watch.concerns("select 'x'"));
  EXPECT_TRUE(watch.concerns("ALTER TYPE m ADD VALUE 'x'"));
  EXPECT_FALSE(watch.next(prepare("ALTER TYPE m ADD VALUE 'x'")));
  EXPECT_FALSE(watch.concerns("select 1"));
  EXPECT_TRUE(watch.concerns("select 'x'"));
  const auto found = watch.next(prepare("select 1; select 'x'"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->statement, 1u);
  EXPECT_EQ(found->value, (AddedEnumValue{"m", "x"}));
}

}  // namespace
}  // namespace strata
