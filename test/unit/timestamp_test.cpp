#include "core/timestamp.hpp"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(CanonicalTimestamp, SpellsOneMomentOneWay) {
  for (const char* text : {"2026-01-15 10:00:00+00", "2026-01-15T10:00:00Z", "2026-01-15 10:00", "2026-01-15 12:00:00+02",
                           "2026-01-15 12:00:00+0200", "2026-01-15 12:00:00 +02:00", "2026-01-15 04:30:00-05:30", "2026-01-15 10:00:00.000"})
    EXPECT_EQ(canonical_timestamp(text), "2026-01-15 10:00:00+00") << text;
  EXPECT_EQ(canonical_timestamp("2026-01-15"), "2026-01-15 00:00:00+00");
  EXPECT_EQ(canonical_timestamp("2026-01-01 00:30+01"), "2025-12-31 23:30:00+00");
  EXPECT_EQ(canonical_timestamp("2024-02-29 23:59:59.123456"), "2024-02-29 23:59:59.123456+00");
  EXPECT_EQ(canonical_timestamp("2024-02-29 23:59:59.5"), "2024-02-29 23:59:59.500000+00");
}

TEST(CanonicalTimestamp, IsItsOwnFixedPoint) {
  const std::string once = *canonical_timestamp("1999-12-31T23:59:59.999999-12:00");
  EXPECT_EQ(canonical_timestamp(once), once);
}

TEST(CanonicalTimestamp, RefusesWhatIsNoTime) {
  for (const char* text : {"", " ", "yesterday", "2026", "2026-13-01", "2026-02-30", "2026-01-15 24:00", "2026-01-15 10:60", "2026-01-15 10",
                           "2026-01-15 10:00:00+99", "2026-01-15 10:00:00 UTC", "2026-01-15x", "0000-01-01", "2026-01-15 10:00:00.",
                           "0001-01-01 00:00+01", "9999-12-31 23:59-01", "2026-01-15 10:00:00+0", "2026-01-15 10:00+00:"})
    EXPECT_EQ(canonical_timestamp(text), std::nullopt) << text;
}

}  // namespace
}  // namespace strata
