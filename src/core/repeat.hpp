// repeat.hpp - the options of `-- migrate:repeat`: how a statement is repeated until it affects no row.
//
// Values only; which statement a mark belongs to is parse/repeat.hpp. The surprise: without max_rows nothing ends a
// statement that always affects rows, such as an INSERT without WHERE or one whose WHERE finds the same rows again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

struct Repeat {
  int pause_ms = 100;                    // between two transactions
  std::optional<int> max_lag_ms;         // wait while a streaming standby is further behind
  std::optional<std::int64_t> max_rows;  // in all; more are an error
  bool operator==(const Repeat&) const = default;
};

struct RepeatFlaw {
  std::string message;
  std::string hint;
  bool operator==(const RepeatFlaw&) const = default;
};

struct ParsedRepeat {
  Repeat repeat;                  // of no use when there are flaws
  std::vector<RepeatFlaw> flaws;  // all of them, but ten at most
};

// Reads what follows `-- migrate:repeat` on its line, e.g. `pause=100ms max_lag=10s max_rows=1000000`.
ParsedRepeat parse_repeat(std::string_view options);

}  // namespace strata
