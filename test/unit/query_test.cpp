// libpg_query behind its wrapper: kinds, places (bytes, although the library counts characters) and limits.
#include "parse/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.hpp"

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = Token::Kind;

std::vector<std::string> texts_of(std::string_view sql) {
  const ScanResult result = scan(sql);
  EXPECT_FALSE(result.fault);
  std::vector<std::string> texts;
  for (const Token& token : result.tokens) texts.emplace_back(sql.substr(token.offset, token.length));
  return texts;
}

std::vector<Kind> kinds_of(std::string_view sql) {
  std::vector<Kind> kinds;
  for (const Token& token : scan(sql).tokens) kinds.push_back(token.kind);
  return kinds;
}

TEST(Scan, TellsKinds) {
  EXPECT_THAT(kinds_of("select é, \"Q\" + 1.5 -- c"), ElementsAre(Kind::keyword, Kind::name, Kind::symbol, Kind::quoted_name,
                                                                  Kind::symbol, Kind::constant, Kind::comment));
  EXPECT_THAT(kinds_of("U&\"a\" U&'b' $$c$$ E'd' x'1' b'1' /* e */"),
              ElementsAre(Kind::quoted_name, Kind::constant, Kind::constant, Kind::constant, Kind::constant, Kind::constant,
                          Kind::comment));
}

TEST(Scan, GivesWholeTokens) {
  EXPECT_THAT(texts_of("U&'\\0061''x' uescape '!' \"a\"\"b\" 'it''s' $x$ ; $x$ a.b::c -- e \n/* /* n */ */ 'a'\n  'b' , u&\"d\""),
              ElementsAre("U&'\\0061''x'", "uescape", "'!'", "\"a\"\"b\"", "'it''s'", "$x$ ; $x$", "a", ".", "b", "::", "c",
                          "-- e", "/* /* n */ */", "'a'\n  'b'", ",", "u&\"d\""));
  EXPECT_TRUE(scan("1.e 5").fault) << "trailing junk after a number";
}

TEST(Scan, FaultsCountBytes) {
  const ScanResult result = scan("select 'ééé' 'open");
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.fault->offset, 16U);
  EXPECT_EQ(result.fault->message, "unterminated quoted string at or near \"'open\"");
}

TEST(Split, FindsStatements) {
  const std::string sql = "select 1; /* ; */ ;; create function f() returns int begin atomic select 1; select 2; end; select ';'";
  const SplitResult result = split(sql);
  ASSERT_FALSE(result.fault);
  ASSERT_EQ(result.statements.size(), 3U);
  EXPECT_EQ(sql.substr(result.statements[0].offset, result.statements[0].length), "select 1");
  EXPECT_THAT(sql.substr(result.statements[1].offset, result.statements[1].length), ::testing::EndsWith("end"));
  EXPECT_THAT(sql.substr(result.statements[2].offset, result.statements[2].length), ::testing::EndsWith("';'"));
  EXPECT_TRUE(split("").statements.empty());
  EXPECT_TRUE(split(" ; -- x").statements.empty());
}

TEST(Split, FaultsCountBytesAndKeepTheServersWords) {
  const SplitResult result = split("select 'ééé', foo bar baz");
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.fault->offset, 25U);
  EXPECT_EQ(result.fault->message, "syntax error at or near \"baz\"");
  EXPECT_EQ(split("select 'é' where").fault->message, "syntax error at end of input");
  EXPECT_EQ(split("select 'é' where").fault->offset, 17U);
}

// libpg_query by itself refuses all of them.
TEST(Split, TakesCommentsWhereTheParserLooksAhead) {
  for (const char* sql : {"select 1 where 1 not /* é */ in (2)", "create table t (a timestamp with -- c\n time zone)",
                          "select 1 order by a nulls /* c */ first", "select * from f() with /* c */ ordinality",
                          "select u&'a' /* c */ uescape -- d\n '!'", "select u&'0\\061' /* c */ uescape '!'"})
    EXPECT_FALSE(split(sql).fault) << sql;
  const SplitResult result = split("select 1 where 1 not /* é */ in (2) foo bar; select 'open -- x");
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.fault->message, "syntax error at or near \"foo\"");
  EXPECT_EQ(result.fault->offset, 37U);
}

TEST(Scan, TellsANationalStringFromAName) {
  EXPECT_THAT(kinds_of("n'a' n 'a' nchar"),
              ElementsAre(Kind::constant, Kind::constant, Kind::name, Kind::constant, Kind::keyword));
}

TEST(Split, MessagesAreShort) {
  const SplitResult result = split("select 'open " + std::string(1 << 20, 'x'));
  ASSERT_TRUE(result.fault);
  EXPECT_LT(result.fault->message.size(), 200U);
  EXPECT_THAT(result.fault->message, HasSubstr("...\""));
}

TEST(Query, RefusesWhatItCannotTake) {
  for (const auto& [sql, state] :
       {std::pair(std::string(max_script_bytes + 1, ' '), "54000"), std::pair(std::string("a\0b", 3), "22021")}) {
    for (const bool scanning : {true, false}) {
      try {
        if (scanning)
          scan(sql);
        else
          split(sql);
        ADD_FAILURE() << "no error " << state;
      } catch (const Error& error) { EXPECT_STREQ(error.sqlstate.code, state); }
    }
  }
}

// Depth that crashes libpg_query's tree output; the parser's own stack gives up first or takes it.
TEST(Query, SurvivesDepth) {
  const auto repeated = [](std::string_view part, int times) {
    std::string text;
    for (int index = 0; index < times; ++index) text += part;
    return text;
  };
  EXPECT_THAT(split(repeated("(", 100000)).fault->message, HasSubstr("memory exhausted"));
  EXPECT_FALSE(split("select 1" + repeated(" + 1", 200000)).fault);
  EXPECT_FALSE(split("select 1" + repeated(" union all select 1", 50000)).fault);
  EXPECT_TRUE(split("select " + repeated("- ", 100000)).fault);
  EXPECT_EQ(scan(repeated("(", 100000)).tokens.size(), 100000U);
}

// 20,000 levels of /*/*/* took 20 seconds that nobody can cancel.
TEST(CommentStorm, IsARunOfCommentStarts) {
  const auto storm = [](std::size_t starts, std::string_view between) {
    std::string sql = "select 1 ";
    for (std::size_t i = 0; i < starts; ++i) sql.append("/*").append(between);
    return sql;
  };
  EXPECT_FALSE(find_comment_storm(storm(1000, "")));
  EXPECT_TRUE(find_comment_storm(storm(1500, "")));
  EXPECT_TRUE(find_comment_storm(storm(1500, "+-*")));
  EXPECT_FALSE(find_comment_storm(storm(100'000, " x ")));
  std::string runs;
  for (int i = 0; i < 1000; ++i) runs += storm(300, "") + " ";
  EXPECT_TRUE(find_comment_storm(runs));
  EXPECT_FALSE(find_comment_storm("/" + std::string(10000, '*') + "/ select 1"));
  EXPECT_THROW(scan(storm(1500, "")), Error);
}

}  // namespace
}  // namespace strata
