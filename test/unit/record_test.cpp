// Recorded DDL: what survives the end of (sub)transactions, and the script that it becomes.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/record.hpp"

using namespace strata;

namespace {

const RecordedSettings usual = {{"search_path", "public"}, {"check_function_bodies", "'on'"}};

Recording begun() {
  Recording recording;
  recording.start(1, usual);
  recording.commit();
  return recording;
}

void add(Recording& recording, const std::string& sql, Recording::Level level, const RecordedSettings& settings = usual) {
  static std::uint64_t run = 0;
  recording.add({++run, 0}, level, sql, settings);
}

}  // namespace

TEST(Record, KeepsWhatIsCommitted) {
  Recording recording = begun();
  add(recording, "a", 1);
  recording.commit();
  add(recording, "b", 1);
  recording.abort();
  add(recording, "c", 1);
  recording.commit();
  EXPECT_EQ(recording.script(), "a;\nc;\n");
  EXPECT_FALSE(recording.is_pending());
}

TEST(Record, FollowsSavepoints) {
  Recording recording = begun();
  add(recording, "a", 1);
  add(recording, "b", 2);  // savepoint x
  add(recording, "c", 3);  // savepoint y inside it
  recording.commit(3, 2);  // RELEASE y
  add(recording, "d", 1);
  recording.abort(2);  // ROLLBACK TO x
  add(recording, "e", 4);
  recording.commit(4, 1);
  recording.commit();
  EXPECT_EQ(recording.script(), "a;\nd;\ne;\n");
}

TEST(Record, AnAbortTakesReleasedSavepointsToo) {
  Recording recording = begun();
  add(recording, "a", 2);
  recording.commit(2, 1);
  EXPECT_TRUE(recording.is_pending());
  recording.abort();
  EXPECT_TRUE(recording.is_empty());
  EXPECT_TRUE(recording.is_on());
}

TEST(Record, TheBeginningIsRolledBack) {
  Recording recording;
  recording.start(1, usual);
  add(recording, "a", 1);
  recording.abort();
  EXPECT_FALSE(recording.is_on());
  recording.start(2, usual);
  recording.abort(2);
  EXPECT_FALSE(recording.is_on());
  recording.start(2, usual);
  recording.commit(2, 1);
  recording.abort();
  EXPECT_FALSE(recording.is_on());
}

TEST(Record, TheEndIsRolledBack) {
  Recording recording = begun();
  add(recording, "a", 1);
  recording.commit();
  recording.stop(1);
  EXPECT_FALSE(recording.is_on());
  EXPECT_TRUE(recording.is_stopped());
  recording.abort();
  EXPECT_TRUE(recording.is_on());
  EXPECT_EQ(recording.script(), "a;\n");
  recording.stop(3);
  recording.abort(3);
  EXPECT_TRUE(recording.is_on());
  recording.stop(3);
  recording.commit(3, 1);
  recording.commit();
  EXPECT_FALSE(recording.is_on());
  EXPECT_FALSE(recording.is_stopped());
  EXPECT_TRUE(recording.is_empty());
}

TEST(Record, OneStatementIsKeptOnce) {
  Recording recording = begun();
  EXPECT_FALSE(recording.has({7, 0}));
  recording.add({7, 0}, 1, "DO", usual);
  EXPECT_TRUE(recording.has({7, 0}));
  EXPECT_FALSE(recording.has({7, 9}));
  recording.abort(1);
  EXPECT_FALSE(recording.has({7, 0})) << "rolled back, it may come again";
}

TEST(Record, SaysWhichSettingsHaveChanged) {
  Recording recording = begun();
  const RecordedSettings app = {{"search_path", "app, public"}, {"check_function_bodies", "'off'"}};
  add(recording, "a", 1);
  add(recording, "b", 1, app);
  add(recording, "c", 1, app);
  add(recording, "d", 1);
  EXPECT_EQ(recording.script(), "a;\nSET search_path = app, public;\nSET check_function_bodies = 'off';\nb;\nc;\nSET search_path = public;\n"
                                "SET check_function_bodies = 'on';\nd;\n");
}

TEST(Record, HasALimit) {
  Recording recording = begun();
  const std::string half(max_recorded_bytes / 2, 'x');
  add(recording, half, 1);
  EXPECT_THROW(add(recording, half, 1), Error);
  recording.abort();
  EXPECT_NO_THROW(add(recording, half, 1)) << "what is rolled back does not count";
}
