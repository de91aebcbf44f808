#include "core/retry.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr double longest = 30'000;   // milliseconds
constexpr double shortest = 10;      // of the first pause, before luck
constexpr int most_doublings = 20;

}  // namespace

bool is_passing(const SqlState& state) {
  return state == sqlstate::lock_not_available || state == sqlstate::deadlock || state == sqlstate::serialization_failure;
}

int pause_before_retry(int number, int lock_timeout_ms, double luck) {
  double pause = std::max<double>(lock_timeout_ms, 2 * shortest);
  for (int i = 1; i < std::min(number, most_doublings); i++) pause *= 2;
  return static_cast<int>(std::min(pause, longest) * (0.5 + 0.5 * std::clamp(luck, 0.0, 1.0)));
}

}  // namespace strata
