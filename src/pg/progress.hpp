// progress.hpp - tells other sessions where a deploy stands, without writing anything.
//
// Numbers travel in the tags of shared session-level advisory locks, which pg_locks shows to everybody at once, committed or
// not, and which go with the backend; migrate_progress() reads them. The surprise: application_name in pg_stat_activity shows it too, but
// the setting of that name is not touched.
#pragma once

#include <cstdint>
#include <string>

namespace strata::pg {

enum class State { starting, running, retrying, building_index, backfilling, pausing, waiting_for_standby };
const char* name_of(State);

// One at a time; withdraws everything at its end.
class Progress {
 public:
  explicit Progress(int steps);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin_step(int step, const std::string& revision);
  void begin_statement(int statement, int statements);
  void set_state(State state);
  void set_rows(std::uint64_t rows);
  // A script may have released all advisory locks of the session.
  void renew();

 private:
  // In the order of LockClass.
  enum Fact : int { revision, step, statement, rows, state, facts };
  void tell(Fact fact, std::uint64_t value);
  void withdraw(Fact fact);
  void show() const;

  int steps_;
  int step_ = 0;
  std::string revision_;
  State state_ = State::starting;
  std::uint64_t told_[facts] = {};
  bool is_told_[facts] = {};
};

}  // namespace strata::pg
