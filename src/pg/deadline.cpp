#include "pg/deadline.hpp"

#include "pg/boundary.hpp"

extern "C" {
#include "storage/latch.h"
#include "utils/timeout.h"
}

namespace strata::pg {
namespace {

volatile bool is_over = false;

// Signal handler.
void end() {
  is_over = true;
  InterruptPending = true;
  QueryCancelPending = true;
  SetLatch(MyLatch);
}

TimeoutId timer() {
  static const TimeoutId id = call(RegisterTimeout, USER_TIMEOUT, &end);
  return id;
}

const char* advice(const ErrorData& report) {
  return report.sqlerrcode == ERRCODE_QUERY_CANCELED && is_over ? "It took longer than migrate.check_timeout; set that higher, or to 0." : nullptr;
}

class Timer {
 public:
  explicit Timer(int milliseconds) : id_(timer()) {
    is_over = false;
    if (milliseconds > 0) enable_timeout_after(id_, milliseconds);
  }
  ~Timer() { disable_timeout(id_, false); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  TimeoutId id_;
};

}  // namespace

void with_deadline(int milliseconds, const std::function<void()>& body) {
  const Timer running(milliseconds);
  with_advice(body, advice);
}

}  // namespace strata::pg
