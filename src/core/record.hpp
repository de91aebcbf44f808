// record.hpp - the DDL that a session has typed, as a value: what is kept of it when transactions end, and the script it becomes.
//
// A statement counts from the (sub)transaction in which it has run, and goes when that is rolled back; so do the beginning and the end of
// the recording. The surprise: one statement can announce itself many times (a DO block runs much DDL) and is kept once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata {

inline constexpr std::size_t max_recorded_bytes = std::size_t{16} * 1024 * 1024;

// Settings that change what DDL means, each with its value as SQL (what stands behind SET name =).
using RecordedSettings = std::vector<std::pair<std::string, std::string>>;

// Says of two announcements whether they are of the same statement of the client.
struct StatementId {
  std::uint64_t run = 0;    // one message of the client
  std::int64_t place = -1;  // of the statement among those of the message
  bool operator==(const StatementId&) const = default;
};

class Recording {
 public:
  using Level = std::uint32_t;  // a (sub)transaction; 0: committed

  bool is_on() const { return started_ && !stopped_; }
  bool is_stopped() const { return stopped_.has_value(); }  // in a transaction that is still open
  bool is_empty() const { return statements_.empty(); }
  // Has anything happened in the transaction that is open?
  bool is_pending() const;

  // `usual`: the settings under which a revision begins to run.
  void start(Level level, RecordedSettings usual);
  void stop(Level level) { stopped_ = level; }
  bool has(const StatementId& id) const { return !statements_.empty() && statements_.back().id == id; }
  // `sql` without a final semicolon. Raises 54000 when all of it would be more than max_recorded_bytes.
  void add(const StatementId& id, Level level, std::string sql, RecordedSettings settings);

  void commit(Level level, Level parent);
  void abort(Level level);
  void commit();  // the whole transaction
  void abort();

  // The statements in order, with a SET wherever a setting is another one than for the statement before.
  std::string script() const;

 private:
  struct Statement {
    StatementId id;
    Level level;
    std::string sql;
    RecordedSettings settings;
    std::size_t size() const;
  };
  template <typename Test>
  void forget(Test is_gone);
  void clear() { *this = Recording(); }

  std::optional<Level> started_;
  std::optional<Level> stopped_;
  RecordedSettings usual_;
  std::vector<Statement> statements_;
  std::size_t bytes_ = 0;
};

}  // namespace strata
