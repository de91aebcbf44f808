// Lint: each rule's hits and near misses, and the lines of its findings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lint/rules.hpp"

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int> lines_of(std::string_view sql) {
  const PreparedScript script = prepare(sql);
  EXPECT_THAT(script.faults, IsEmpty()) << sql;
  std::vector<int> lines;
  for (const Finding& finding : lint(script)) lines.push_back(finding.line);
  return lines;
}

TEST(Lint, RulesHaveCodesAndHints) {
  for (const Rule& rule : rules()) {
    EXPECT_FALSE(rule.code.empty());
    EXPECT_FALSE(rule.hint.empty());
  }
}

TEST(ForeignKeyWithoutOnDelete, FindsEachOfThem) {
  EXPECT_THAT(
      lines_of("create table t (a int references x,\n b int references s.y (id) on delete cascade,\n c int references z (id)\n"
               "  on update set null deferrable,\n foreign key (a, b) references w (c, d) match full);\nalter table t add "
               "foreign key (a) references v"),
      ElementsAre(1, 3, 5, 6));
  const PreparedScript script = prepare("select 1;\ncreate temp table t (a int references \"X y\".\"Z\" not null)");
  const std::vector<Finding> findings = lint(script);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].code, "foreign_key_without_on_delete");
  EXPECT_EQ(findings[0].line, 2);
  EXPECT_EQ(script.sql.substr(findings[0].offset, 10), "references");
  EXPECT_EQ(findings[0].message, "foreign key to \"\"X y\".\"Z\"\" does not say what a deletion does");
}

class NoHits : public ::testing::TestWithParam<const char*> {};

TEST_P(NoHits, AreLeftAlone) { EXPECT_THAT(lines_of(GetParam()), IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(
    ForeignKeyWithoutOnDelete, NoHits,
    ::testing::Values(
        "create table t (a int references x on delete no action)",
        "create table t (a int references x on update cascade on delete set null)",
        "create table t (a int references x (id) match simple on update no action on delete restrict deferrable)",
        "alter table t add constraint c foreign key (a) references x (b) on update set default on delete set default not valid",
        "grant references on t to public",
        "create trigger g after update on t referencing old table as o for each statement execute function f()",
        "create table t (a text default 'references x', \"references\" int) -- references x",
        "do $$ begin create table t (a int references x); end $$", "comment on table t is 'references x'",
        "alter table t add column a int references x /* say it */ on /* now */ delete cascade",
        "create table t (a int references x on delete set null (a))"));

TEST(Lint, IsBounded) {
  std::string sql = "create table t (a int";
  for (int index = 0; index < 3000; ++index) sql += "\n references x";
  const std::vector<Finding> findings = lint(prepare(sql + ")"));
  EXPECT_EQ(findings.size(), max_findings);
  EXPECT_EQ(findings.back().line, 1 + static_cast<int>(max_findings));
}

}  // namespace
}  // namespace strata
