// standby_lag.hpp - how far a standby is behind, from what was written here and when.
//
// The surprise: pg_stat_replication.replay_lag keeps its last value while a standby does not replay at all. What is known for sure is
// when this session had written how far: a standby that has not come so far yet is behind by the time since then.
#pragma once

#include <cstdint>
#include <vector>

namespace strata {

class StandbyLag {
 public:
  // The log had reached `position` at `time` (microseconds); both never go back.
  void written(std::uint64_t position, std::int64_t time);
  // Microseconds since the first thing written that a standby at `replayed` has not replayed; 0: it has all.
  std::int64_t lag_of(std::uint64_t replayed, std::int64_t now) const;

 private:
  struct Mark {
    std::uint64_t position;
    std::int64_t time;
  };
  void add(const Mark& mark);
  std::vector<Mark> marks_;  // a thousand at most
  std::int64_t gap_ = 0;     // marks are no closer than this
};

}  // namespace strata
