// deadline.hpp - bounds how long a function may take, whatever statement_timeout says.
//
// Ends it as a cancel does (57014), with a hint that says which setting it was. The surprise: the timer's handler does what the server's own
// statement timeout does, because nothing else interrupts a statement that runs inside.
#pragma once

#include <functional>

namespace strata::pg {

// Runs body; 0 milliseconds: without a bound.
void with_deadline(int milliseconds, const std::function<void()>& body);

}  // namespace strata::pg
