// `-- migrate:repeat`: its options, which statement it belongs to, what is refused, and the script that repeats by itself.
#include "parse/repeat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file_line.hpp"
#include "psql_reader.hpp"

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Options -----------------------------------------------------------------------------------------

Repeat options(std::string_view text) {
  const ParsedRepeat parsed = parse_repeat(text);
  for (const RepeatFlaw& flaw : parsed.flaws) ADD_FAILURE() << text << ": " << flaw.message;
  return parsed.repeat;
}

TEST(RepeatOptions, HaveDefaults) {
  EXPECT_EQ(options(""), (Repeat{100, std::nullopt, std::nullopt}));
  EXPECT_EQ(options(" \t\r\f\v"), Repeat());
}

TEST(RepeatOptions, MayComeInAnyOrder) {
  const Repeat wanted{250, 10'000, 1'000'000};
  EXPECT_EQ(options(" pause=250ms max_lag=10s max_rows=1000000"), wanted);
  EXPECT_EQ(options("max_rows=1000000\tmax_lag=10s  pause=250ms\r"), wanted);
}

TEST(RepeatOptions, DurationsHaveUnits) {
  EXPECT_EQ(options("pause=0").pause_ms, 0);
  EXPECT_EQ(options("pause=0h").pause_ms, 0);
  EXPECT_EQ(options("pause=007ms").pause_ms, 7);
  EXPECT_EQ(options("pause=2min").pause_ms, 120'000);
  EXPECT_EQ(options("pause=24h").pause_ms, 86'400'000);
  EXPECT_EQ(options("max_lag=86400000ms").max_lag_ms, 86'400'000);
  EXPECT_EQ(options("max_lag=1ms").max_lag_ms, 1);
}

TEST(RepeatOptions, RowsAreCounted) {
  EXPECT_EQ(options("max_rows=1").max_rows, 1);
  EXPECT_EQ(options("max_rows=1000000000000000").max_rows, 1'000'000'000'000'000);
}

class BadOptions : public ::testing::TestWithParam<const char*> {};

TEST_P(BadOptions, AreOneFlawWithAHint) {
  const std::vector<RepeatFlaw> flaws = parse_repeat(GetParam()).flaws;
  ASSERT_EQ(flaws.size(), 1U);
  EXPECT_THAT(flaws[0].message, HasSubstr("-- migrate:repeat"));
  EXPECT_LT(flaws[0].message.size(), 200U);
  EXPECT_FALSE(flaws[0].hint.empty());
}

INSTANTIATE_TEST_SUITE_P(Repeat, BadOptions,
                         ::testing::Values("pause", "pause=", "=", "=1", "pause=1", "pause=-1ms", "pause=+1ms", "pause=1.5s", "pause=1 ",
                                           "pause=ms", "pause=1MS", "pause=1d", "pause=1us", "pause=1msx", "pause==1ms", "pause='1ms'",
                                           "pause=25h", "pause=86400001ms", "pause=1441min", "pause=18446744073709551616ms",
                                           "pause=9223372036854775807h", "pause=5124095576030432h", "pause=0x1ms", "pause=0d", "pause=00d",
                                           "max_lag=0", "max_lag=0s", "max_lag=", "max_lag=10", "max_rows=0", "max_rows=-1", "max_rows=1k",
                                           "max_rows=1e6", "max_rows=1_000", "max_rows=1000000000000001", "max_rows=18446744073709551617",
                                           "max_rows=", "Pause=1ms", "max-lag=1s", "pause:1ms", "pause=1ms,", "transaction:false", "until",
                                           "pause=1ms pause=1ms", "max_rows=1 pause=0 max_rows=2", "pause=\xC2\xA0"
                                           "1ms"));

TEST(RepeatOptions, AllFlawsAreTold) {
  EXPECT_THAT(parse_repeat("pause=1 max_lag=0 x max_rows=0").flaws, ::testing::SizeIs(4));
  EXPECT_THAT(parse_repeat("pause=x pause=y").flaws, ::testing::SizeIs(2));
}

TEST(RepeatOptions, FlawsAndTheirTextAreBounded) {
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "x ";
  EXPECT_EQ(parse_repeat(many).flaws.size(), 10U);
  EXPECT_LT(parse_repeat("pause=" + std::string(1 << 20, '9')).flaws.at(0).message.size(), 200U);
  EXPECT_LT(parse_repeat(std::string(1 << 20, '\xFF')).flaws.at(0).message.size(), 500U);
}

// Lines -------------------------------------------------------------------------------------------

TEST(RepeatLine, IsAMarkOfItsOwnAndNoLineOfTheFile) {
  for (const char* line : {"-- migrate:repeat", "--migrate:repeat", "--\t migrate:repeat pause=1s", "-- migrate:repeat nonsense", "-- migrate:repeat \r"}) {
    EXPECT_EQ(read_mark(line).kind, Mark::Kind::repeat) << line;
    EXPECT_FALSE(is_file_line(line)) << line;
  }
}

TEST(RepeatLine, SlipsAreMisplaced) {
  for (const char* line : {" -- migrate:repeat", "\t-- migrate:repeat pause=1s", "-- Migrate:repeat", "-- migrate:Repeat", "-- MIGRATE:REPEAT max_rows=1",
                           "-- migrate: repeat", "-- migrate :repeat", "-- migrate : repeat pause:1s", "  -- migrate:repeat max-lag=3s"}) {
    EXPECT_EQ(read_mark(line).kind, Mark::Kind::misplaced) << line;
    EXPECT_TRUE(is_file_line(line)) << line;
  }
}

TEST(RepeatLine, ProseIsAComment) {
  for (const char* line : {"-- migrate: repeat the rows", "  -- migrate:repeat is above", "-- see migrate:repeat", "-- migrate repeat", "select 1; -- migrate:repeat",
                           "/* migrate:repeat */", "- migrate:repeat"})
    EXPECT_EQ(read_mark(line).kind, Mark::Kind::none) << line;
  EXPECT_EQ(read_mark("-- migrate:repeats").kind, Mark::Kind::unknown);
  EXPECT_EQ(read_mark("-- migrate:repeat;").kind, Mark::Kind::unknown);
  EXPECT_EQ(read_mark("-- migrate:repeatable pause=1s").kind, Mark::Kind::unknown);
}

// Statements --------------------------------------------------------------------------------------

constexpr const char* mark = "-- migrate:repeat\n";

// The statements that are repeated.
std::vector<std::string> repeated(const std::string& sql) {
  const PreparedScript script = prepare(sql);
  for (const ScriptFault& fault : script.faults) ADD_FAILURE() << sql << "\n" << fault.line << ": " << fault.message;
  EXPECT_EQ(script.checksum.size(), 64U);
  std::vector<std::string> found;
  for (const Statement& statement : script.statements)
    if (statement.repeat) found.push_back(script.sql.substr(statement.offset, statement.length));
  return found;
}

TEST(RepeatMark, BelongsToTheStatementBelow) {
  EXPECT_THAT(repeated("update a set x = 1;\n-- migrate:repeat\ndelete from b;\ndelete from c;"), ElementsAre("delete from b"));
  EXPECT_THAT(repeated("-- migrate:repeat\ndelete from a;\n-- migrate:repeat\ndelete from b"), ElementsAre("delete from a", "delete from b"));
  EXPECT_THAT(repeated("delete from a"), IsEmpty());
  const PreparedScript script = prepare("select 1;\n-- migrate:repeat pause=0 max_rows=7\ndelete from b");
  ASSERT_EQ(script.statements.size(), 2U);
  EXPECT_EQ(script.statements[0].repeat, std::nullopt);
  EXPECT_EQ(script.statements[1].repeat, (Repeat{0, std::nullopt, 7}));
  EXPECT_EQ(script.statements[1].line, 3);
}

TEST(RepeatMark, CommentsAndBlanksMayStandBetween) {
  EXPECT_THAT(repeated("-- migrate:repeat\n\n-- why\n/* more\n */ \n  delete from a -- x\n;"), ElementsAre("delete from a"));
  EXPECT_THAT(repeated("select 1;;/* x */\n-- migrate:repeat\ndelete from a"), ElementsAre("delete from a"));
}

TEST(RepeatMark, IsReadWithCarriageReturnsToo) {
  EXPECT_THAT(repeated("select 1;\r\n-- migrate:repeat pause=1s\r\ndelete from a;\r\n"), ElementsAre("delete from a"));
  EXPECT_THAT(repeated("-- migrate:repeat\rdelete from a"), ElementsAre("delete from a"));
  EXPECT_THAT(repeated("select 1;\r-- migrate:repeat\rdelete from a"), IsEmpty());  // only LF ends a line, as in the file
}

TEST(RepeatMark, StandsInADroppedTransaction) {
  EXPECT_THAT(repeated("BEGIN;\n-- migrate:repeat\ndelete from a;\nCOMMIT;"), ElementsAre("delete from a"));
  EXPECT_THAT(repeated("-- migrate:repeat\n\\restrict x\ndelete from a;\n\\unrestrict x\n"), ElementsAre("delete from a"));
}

TEST(RepeatMark, WhatLooksLikeOneIsText) {
  for (const char* sql : {"select '\n-- migrate:repeat\n'", "select e'\\'\n-- migrate:repeat\n'", "select $$\n-- migrate:repeat\n$$", "do $a$ begin\n-- migrate:repeat\ndelete from a; end $a$",
                          "/*\n-- migrate:repeat\n*/ delete from a", "/* /* */\n-- migrate:repeat x\n*/ delete from a", "select \"\n-- migrate:repeat\n\"",
                          "select 1; -- migrate:repeat\ndelete from a", "/* */ -- migrate:repeat\ndelete from a", "-- see\n-- - migrate:repeat\ndelete from a",
                          "select U&'\n-- migrate:repeat\n' uescape '!'", "select 'migrate:repeat'"})
    EXPECT_THAT(repeated(sql), IsEmpty()) << sql;
}

TEST(RepeatMark, TextThatLooksLikeOneHidesNoRealOne) {
  EXPECT_THAT(repeated("select '\n-- migrate:repeat\n';\n-- migrate:repeat\ndelete from a where x = '\n-- migrate:repeat\n'"),
              ElementsAre("delete from a where x = '\n-- migrate:repeat\n'"));
}

class Repeatable : public ::testing::TestWithParam<const char*> {};

TEST_P(Repeatable, IsRepeated) { EXPECT_THAT(repeated(std::string(mark) + GetParam()), ElementsAre(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Repeat, Repeatable,
    ::testing::Values("insert into a select 1", "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING RETURNING *", "Update a set b = (select 1)", "delete from only a using b",
                      "merge into a using b on true when matched then delete", "with x as (select 1) delete from a",
                      "with x as (select 1), y (b, c) as not materialized (values (1, 2)) update a set b = 1", "WITH RECURSIVE x AS (SELECT 1) INSERT INTO a SELECT * FROM x",
                      "with recursive as (select 1) delete from a", "with recursive (b) as (select 1) delete from a", "with recursive recursive as (select 1) delete from a",
                      "with \"as\" as materialized (select ((1))) merge into a using b on true when not matched then do nothing",
                      "with delete as (select 1), update as (select 2) insert into a select * from delete", "with/**/x/**/as/**/(select 1)/**/delete/**/from a",
                      "with recursive t(a) as (select 1) search depth first by a, update set delete delete from b",
                      "with recursive t(a) as (select 1) cycle a set update to 'x' default interval '1' day using insert delete from b",
                      "with recursive t(a) as (select 1) search breadth first by a set s cycle a set c using p, u as (select 1) update b set x = 1"));

struct BadRepeat {
  const char* what;
  std::string sql;
  int line;
  const char* message;
};

class BadRepeats : public ::testing::TestWithParam<BadRepeat> {};

TEST_P(BadRepeats, AreRefusedAtTheMark) {
  const PreparedScript script = prepare(GetParam().sql);
  ASSERT_EQ(script.faults.size(), 1U);
  const ScriptFault& fault = script.faults.front();
  EXPECT_EQ(fault.sqlstate, sqlstate::malformed_file);
  EXPECT_THAT(fault.message, HasSubstr(GetParam().message));
  EXPECT_EQ(fault.line, GetParam().line);
  EXPECT_EQ(fault.column, 1);
  EXPECT_EQ(GetParam().sql.substr(fault.offset, 2), "--");
  EXPECT_FALSE(fault.hint.empty());
  EXPECT_THAT(script.checksum, IsEmpty());
  EXPECT_THAT(script.statements, IsEmpty());
  EXPECT_EQ(spell_out_repeats(GetParam().sql), GetParam().sql);
}

INSTANTIATE_TEST_SUITE_P(
    Repeat, BadRepeats,
    ::testing::Values(BadRepeat{"alone", "-- migrate:repeat", 1, "no statement follows"}, BadRepeat{"at_the_end", "delete from a;\n-- migrate:repeat\n-- x\n", 2, "no statement follows"},
                      BadRepeat{"before_nothing", "-- migrate:repeat\n;delete from a", 1, "no statement follows"},
                      BadRepeat{"after_the_statement", "delete from a\n-- migrate:repeat\n;\ndelete from b", 2, "no statement follows"},
                      BadRepeat{"inside", "delete from a\n-- migrate:repeat\nwhere true", 2, "inside a statement"},
                      BadRepeat{"inside_a_string_in_two_parts", "select 'a'\n-- migrate:repeat\n'b'", 2, "inside a statement"},
                      BadRepeat{"inside_with", "with x as (\n-- migrate:repeat\ndelete from a returning 1) select 1", 2, "inside a statement"},
                      BadRepeat{"inside_a_body", "create function f() returns void begin atomic\n-- migrate:repeat\ndelete from a; end", 2, "inside a statement"},
                      BadRepeat{"twice", "-- migrate:repeat\n-- migrate:repeat pause=1s\ndelete from a", 2, "second -- migrate:repeat"},
                      BadRepeat{"option", "select 1;\n-- migrate:repeat pause=5\ndelete from a", 2, "bad value \"5\" of option pause"},
                      BadRepeat{"unknown_option", "-- migrate:repeat batch=5\ndelete from a", 1, "unknown option \"batch=5\""},
                      BadRepeat{"select", "-- migrate:repeat\nselect 1", 1, "cannot be repeated: \"select 1\""},
                      BadRepeat{"select_upon_changes", "-- migrate:repeat\nwith x as (delete from a returning 1) select * from x", 1, "cannot be repeated"},
                      BadRepeat{"table_named_so", "-- migrate:repeat\nwith delete as (select 1) select * from delete", 1, "cannot be repeated"},
                      BadRepeat{"columns_named_so", "-- migrate:repeat\nwith recursive t(a) as (select 1) search depth first by delete set update select 1", 1, "cannot be repeated"},
                      BadRepeat{"cycle_named_so", "-- migrate:repeat\nwith recursive t(a) as (select 1) cycle insert set delete using update select 1", 1, "cannot be repeated"},
                      BadRepeat{"parentheses", "-- migrate:repeat\n(with x as (select 1) select 1)", 1, "cannot be repeated"},
                      BadRepeat{"values", "-- migrate:repeat\nvalues (1)", 1, "cannot be repeated"}, BadRepeat{"explain", "-- migrate:repeat\nexplain analyze delete from a", 1, "cannot be repeated"},
                      BadRepeat{"prepared", "-- migrate:repeat\nprepare x as delete from a", 1, "cannot be repeated"}, BadRepeat{"call", "-- migrate:repeat\ncall p()", 1, "cannot be repeated"},
                      BadRepeat{"body", "-- migrate:repeat\ndo $$ begin delete from a; end $$", 1, "cannot be repeated"},
                      BadRepeat{"vacuum", "-- migrate:repeat\nvacuum a", 1, "VACUUM cannot run inside a transaction block"},
                      BadRepeat{"begin", "-- migrate:repeat\nbegin;\ndelete from a;\ncommit", 1, "no statement follows"},
                      BadRepeat{"in_begin", "begin\n-- migrate:repeat\nwork;\ndelete from a;\ncommit", 2, "no statement follows"},
                      BadRepeat{"commit", "begin;\ndelete from a;\n-- migrate:repeat\ncommit", 3, "no statement follows"}),
    [](const auto& each) { return each.param.what; });

TEST(RepeatMark, AllFaultsComeInTheOrderOfTheText) {
  const PreparedScript script = prepare("-- migrate:repeat x y\nselect 1;\n-- migrate:repeat\nrollback;\ncopy t from stdin;\n-- migrate:repeat");
  std::vector<int> lines;
  for (const ScriptFault& fault : script.faults) lines.push_back(fault.line);
  EXPECT_THAT(lines, ElementsAre(1, 1, 1, 3, 4, 5, 6));
}

TEST(RepeatMark, FaultsAreBounded) {
  std::string sql;
  for (int i = 0; i < 100'000; ++i) sql += mark;
  EXPECT_EQ(prepare(sql).faults.size(), 100U);
  EXPECT_EQ(prepare(sql + "delete from a").faults.size(), 100U);
}

TEST(RepeatMark, ASyntaxErrorHidesThem) {
  const PreparedScript script = prepare("-- migrate:repeat\nselect 1;\nfoo");
  ASSERT_EQ(script.faults.size(), 1U);
  EXPECT_EQ(script.faults[0].sqlstate, sqlstate::syntax_error);
}

// The script that repeats by itself ---------------------------------------------------------------------

std::string spelled(const std::string& sql) { return spell_out_repeats(sql); }

TEST(RepeatSpelledOut, LeavesOtherScriptsAlone) {
  for (const char* sql : {"", "select 1", "delete from a;;\n-- x", "select '\n-- migrate:repeat\n'", "BEGIN; delete from a; -- migrate:repeat\nCOMMIT"}) EXPECT_EQ(spelled(sql), sql);
}

TEST(RepeatSpelledOut, ReplacesTheStatementAndNothingElse) {
  EXPECT_EQ(spelled("select 'é';\n-- migrate:repeat max_rows=7\ndelete from a -- x\n;\nselect 2;\n"),
            "select 'é';\n-- migrate:repeat max_rows=7\n"
            "DO LANGUAGE plpgsql $loop$\n"
            "DECLARE\n"
            "  batch bigint;\n"
            "  total bigint := 0;\n"
            "BEGIN\n"
            "  LOOP\n"
            "    EXECUTE $repeat$\ndelete from a\n$repeat$;\n"
            "    GET DIAGNOSTICS batch = ROW_COUNT;\n"
            "    EXIT WHEN batch OPERATOR(pg_catalog.=) 0;\n"
            "    total := total OPERATOR(pg_catalog.+) batch;\n"
            "    IF total OPERATOR(pg_catalog.>) 7 THEN\n"
            "      RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = 'repeated statement has affected more than 7 rows',\n"
            "        HINT = 'Correct the statement if it finds the same rows again, or raise max_rows.';\n"
            "    END IF;\n"
            "  END LOOP;\n"
            "END\n"
            "$loop$ -- x\n;\nselect 2;\n");
  EXPECT_THAT(spelled("-- migrate:repeat\ndelete from a"), Not(HasSubstr("54000")));
}

class Tags : public ::testing::TestWithParam<const char*> {};

// Nothing in the statement ends the body before its end, for psql and for the server.
TEST_P(Tags, HoldWhatever) {
  const std::string statement = GetParam();
  const std::string sql = "select 0;\n" + (mark + statement) + ";\nselect 1";
  ASSERT_THAT(repeated(sql), ElementsAre(statement));
  const std::string text = spelled(sql);
  const Names sent = Psql(text).read();
  ASSERT_EQ(sent.size(), 3U) << text;
  EXPECT_THAT(sent[1], StartsWith("DO LANGUAGE plpgsql $loop"));
  EXPECT_THAT(sent[1], HasSubstr(statement));
  const SplitResult split_text = split(text);
  EXPECT_FALSE(split_text.fault) << text;
  EXPECT_EQ(split_text.statements.size(), 3U) << text;
}

INSTANTIATE_TEST_SUITE_P(Repeat, Tags,
                         ::testing::Values("delete from a where b = $$x$$", "delete from a where b = $repeat$ x $repeat$", "delete from a where b = $loop$;$loop$",
                                           "delete from a where b = $repeat_$ $repeat$ $loop_$ $loop$ $repeat_$", "delete from repeat__ where loop___ = $repeat$$repeat$",
                                           "delete from a$repeat", "delete from a$", "delete from a where b = '$repeat$; $loop$'", "delete from a where b = 'it''s {} {0} %s :x'",
                                           "delete from a where b = e'\\'' /* $repeat$ */ and true", "delete from a where b = -- $loop$\n1", "delete from a where b = $r$ $repea$t$ $r$"));

TEST(RepeatSpelledOut, ManyTagsCostOnePass) {
  std::string statement = "delete from a where b in ('";
  for (int i = 0; i < 200'000; ++i) statement += "$repeat" + std::to_string(i) + "$ repeat_ loop__ ";
  statement += "')";
  const std::string text = spelled(mark + statement);
  EXPECT_THAT(text.substr(0, 200), HasSubstr("DO LANGUAGE plpgsql $loop___$"));
  EXPECT_THAT(text.substr(0, 300), HasSubstr("EXECUTE $repeat__$\n"));
}

}  // namespace
}  // namespace strata
