// Scripts as they are stored: what is blanked, what is refused and where, and the real histories.
#include "parse/script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "core/file.hpp"
#include "parse/query.hpp"

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> statements_of(const PreparedScript& script) {
  std::vector<std::string> statements;
  for (const Statement& each : script.statements) statements.push_back(script.sql.substr(each.offset, each.length));
  return statements;
}

PreparedScript good(std::string_view sql) {
  PreparedScript script = prepare(sql);
  for (const ScriptFault& fault : script.faults) ADD_FAILURE() << sql << "\n" << fault.line << ": " << fault.message;
  EXPECT_EQ(script.sql.size(), sql.size());
  EXPECT_EQ(script.checksum.size(), 64U);
  return script;
}

TEST(Script, SplitsIntoStatementsWithoutWhatIsAroundThem) {
  const PreparedScript script = good("-- é\n\nselect 1 ; /* x */;\n  select ';' -- tail\n;-- end\ncreate table t\n(a int)");
  EXPECT_THAT(statements_of(script), ElementsAre("select 1", "select ';'", "create table t\n(a int)"));
  EXPECT_EQ(script.statements[0].line, 3);
  EXPECT_EQ(script.statements[1].line, 4);
  EXPECT_EQ(script.statements[2].line, 6);
  EXPECT_TRUE(good("").statements.empty());
  EXPECT_TRUE(good("-- nothing\n").statements.empty());
}

TEST(Script, DropsAPairOfBeginAndCommit) {
  const std::string sql = "-- é\nBEGIN /* a\n b */ WORK;\nselect 1;\nCOMMIT -- x\n;\n";
  const PreparedScript script = good(sql);
  EXPECT_THAT(statements_of(script), ElementsAre("select 1"));
  EXPECT_EQ(script.statements[0].line, 4);
  EXPECT_EQ(std::count(script.sql.begin(), script.sql.end(), '\n'), std::count(sql.begin(), sql.end(), '\n'));
  EXPECT_THAT(script.sql, ::testing::Not(HasSubstr("BEGIN")));
  EXPECT_EQ(prepare(script.sql).checksum, script.checksum);
  EXPECT_THAT(statements_of(good("begin; commit")), IsEmpty());
  EXPECT_THAT(statements_of(good("start transaction; select 1; end;")), ElementsAre("select 1"));
}

TEST(Script, BeginAndEndOfABodyAreNoTransactionControl) {
  EXPECT_EQ(good("create function f() returns int begin atomic select 1; select 2; end; do $$ begin commit; end $$; set "
                 "transaction read only")
                .statements.size(),
            3U);
}

TEST(Script, DropsTheRestrictionsOfPgDump) {
  const PreparedScript script = good("--\n\\restrict aBc'd\n\nselect 1;\n\n  \\unrestrict aBc'd\n");
  EXPECT_THAT(statements_of(script), ElementsAre("select 1"));
  EXPECT_EQ(script.statements[0].line, 4);
  EXPECT_EQ(good("select '\n\\restrict x\n'").sql, "select '\n\\restrict x\n'");
}

TEST(Script, TellsWhatCannotRunInATransactionAndAddedEnumValues) {
  const PreparedScript script = good("create index concurrently i on t (a); alter type m add value 'x'");
  EXPECT_TRUE(script.statements[0].not_in_transaction);
  EXPECT_FALSE(script.statements[1].not_in_transaction);
  EXPECT_EQ(script.statements[1].added_enum_value, (AddedEnumValue{"m", "x"}));
}

TEST(Script, ARepeatMarkChangesNeitherTextNorChecksum) {
  const std::string sql = "select 1;\n-- migrate:repeat max_rows=9\ndelete from t;";
  const PreparedScript script = good(sql);
  EXPECT_EQ(script.sql, sql);
  EXPECT_EQ(script.checksum, good("select 1; delete from t").checksum);
  EXPECT_FALSE(script.statements[0].repeat);
  ASSERT_TRUE(script.statements[1].repeat);
  EXPECT_EQ(script.statements[1].repeat->max_rows, 9);
}

struct BadScript {
  std::string what;
  std::string sql;
  const char* sqlstate;
  int line;
  int column;
  std::string message;
};

class BadScripts : public ::testing::TestWithParam<BadScript> {};

TEST_P(BadScripts, AreRefusedWithTheirPlace) {
  const PreparedScript script = prepare(GetParam().sql);
  ASSERT_EQ(script.faults.size(), 1U) << ::testing::PrintToString(script.faults.size());
  const ScriptFault& fault = script.faults.front();
  EXPECT_THAT(fault.message, HasSubstr(GetParam().message));
  EXPECT_STREQ(fault.sqlstate.code, GetParam().sqlstate);
  EXPECT_EQ(fault.line, GetParam().line);
  EXPECT_EQ(fault.column, GetParam().column);
  EXPECT_FALSE(fault.hint.empty()) << fault.hint;
  EXPECT_THAT(script.checksum, IsEmpty());
  EXPECT_THAT(script.statements, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Script, BadScripts,
    ::testing::Values(BadScript{"syntax", "select 1;\n-- é\n  select 'é' foo bar", "42601", 3, 18,
                                "syntax error at or near \"bar\""},
                      BadScript{"end_of_input", "select 'é' where", "42601", 1, 17, "syntax error at end of input"},
                      BadScript{"open_quote", "select 1;\nselect 'é", "42601", 2, 8, "unterminated quoted string"},
                      BadScript{"open_dollar", "select 1;\ndo $x$ é $$", "42601", 2, 4, "unterminated dollar-quoted string"},
                      BadScript{"open_comment", "/* é", "42601", 1, 1, "unterminated /* comment"},
                      BadScript{"reference", "alter table t add foo", "42601", 1, 22, "end of input"},
                      BadScript{"psql_variable", "select :name", "42601", 1, 8, "syntax error at or near \":\""},
                      BadScript{"repeat", "select 1;\n-- migrate:repeat\nselect 'é'", "MG009", 2, 1, "cannot be repeated: \"select 'é'\""},
                      BadScript{"begin", "BEGIN; select 1", "MG009", 1, 1, "transaction control in a script: \"BEGIN\""},
                      BadScript{"commit", "select 1;\n commit", "MG009", 2, 2, "transaction control in a script: \"commit\""},
                      BadScript{"savepoint", "begin; savepoint a; commit", "MG009", 1, 8, "\"savepoint a\""},
                      BadScript{"rollback", "select 1; rollback", "MG009", 1, 11, "rollback"},
                      BadScript{"prepared", "commit prepared 'x'", "MG009", 1, 1, "commit prepared"},
                      BadScript{"copy", "select 1;\n/* é */ COPY t FROM stdin;\n", "MG009", 2, 9, "COPY from or to the client"},
                      BadScript{"copy_with_data", "select 1;\n/* é */ COPY t (a) FROM stdin;\n1\tit's\n\\.\n", "MG009", 2, 9,
                                "COPY from or to the client"},
                      BadScript{"copy_without_rows", "COPY t FROM stdin;\n\\.\n", "MG009", 1, 1, "COPY from or to the client"},
                      BadScript{"copy_to", "copy (select 1) to stdout", "MG009", 1, 1, "COPY from or to the client"},
                      BadScript{"escape", "select U&'é\\zz'", "42601", 1, 12, "invalid Unicode escape"},
                      BadScript{"meta", "select 1;\n\\d é", "MG009", 2, 1, "psql meta-command \"\\d é\""},
                      BadScript{"meta_after_text", "select 'é' \\gexec\n", "MG009", 1, 12, "psql meta-command \"\\gexec\""},
                      BadScript{"meta_copy", "\\copy t from 'x'", "MG009", 1, 1, "\\copy"},
                      BadScript{"restrict_mid_line", "select 1; \\restrict x", "MG009", 1, 11, "\\restrict"},
                      BadScript{"connect", "\\connect other\nselect 1", "MG009", 1, 1, "\\connect other"},
                      BadScript{"nul", std::string("select\n '\0'", 11), "MG009", 2, 3, "NUL byte"},
                      BadScript{"not_utf8", "select 'é\xE9'", "MG009", 1, 10, "byte 0xe9 is not UTF-8"},
                      BadScript{"too_big", std::string(max_script_bytes + 1, ' '), "54000", 1, 1,
                                "16777217 bytes is larger than the limit of 16777216 bytes"},
                      BadScript{"deep", std::string(50000, '('), "42601", 1, 9999, "memory exhausted"}),
    [](const auto& each) { return each.param.what; });

TEST(Script, ReportsAllFaultsOfAScriptThatParses) {
  const PreparedScript script =
      prepare("begin;\nselect 1;\ncommit;\nbegin isolation level serializable;\ncopy t from stdin;\nend");
  std::vector<int> lines;
  for (const ScriptFault& fault : script.faults) lines.push_back(fault.line);
  EXPECT_THAT(lines, ElementsAre(3, 4, 5));
}

TEST(Script, FaultsMoveToTheirLineOfTheFile) {
  const PreparedScript script = prepare("select 1;\n foo");
  const FileFault fault = in_file(script.faults.at(0), Script{"", Transaction::allowed, 10}, "a.sql");
  EXPECT_EQ(fault.line, 11);
  EXPECT_EQ(fault.column, 2);
  EXPECT_EQ(fault.file, "a.sql");
}

std::filesystem::path shared_data() {
  const char* named = std::getenv("STRATA_SHARED");
  return named != nullptr ? named : "../shared";
}

TEST(Corpora, LoadAndComeBack) {
  const std::filesystem::path corpora = shared_data() / "corpora";
  if (!std::filesystem::is_directory(corpora)) GTEST_SKIP() << "skipped: no shared data";
  std::size_t files = 0;
  std::vector<std::string> bad_downgrades;
  for (const char* name : {"cratesio", "concourse", "docsrs", "graphnode"}) {
    for (const auto& entry : std::filesystem::directory_iterator(corpora / name)) {
      if (entry.path().extension() != ".sql") continue;
      ++files;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      FileFaults faults;
      const auto revision = parse_file(text.str(), entry.path().filename().string(), faults);
      for (const FileFault& fault : faults) ADD_FAILURE() << entry.path() << ":" << fault.line << ": " << fault.message;
      if (!revision) continue;
      const PreparedScript upgrade = prepare(revision->upgrade.sql);
      for (const ScriptFault& fault : upgrade.faults) ADD_FAILURE() << entry.path() << ": " << fault.message;
      if (revision->downgrade) {
        const PreparedScript downgrade = prepare(revision->downgrade->sql);
        if (!downgrade.faults.empty()) bad_downgrades.push_back(std::string(name) + "/" + entry.path().filename().string());
      }
      FileFaults again_faults;
      const auto again = parse_file(print_file(*revision), "", again_faults);
      ASSERT_TRUE(again) << entry.path();
      EXPECT_EQ(again->lineage, revision->lineage);
      EXPECT_EQ(again->message, revision->message);
      EXPECT_EQ(again->upgrade.sql, revision->upgrade.sql);
      EXPECT_EQ(again->downgrade.has_value(), revision->downgrade.has_value());
      if (again->downgrade && revision->downgrade) { EXPECT_EQ(again->downgrade->sql, revision->downgrade->sql); }
    }
  }
  EXPECT_EQ(files, 598U);
  // Mistakes of the products themselves.
  EXPECT_THAT(bad_downgrades, ::testing::UnorderedElementsAre("cratesio/20170318181441_downloads_need_no_id.sql",
                                                              "graphnode/20201215000000_remove_nested_templates.sql",
                                                              "graphnode/20210224051050_dds_remove_unused_columns.sql",
                                                              "graphnode/20210324220541_deployment_schemas_deployment_shard.sql",
                                                              "graphnode/20221013000000_track_processed_data_source.sql",
                                                              "graphnode/20231215182102_add_first_last_fn.sql"));
}

TEST(Script, TicksBetweenStatementsSoThatALongOneCanBeEnded) {
  int ticks = 0;
  prepare("select 1; select 2; select 3", [&] { ++ticks; });
  EXPECT_EQ(ticks, 3);
  EXPECT_THROW(prepare("select 1; select 2", [] { throw Error(sqlstate::internal, "enough"); }), Error);
}

}  // namespace
}  // namespace strata
