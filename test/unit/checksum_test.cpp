// What changes a checksum and what does not, with tokens made by hand and by the scanner.
#include "core/checksum.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "parse/script.hpp"

namespace strata {
namespace {

using Kind = Token::Kind;

struct Piece {
  Kind kind;
  std::string text;
};

std::string checksum(const std::vector<Piece>& pieces) {
  std::string text;
  std::vector<Token> tokens;
  for (const Piece& piece : pieces) {
    tokens.push_back({piece.kind, text.size(), piece.text.size()});
    text += piece.text;
  }
  return checksum_of({text, tokens});
}

std::string of_script(std::string_view sql) {
  const PreparedScript script = prepare(sql);
  for (const ScriptFault& fault : script.faults) ADD_FAILURE() << sql << ": " << fault.message;
  return script.checksum;
}

TEST(Checksum, OfNothingIsThatOfNoBytes) {
  EXPECT_EQ(checksum({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(checksum({{Kind::symbol, ";"}, {Kind::comment, "--x"}, {Kind::symbol, ";"}}), checksum({}));
}

// The catalogs of applied revisions hold such values: this one must never change.
TEST(Checksum, IsTheSameForEver) {
  EXPECT_EQ(of_script("CREATE TABLE t (a int DEFAULT 1, \"B\" text); -- x\nselect 'a' || 'b'"),
            "895ef3cae18625a366514c792b0fc8979048c469f9cb0899186187632af958e6");
}

TEST(Checksum, KeywordsAndNamesAreAlike) { EXPECT_EQ(checksum({{Kind::keyword, "Merge"}}), checksum({{Kind::name, "mERGE"}})); }

TEST(Checksum, KindsAndBordersCount) {
  EXPECT_NE(checksum({{Kind::name, "a"}}), checksum({{Kind::quoted_name, "a"}}));
  EXPECT_NE(checksum({{Kind::name, "ab"}}), checksum({{Kind::name, "a"}, {Kind::name, "b"}}));
  EXPECT_NE(checksum({{Kind::constant, "1"}, {Kind::constant, "2"}}), checksum({{Kind::constant, "12"}}));
  EXPECT_NE(checksum({{Kind::symbol, "-"}, {Kind::symbol, "-"}}), checksum({{Kind::symbol, "--"}}));
  EXPECT_NE(checksum({{Kind::name, "a"}, {Kind::symbol, ";"}, {Kind::name, "b"}}),
            checksum({{Kind::name, "a"}, {Kind::name, "b"}}));
  EXPECT_NE(checksum({{Kind::constant, "A"}}), checksum({{Kind::constant, "a"}}));
}

TEST(Checksum, OnlyAsciiIsFolded) { EXPECT_NE(checksum({{Kind::name, "Ä"}}), checksum({{Kind::name, "ä"}})); }

class SameMeaning : public ::testing::TestWithParam<const char*> {};

TEST_P(SameMeaning, HasTheSameChecksum) {
  EXPECT_EQ(of_script(GetParam()), of_script("create table T (a int, b text default 'X;y'); select $$ Body $$;"));
}

INSTANTIATE_TEST_SUITE_P(
    Checksum, SameMeaning,
    ::testing::Values(
        "CREATE TABLE t(a INT,b TEXT DEFAULT 'X;y');SELECT $$ Body $$",
        ";;create table t (a int, b text default 'X;y');;;select $$ Body $$;; ;",
        "-- c\ncreate /* x /* y */ ; */ table t (a int, -- d\n b text default 'X;y');\r\n\tselect $$ Body $$\n-- end",
        "BEGIN; create table t (a int, b text default 'X;y'); select $$ Body $$; COMMIT;",
        "start transaction;create table t (a int, b text default 'X;y'); select $$ Body $$; end work",
        "\\restrict abc'\ncreate table t (a int, b text default 'X;y'); select $$ Body $$;\n\\unrestrict abc'\n"));

class OtherMeaning : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(OtherMeaning, HasAnotherChecksum) { EXPECT_NE(of_script(GetParam().first), of_script(GetParam().second)); }

INSTANTIATE_TEST_SUITE_P(Checksum, OtherMeaning,
                         ::testing::Values(std::pair("select 'a'", "select 'A'"), std::pair("select \"a\"", "select \"A\""),
                                           std::pair("select $$a$$", "select $$A$$"), std::pair("select 'a  b'", "select 'a b'"),
                                           std::pair("select 1", "select 2"), std::pair("select U&'a'", "select U&'b'"),
                                           std::pair("select U&\"a\"", "select U&\"b\""),
                                           std::pair("select U&'a' UESCAPE '!'", "select U&'a' UESCAPE '?'"),
                                           std::pair("select 1;select 2", "select 2;select 1"),
                                           std::pair("select a.b", "select a, b"), std::pair("do $$ -- x\n$$", "do $$ -- y\n$$"),
                                           std::pair("select x'1'", "select b'1'"), std::pair("select 1 + 2", "select 1 - 2")));

TEST(Checksum, IsThatOfTheStatementsOneByOne) {
  Digest digest;
  const std::string text = "ab";
  const std::vector<Token> a{{Kind::name, 0, 1}};
  const std::vector<Token> b{{Kind::name, 1, 1}};
  digest.end_statement();
  digest.add({text, a});
  digest.end_statement();
  digest.end_statement();
  digest.add({text, b});
  digest.end_statement();
  EXPECT_EQ(digest.finish(), checksum({{Kind::name, "a"}, {Kind::symbol, ";"}, {Kind::name, "b"}}));
}

}  // namespace
}  // namespace strata
