// target.hpp - Alembic's grammar for naming revisions, parsed without a graph.
//
//   target := [label "@"] [symbol] [("+"|"-") digits]        range := [target] ":" [target]
//   symbol := "head" | "heads" | "base" | "current" | id | prefix | label
//
// A Target is a value; what it means in a graph is said by resolve.hpp. The surprise: "label@2" names a revision "2",
// only a sign makes a number relative.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace strata {

enum class Symbol { none, head, heads, base, current, name };

struct Target {
  std::string text;   // as typed, for messages
  std::string label;  // before "@"; empty: none
  Symbol symbol = Symbol::none;
  std::string name;          // the id, prefix or label when symbol is `name`
  std::optional<int> steps;  // +2, -1; "+0" and "-0" are both 0
  bool operator==(const Target&) const = default;

  bool is_relative() const { return steps.has_value(); }
  // "+2" and "current+2" both count from the version rows.
  bool counts_from_current() const { return is_relative() && (symbol == Symbol::none || symbol == Symbol::current); }
};

// Either side may be left out: "a:", ":b", ":".
struct Range {
  std::optional<Target> from;
  std::optional<Target> to;
  bool operator==(const Range&) const = default;
};

// Raises 22023 for text that is no target at all (empty, white space, "@", a range, a number out of range, not UTF-8) and
// MG001 for a name that no revision can have ("a+b").
Target parse_target(std::string_view text);

// Raises 22023 when there is not exactly one ":", otherwise as parse_target.
Range parse_range(std::string_view text);

// The target spelled from its parts: parse_target(print_target(t)) has the same parts as t.
std::string print_target(const Target&);

inline constexpr std::size_t longest_name = 255;  // bytes

// Why the text cannot be a revision id or a branch label ("is empty", "contains "@"", "is a reserved word"); empty: it can.
std::string flaw_of_name(std::string_view name);

}  // namespace strata
