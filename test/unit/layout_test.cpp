// Directories of other tools: what is recognised, in which order, and what is refused.
#include "core/layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/version.hpp"

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedLayout load(const std::vector<SourceFile>& files) { return load_layout(files); }

// "id<-parent" of each revision.
std::vector<std::string> lineage_of(const LoadedLayout& loaded) {
  std::vector<std::string> lines;
  for (const Revision& revision : loaded.revisions)
    lines.push_back(revision.lineage.id + "<-" +
                    (revision.lineage.down_revision.empty() ? "" : revision.lineage.down_revision.front()));
  return lines;
}

std::vector<std::string> messages_of(const LoadedLayout& loaded) {
  std::vector<std::string> messages;
  for (const FileFault& fault : loaded.faults) messages.push_back(fault.file + ": " + fault.message);
  return messages;
}

const std::string dbmate_text = "-- migrate:up\nselect 1;\n\n-- migrate:down\n";
const std::string our_text = "-- revision: a\n-- migrate:up\nselect 1;\n";

TEST(Layout, NothingFromNothing) {
  const LoadedLayout loaded = load({});
  EXPECT_FALSE(loaded.layout);
  EXPECT_THAT(loaded.faults, IsEmpty());
}

TEST(Layout, OursIsKnownByItsHeaderWhateverItsName) {
  const LoadedLayout loaded =
      load({{"V1__x.sql", our_text}, {"1_x.up.sql", "-- revision: b\n-- down_revision: a\n-- migrate:up\n"}});
  EXPECT_EQ(loaded.layout, Layout::strata);
  EXPECT_THAT(lineage_of(loaded), ElementsAre("a<-", "b<-a"));
  EXPECT_THAT(loaded.downgrade_files, ElementsAre("V1__x.sql", "1_x.up.sql"));
}

TEST(Layout, DbmateIsALineInNumericOrder) {
  const LoadedLayout loaded =
      load({{"db/20_add_users.sql", dbmate_text}, {"db/3_first.sql", dbmate_text}, {"db/100.sql", dbmate_text}});
  EXPECT_THAT(messages_of(loaded), IsEmpty());
  EXPECT_EQ(loaded.layout, Layout::dbmate);
  EXPECT_THAT(lineage_of(loaded), ElementsAre("3<-", "20<-3", "100<-20"));
  EXPECT_EQ(loaded.revisions[1].message, "add users");
  EXPECT_EQ(loaded.revisions[1].file, "db/20_add_users.sql");
  EXPECT_EQ(loaded.revisions[1].downgrade->sql, "");
}

TEST(Layout, CommentsThatLookLikeKeysAreFineAboveTheSectionsOfDbmate) {
  const LoadedLayout loaded = load({{"1_x.sql", "-- author: me\n" + dbmate_text}});
  EXPECT_THAT(messages_of(loaded), IsEmpty());
}

TEST(Layout, GolangMigratePairsUpAndDown) {
  const LoadedLayout loaded = load({{"000002_b.down.sql", "drop b;"},
                                    {"000002_b.up.sql", "\ncreate b;\n"},
                                    {"000001_a.up.sql", "create a;"},
                                    {"000010_c.up.sql", ""}});
  EXPECT_THAT(messages_of(loaded), IsEmpty());
  EXPECT_EQ(loaded.layout, Layout::golang_migrate);
  EXPECT_THAT(lineage_of(loaded), ElementsAre("000001<-", "000002<-000001", "000010<-000002"));
  EXPECT_THAT(loaded.downgrade_files, ElementsAre("000001_a.up.sql", "000002_b.down.sql", "000010_c.up.sql"));
  EXPECT_FALSE(loaded.revisions[0].downgrade);
  EXPECT_EQ(loaded.revisions[1].upgrade, (Script{"create b;", Transaction::allowed, 2}));
  EXPECT_EQ(loaded.revisions[1].downgrade->sql, "drop b;");
}

TEST(Layout, FlywayVersionsAreDottedNumbers) {
  const LoadedLayout loaded =
      load({{"V1_10__ten.sql", ""}, {"V1_9__nine_of_them.sql", "x"}, {"V2.0__two.sql", ""}, {"U1_9__nine.sql", "undo"}});
  EXPECT_THAT(messages_of(loaded), IsEmpty());
  EXPECT_EQ(loaded.layout, Layout::flyway);
  EXPECT_THAT(lineage_of(loaded), ElementsAre("1.9<-", "1.10<-1.9", "2.0<-1.10"));
  EXPECT_EQ(loaded.revisions[0].message, "nine of them");
  EXPECT_EQ(loaded.revisions[0].downgrade->sql, "undo");
  EXPECT_THAT(loaded.downgrade_files, ElementsAre("U1_9__nine.sql", "V1_10__ten.sql", "V2.0__two.sql"));
}

struct BadDirectory {
  std::string what;
  std::vector<SourceFile> files;
  std::string message;
};

class BadDirectories : public ::testing::TestWithParam<BadDirectory> {};

TEST_P(BadDirectories, AreRefused) {
  const LoadedLayout loaded = load(GetParam().files);
  ASSERT_EQ(loaded.faults.size(), 1U) << ::testing::PrintToString(messages_of(loaded));
  EXPECT_THAT(messages_of(loaded).front(), HasSubstr(GetParam().message));
  EXPECT_FALSE(loaded.faults.front().hint.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Layout, BadDirectories,
    ::testing::Values(
        BadDirectory{"ours_and_dbmate",
                     {{"a.sql", our_text}, {"1_x.sql", dbmate_text}},
                     "pg_strata (1 of them, such as \"a.sql\"), dbmate"},
        BadDirectory{"golang_and_flyway", {{"1_x.up.sql", ""}, {"V2__x.sql", ""}}, "several layouts"},
        BadDirectory{"down_without_up",
                     {{"1_x.down.sql", ""}, {"2_x.up.sql", ""}},
                     "1_x.down.sql: version 1 has a downgrade and no upgrade"},
        BadDirectory{"undo_without_version", {{"U1__x.sql", ""}, {"V2__x.sql", ""}}, "U1__x.sql: version 1 has a downgrade"},
        BadDirectory{"same_version",
                     {{"1_x.sql", dbmate_text}, {"01_y.sql", dbmate_text}},
                     "01_y.sql: version 01 is also that of \"1_x.sql\""},
        BadDirectory{"same_flyway_version", {{"V1__x.sql", ""}, {"V1.0__y.sql", ""}}, "version 1.0 is also that of"},
        BadDirectory{"repeatable", {{"V1__x.sql", ""}, {"R__view.sql", ""}}, "R__view.sql: repeatable migrations"},
        BadDirectory{"baseline", {{"V1__x.sql", ""}, {"B1__x.sql", ""}}, "B1__x.sql: baseline migrations"},
        BadDirectory{
            "placeholder", {{"V1__x.sql", "select 1;\n create table ${schema}.t()"}}, "placeholder of Flyway: \"${schema}\""},
        BadDirectory{"stray", {{"1_x.sql", dbmate_text}, {"schema.sql", "create table t();"}}, "schema.sql: not a revision file"},
        BadDirectory{"numbered_without_markers", {{"1_x.sql", "create table t();"}}, "1_x.sql: not a revision file"},
        BadDirectory{"flyway_single_underscore", {{"V1_x.sql", "create table t();"}}, "not a revision file"},
        BadDirectory{"flyway_bad_version", {{"V1__ok.sql", ""}, {"V1..2__x.sql", "select 1"}}, "not a revision file"},
        BadDirectory{"not_sql", {{"README.md", "hello"}}, "not a revision file"},
        BadDirectory{"markers_without_version", {{"x.sql", dbmate_text}}, "\"revision\" is missing"},
        BadDirectory{"our_marker_in_a_plain_script", {{"1_x.up.sql", "select 1;\n-- migrate:down\n"}}, "line of a revision file"},
        BadDirectory{"name_not_utf8", {{"1_\xFF.up.sql", ""}}, "file name is not UTF-8"}),
    [](const auto& each) { return each.param.what; });

TEST(Layout, AllFaultsOfADirectoryAreReported) {
  const LoadedLayout loaded =
      load({{"1_x.sql", "-- migrate:up bad\n"}, {"2_y.sql", "-- migrate:up\n-- migrate:what\n"}, {"z.sql", "select"}});
  EXPECT_EQ(loaded.faults.size(), 3U);
}

TEST(Layout, AFileThatCannotBeReadKeepsItsPlaceInTheLine) {
  const LoadedLayout loaded = load({{"1_x.sql", dbmate_text}, {"2_y.sql", "-- migrate:up bad\n"}, {"3_z.sql", dbmate_text}});
  EXPECT_THAT(lineage_of(loaded), ElementsAre("1<-", "3<-2"));
}

TEST(Version, ComparesNumbersOfAnyLength) {
  EXPECT_LT(Version("1.9"), Version("1.10"));
  EXPECT_EQ(Version("01.2.0"), Version("1.2"));
  EXPECT_LT(Version("1"), Version("1.0.1"));
  EXPECT_LT(Version("0"), Version("1"));
  EXPECT_LT(Version("99999999999999999999999999"), Version("100000000000000000000000000"));
  EXPECT_FALSE(is_version(""));
  EXPECT_FALSE(is_version("1."));
  EXPECT_FALSE(is_version(".1"));
  EXPECT_FALSE(is_version("1a"));
  EXPECT_TRUE(is_version("1.2"));
}

}  // namespace
}  // namespace strata
