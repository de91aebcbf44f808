// Which errors pass by themselves, how long to wait for that; how far a standby is behind.
#include "core/retry.hpp"

#include <gtest/gtest.h>

#include "core/standby_lag.hpp"

namespace strata {
namespace {

TEST(Retry, OnlyErrorsOfTheMomentPass) {
  for (const SqlState& state : {SqlState{"55P03"}, SqlState{"40P01"}, SqlState{"40001"}}) EXPECT_TRUE(is_passing(state)) << state.code;
  for (const SqlState& state : {SqlState{"57014"}, SqlState{"57P01"}, SqlState{"42P07"}, SqlState{"23505"}, SqlState{"55006"}, SqlState{"00000"}})
    EXPECT_FALSE(is_passing(state)) << state.code;
}

TEST(Retry, PausesGrowToABound) {
  EXPECT_EQ(pause_before_retry(1, 2000, 0), 1000);
  EXPECT_EQ(pause_before_retry(1, 2000, 1), 2000);
  EXPECT_EQ(pause_before_retry(2, 2000, 0), 2000);
  EXPECT_EQ(pause_before_retry(3, 2000, 1), 8000);
  EXPECT_EQ(pause_before_retry(9, 2000, 1), 30'000);
  EXPECT_EQ(pause_before_retry(9, 2000, 0), 15'000);
  for (int number = 1; number < 40; number++) EXPECT_LE(pause_before_retry(number, 2000, 0), pause_before_retry(number + 1, 2000, 0));
}

TEST(Retry, NoInputMakesAPauseStrange) {
  for (const int number : {-5, 0, 1, 1'000'000'000})
    for (const int timeout : {-1, 0, 1, 2'147'483'647})
      for (const double luck : {-1.0, 0.0, 0.5, 1.0, 7.0}) {
        const int pause = pause_before_retry(number, timeout, luck);
        EXPECT_GE(pause, 10) << number << ' ' << timeout << ' ' << luck;
        EXPECT_LE(pause, 30'000) << number << ' ' << timeout << ' ' << luck;
      }
}

TEST(StandbyLag, NothingWrittenIsNoLag) {
  EXPECT_EQ(StandbyLag().lag_of(0, 1000), 0);
}

TEST(StandbyLag, CountsFromTheFirstThingNotReplayed) {
  StandbyLag lag;
  lag.written(100, 10);
  lag.written(200, 20);
  lag.written(300, 30);
  EXPECT_EQ(lag.lag_of(0, 50), 40);
  EXPECT_EQ(lag.lag_of(99, 50), 40);
  EXPECT_EQ(lag.lag_of(100, 50), 30);
  EXPECT_EQ(lag.lag_of(299, 50), 20);
  EXPECT_EQ(lag.lag_of(300, 50), 0);
  EXPECT_EQ(lag.lag_of(1000, 50), 0);
}

TEST(StandbyLag, TheSamePositionLaterIsNoNewThing) {
  StandbyLag lag;
  lag.written(100, 10);
  lag.written(100, 40);
  EXPECT_EQ(lag.lag_of(0, 50), 40);
  EXPECT_EQ(lag.lag_of(100, 50), 0);
}

TEST(StandbyLag, AClockThatGoesBackIsNoNegativeLag) {
  StandbyLag lag;
  lag.written(100, 10);
  EXPECT_EQ(lag.lag_of(0, 5), 0);
}

TEST(StandbyLag, ManyMarksStayFewAndNearTheTruth) {
  StandbyLag lag;
  for (int i = 1; i <= 100'000; i++) lag.written(static_cast<std::uint64_t>(i) * 10, i);
  EXPECT_EQ(lag.lag_of(1'000'000, 100'000), 0);
  EXPECT_GT(lag.lag_of(999'999, 100'001), 0);
  const std::int64_t behind = lag.lag_of(500'000, 100'000);  // what was written after 50,000
  EXPECT_GE(behind, 49'999);
  EXPECT_LE(behind, 50'500);
  EXPECT_EQ(lag.lag_of(0, 100'000), 99'999);
}

}  // namespace
}  // namespace strata
