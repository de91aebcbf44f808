// One statement at a time: what cannot run in a transaction block, and what only looks like it.
#include "parse/classify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "parse/query.hpp"

namespace strata {
namespace {

struct Tokens {
  std::string sql;
  ScanResult result;
  explicit Tokens(std::string text) : sql(std::move(text)), result(scan(sql)) {
    EXPECT_FALSE(result.fault) << sql;
    if (const auto fault = split(sql).fault) ADD_FAILURE() << sql << ": " << fault->message;
  }
  TokenView view() const { return {sql, result.tokens}; }
};

class Outside : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Outside, CannotRunInATransaction) {
  const auto reason = reason_not_in_transaction(Tokens(GetParam().first).view());
  EXPECT_EQ(reason, std::string(GetParam().second) + " cannot run inside a transaction block") << GetParam().first;
}

INSTANTIATE_TEST_SUITE_P(
    Classify, Outside,
    ::testing::Values(
        std::pair("create index concurrently on t (a)", "CREATE INDEX CONCURRENTLY"),
        std::pair("/* x */ CREATE /* y */ UNIQUE INDEX Concurrently if not exists i on t (a)", "CREATE INDEX CONCURRENTLY"),
        std::pair("drop index concurrently if exists a, b", "DROP INDEX CONCURRENTLY"),
        std::pair("reindex table concurrently t", "REINDEX CONCURRENTLY"),
        std::pair("reindex index concurrently i", "REINDEX CONCURRENTLY"),
        std::pair("reindex (verbose, concurrently) table t", "REINDEX CONCURRENTLY"),
        std::pair("reindex (concurrently true, verbose) index i", "REINDEX CONCURRENTLY"),
        std::pair("reindex schema s", "REINDEX SCHEMA"), std::pair("reindex database d", "REINDEX DATABASE"),
        std::pair("reindex (concurrently off) system d", "REINDEX SYSTEM"),
        std::pair("reindex schema concurrently s", "REINDEX SCHEMA"), std::pair("vacuum", "VACUUM"),
        std::pair("vacuum (analyze) t", "VACUUM"), std::pair("vacuum full t", "VACUUM"),
        std::pair("create database d", "CREATE DATABASE"), std::pair("drop database if exists d", "DROP DATABASE"),
        std::pair("alter database d set tablespace x", "ALTER DATABASE SET TABLESPACE"),
        std::pair("alter database d with tablespace = x", "ALTER DATABASE SET TABLESPACE"),
        std::pair("create tablespace x location '/x'", "CREATE TABLESPACE"), std::pair("drop tablespace x", "DROP TABLESPACE"),
        std::pair("alter system set work_mem = '1MB'", "ALTER SYSTEM"), std::pair("alter system reset all", "ALTER SYSTEM"),
        std::pair("cluster", "CLUSTER"), std::pair("cluster verbose", "CLUSTER"),
        std::pair("alter table only a.t detach partition b.p concurrently", "ALTER TABLE ... DETACH CONCURRENTLY"),
        std::pair("alter table if exists t detach partition p concurrently", "ALTER TABLE ... DETACH CONCURRENTLY"),
        std::pair("discard all", "DISCARD ALL"),
        std::pair("create subscription s connection 'x' publication p", "CREATE SUBSCRIPTION ... WITH (create_slot = true)"),
        std::pair("create subscription s connection 'x' publication p with (enabled = false)",
                  "CREATE SUBSCRIPTION ... WITH (create_slot = true)"),
        std::pair("create subscription s connection 'x' publication p with (create_slot)",
                  "CREATE SUBSCRIPTION ... WITH (create_slot = true)"),
        std::pair("drop subscription s", "DROP SUBSCRIPTION"),
        std::pair("alter subscription s refresh publication", "ALTER SUBSCRIPTION ... REFRESH"),
        std::pair("alter subscription s set publication p", "ALTER SUBSCRIPTION with refresh"),
        std::pair("alter subscription s add publication p with (refresh = on)", "ALTER SUBSCRIPTION with refresh"),
        std::pair("alter subscription s drop publication p with (copy_data = false)", "ALTER SUBSCRIPTION with refresh"),
        std::pair("alter subscription s set (failover = true)", "ALTER SUBSCRIPTION ... SET (failover)")));

class Inside : public ::testing::TestWithParam<const char*> {};

TEST_P(Inside, RunsInATransaction) {
  EXPECT_EQ(reason_not_in_transaction(Tokens(GetParam()).view()), std::nullopt) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    Classify, Inside,
    ::testing::Values(
        "create index concurrently_idx on t (a)", "create index \"concurrently\" on t (a)",
        "create index on t (a) where b = 'concurrently'", "drop index \"concurrently\"",
        "create index i on t (a) -- concurrently", "refresh materialized view concurrently v",
        "create table database (tablespace int)", "create table vacuum (a int)", "select 'vacuum'", "analyze t",
        "reindex table t", "reindex (concurrently false) index i", "reindex (concurrently, concurrently off) table t",
        "reindex table \"concurrently\"", "cluster t using i", "cluster verbose t", "cluster (verbose) t",
        "alter table t detach partition p", "alter table t detach partition p finalize",
        "alter table t detach partition \"concurrently\"", "alter table t attach partition p default",
        "alter table detach add column partition int", "alter database d set search_path = x",
        "alter database d rename to tablespace", "alter database d owner to tablespace", "alter database d connection limit 3",
        "alter tablespace x rename to y", "discard plans", "discard temp", "checkpoint", "load 'x'", "alter type t add value 'x'",
        "alter table t set tablespace x", "create subscription s connection 'x' publication p with (connect = false)",
        "create subscription s connection 'x' publication p with (enabled = false, create_slot = 'off', slot_name = none)",
        "alter subscription s set publication p with (refresh = false)", "alter subscription s disable",
        "alter subscription s set (slot_name = none)", "alter subscription s rename to refresh", "explain analyze select 1",
        "create schema s create index on t (a)", "create function f() returns void language plpgsql as $$begin vacuum; end$$",
        "do $$ begin execute 'drop database x'; end $$", "notify vacuum", "comment on database d is 'x'"));

// Syntax of PostgreSQL 17 that the parser of 15 does not know.
TEST(Classify, KnowsLaterSyntax) {
  const std::string sql = "cluster (verbose)";
  const ScanResult result = scan(sql);
  EXPECT_EQ(reason_not_in_transaction({sql, result.tokens}), "CLUSTER cannot run inside a transaction block");
}

TEST(Classify, TransactionControl) {
  const auto control = [](const char* sql) { return transaction_control(Tokens(sql).view()); };
  for (const char* sql : {"begin", "BEGIN work", "begin /* x */ transaction", "start transaction"})
    EXPECT_EQ(control(sql), TransactionControl::begin) << sql;
  for (const char* sql : {"commit", "end", "COMMIT WORK", "end transaction", "commit and no chain"})
    EXPECT_EQ(control(sql), TransactionControl::commit) << sql;
  for (const char* sql : {"rollback", "abort", "savepoint a", "release a", "rollback to a", "prepare transaction 'x'",
                          "commit prepared 'x'", "rollback prepared 'x'", "begin isolation level serializable",
                          "start transaction read only", "commit and chain", "release savepoint a"})
    EXPECT_EQ(control(sql), TransactionControl::other) << sql;
  for (const char* sql : {"set transaction read only", "prepare transaction as select 1", "prepare x as select 1",
                          "select 1 as \"begin\"", "lock t", "create function f() returns int begin atomic select 1; end"})
    EXPECT_EQ(control(sql), TransactionControl::none) << sql;
}

TEST(Classify, CopyWithTheClient) {
  const auto copies = [](const char* sql) { return find_client_copy(Tokens(sql).view()).has_value(); };
  EXPECT_TRUE(copies("copy t from stdin"));
  EXPECT_TRUE(copies("COPY a.t (x, \"from\") FROM STDIN with (format csv)"));
  EXPECT_TRUE(copies("copy t to stdout"));
  EXPECT_TRUE(copies("copy (select * from stdin) to stdout"));
  EXPECT_TRUE(copies("copy binary t from stdin"));
  EXPECT_FALSE(copies("copy t from '/tmp/stdin'"));
  EXPECT_FALSE(copies("copy t from program 'cat stdin'"));
  EXPECT_FALSE(copies("copy (select * from stdin) to '/x'"));
  EXPECT_FALSE(copies("select 'copy t from stdin'"));
  EXPECT_FALSE(copies("copy \"from\" from '/x'"));
}

TEST(Classify, AddedEnumValues) {
  const auto added = [](const char* sql) { return added_enum_value(Tokens(sql).view()); };
  EXPECT_EQ(added("alter type mood add value 'ok'"), (AddedEnumValue{"mood", "ok"}));
  EXPECT_EQ(added("ALTER TYPE Public.\"Mo\"\"od\" ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'"),
            (AddedEnumValue{"public.Mo\"od", "it's"}));
  EXPECT_EQ(added("alter type mood rename value 'a' to 'b'"), std::nullopt);
  EXPECT_EQ(added("alter type mood add attribute a int"), std::nullopt);
  EXPECT_EQ(added("alter table mood add value int"), std::nullopt);
}

TEST(Classify, StringValues) {
  EXPECT_EQ(string_value("'a''b'"), "a'b");
  EXPECT_EQ(string_value("E'a'"), "a");
  EXPECT_EQ(string_value("$$a$$"), "a");
  EXPECT_EQ(string_value("$x$a$x$"), "a");
  EXPECT_EQ(string_value("''"), "");
  EXPECT_EQ(string_value("E'\\n'"), std::nullopt);
  EXPECT_EQ(string_value("'a'\n'b'"), std::nullopt);
  EXPECT_EQ(string_value("1"), std::nullopt);
  EXPECT_EQ(string_value("x'1'"), std::nullopt);
  EXPECT_EQ(string_value("'"), std::nullopt);
  EXPECT_EQ(string_value("$"), std::nullopt);
  EXPECT_EQ(string_value(""), std::nullopt);
}

}  // namespace
}  // namespace strata
