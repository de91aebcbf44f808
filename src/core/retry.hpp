// retry.hpp - which errors are worth another try, and how long to wait before it.
//
// The surprise: the pauses are jittered, so that two deploys, or a deploy and a job, that meet once do not meet again and again.
#pragma once

#include "core/error.hpp"

namespace strata {

// Errors of the moment: a lock not available in time (55P03), a deadlock (40P01), a serialization failure (40001).
bool is_passing(const SqlState& state);

// Milliseconds to wait before the retry with this number (from 1): about half of `lock_timeout_ms` at first, then twice as long each
// time, at most 30 s. `luck`, from 0 to 1, moves it between half and the whole.
int pause_before_retry(int number, int lock_timeout_ms, double luck);

}  // namespace strata
