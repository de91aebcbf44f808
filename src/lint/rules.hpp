// rules.hpp - the table of lint rules, and the one function that runs them all.
//
// A rule is a file of its own with one function over the tokens of one statement; it returns hits, and the table gives
// them their code and hint. Rules advise, they never refuse.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/token.hpp"
#include "lint/finding.hpp"
#include "parse/script.hpp"

namespace strata {

// One place in a statement; offset as in the TokenView.
struct Hit {
  std::size_t offset;
  std::string message;
};

struct Rule {
  std::string_view code;
  std::string_view hint;
  std::vector<Hit> (*find)(const TokenView& statement);  // comments already left out
};

std::span<const Rule> rules();

inline constexpr std::size_t max_findings = 1000;

// Findings of all rules in the order of the text, the first max_findings of them. Tokens are scanned again, one statement at a
// time.
std::vector<Finding> lint(const PreparedScript&, const Tick& tick = no_tick);

}  // namespace strata
