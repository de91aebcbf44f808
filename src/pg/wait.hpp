// wait.hpp - what a statement of a deploy waits for, how long it may, and pauses that hold nothing.
//
// The server forgets which lock was waited for before it raises the error. The surprise: so a timer looks, from its signal
// handler, while the wait lasts, and the blockers are found out after the error.
#pragma once

#include <string>

#include "pg/boundary.hpp"

namespace strata::pg {

// One statement of a script: gives it a statement_timeout of its own, and notes what it waits for.
class StatementClock {
 public:
  enum class Limit { statement_timeout, none };
  explicit StatementClock(Limit limit);
  ~StatementClock();
  StatementClock(const StatementClock&) = delete;
  StatementClock& operator=(const StatementClock&) = delete;
};

// Stops the clock that the server has started for the CALL as a whole.
void stop_statement_timeout();

// Who holds the lock that was waited for last, one sentence each, as far as the caller may know; empty: nobody does any more.
std::string describe_last_blockers();
void forget_last_wait();

// Honours interrupts.
void sleep_for(int milliseconds);

}  // namespace strata::pg
