// The lock that a generated statement takes on tables which are there before it.
#include "schema/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema_notation.hpp"

namespace strata::schema {
namespace {

LockLevel lock_of(const std::string& from, const std::string& to, const std::string& statement) {
  const Migration made = migrated(from, to);
  for (const Statement& one : made.statements)
    if (one.sql.starts_with(statement)) return one.lock;
  ADD_FAILURE() << "no statement begins with " << statement;
  return LockLevel::none;
}

constexpr const char* kA = "table a\ncolumn a.id: type integer\nconstraint a.pk: type p; definition PRIMARY KEY (id) < column a.id\n";
constexpr const char* kB = "table b\ncolumn b.id: type integer\n";
constexpr const char* kKey = "constraint b.fk: type f; definition FOREIGN KEY; references public.a < column b.id, constraint a.pk\n";

TEST(SchemaLocks, AForeignKeyLocksBothTables) {
  const std::string a = kA, b = kB, key = kKey;
  EXPECT_EQ(lock_of(a + b, a + b + key, "ALTER TABLE public.b ADD CONSTRAINT"), LockLevel::share_row_exclusive);
  EXPECT_EQ(lock_of(a, a + b + key, "ALTER TABLE public.b ADD CONSTRAINT"), LockLevel::share_row_exclusive) << "the table that it refers to is there";
  EXPECT_EQ(lock_of(b, a + b + key, "ALTER TABLE public.b ADD CONSTRAINT"), LockLevel::share_row_exclusive);
  EXPECT_EQ(lock_of("", a + b + key, "ALTER TABLE public.b ADD CONSTRAINT"), LockLevel::none);
}

TEST(SchemaLocks, ATableThatInheritsLocksItsParents) {
  const std::string parent = "table p\ncolumn p.a: type integer\n", heir = "table c: inherits public.p < table p\ncolumn c.a: type integer; inherited\n";
  EXPECT_EQ(lock_of(parent, parent + heir, "CREATE TABLE public.c"), LockLevel::share_update_exclusive);
  EXPECT_EQ(lock_of("", parent + heir, "CREATE TABLE public.c"), LockLevel::none);
}

TEST(SchemaLocks, APartitionLocksWhatIsThere) {
  const std::string parent = "table p: partition_key LIST (a)\ncolumn p.a: type integer\n", child = "table c\ncolumn c.a: type integer\n",
                    attached = "partition c: parent public.p; bound FOR VALUES IN (1) < table c, table p\n",
                    other = "table d\ncolumn d.a: type integer\npartition d: parent public.p; bound DEFAULT < table d, table p\n";
  const std::string attach = "ALTER TABLE ONLY public.p ATTACH PARTITION public.c";
  EXPECT_EQ(lock_of(parent, parent + child + attached, attach), LockLevel::share_update_exclusive);
  EXPECT_EQ(lock_of(parent + other, parent + other + child + attached, attach), LockLevel::access_exclusive) << "the default partition is read";
  EXPECT_EQ(lock_of(parent + child, parent + child + attached, attach), LockLevel::access_exclusive) << "the table that is attached";
  EXPECT_EQ(lock_of("", parent + child + attached, attach), LockLevel::none);
}

TEST(SchemaLocks, WhatIsNewOnANewTableLocksNobody) {
  const std::string index = "index a.i: definition CREATE INDEX i ON public.a USING btree (id) < column a.id\n";
  EXPECT_EQ(lock_of(kA, kA + index, "CREATE INDEX"), LockLevel::share);
  EXPECT_EQ(lock_of("", kA + index, "CREATE INDEX"), LockLevel::none);
  EXPECT_EQ(lock_of(kA, std::string(kA) + "column a.b: type integer\n", "ALTER TABLE public.a ADD COLUMN b"), LockLevel::access_exclusive);
}

}  // namespace
}  // namespace strata::schema
