#include "core/standby_lag.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr std::size_t most_marks = 1000;

}  // namespace

void StandbyLag::written(std::uint64_t position, std::int64_t time) {
  if (!marks_.empty() && marks_.back().position >= position) return;
  add({position, time});
  if (marks_.size() <= most_marks) return;
  gap_ = 2 * (marks_.back().time - marks_.front().time) / static_cast<std::int64_t>(most_marks) + 1;
  std::vector<Mark> closer;
  std::swap(closer, marks_);
  for (const Mark& mark : closer) add(mark);
}

// What comes soon after a mark counts as written at its time: the lag is overstated by less than the gap, never understated.
void StandbyLag::add(const Mark& mark) {
  if (!marks_.empty() && mark.time - marks_.back().time < gap_) marks_.back().position = mark.position;
  else marks_.push_back(mark);
}

std::int64_t StandbyLag::lag_of(std::uint64_t replayed, std::int64_t now) const {
  const auto first = std::upper_bound(marks_.begin(), marks_.end(), replayed, [](std::uint64_t value, const Mark& mark) { return value < mark.position; });
  return first == marks_.end() ? 0 : std::max<std::int64_t>(now - first->time, 0);
}

}  // namespace strata
