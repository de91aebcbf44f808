#include "lint/rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lint/foreign_key_without_on_delete.hpp"
#include "parse/query.hpp"

namespace strata {
namespace {

constexpr std::array<Rule, 1> table{{
    {"foreign_key_without_on_delete",
     "say what a deletion of the parent does: ON DELETE CASCADE, SET NULL, RESTRICT or NO ACTION", foreign_key_without_on_delete},
}};

}  // namespace

std::span<const Rule> rules() { return table; }

std::vector<Finding> lint(const PreparedScript& script, const Tick& tick) {
  std::vector<Finding> findings;
  for (const Statement& statement : script.statements) {
    tick();
    const std::string_view text = std::string_view(script.sql).substr(statement.offset, statement.length);
    ScanResult result = scan(text);
    std::erase_if(result.tokens, [](const Token& token) { return token.kind == Token::Kind::comment; });
    std::vector<std::pair<const Rule*, Hit>> hits;
    for (const Rule& rule : table)
      for (Hit& hit : rule.find({text, result.tokens})) hits.emplace_back(&rule, std::move(hit));
    std::stable_sort(hits.begin(), hits.end(),
                     [](const auto& left, const auto& right) { return left.second.offset < right.second.offset; });
    int line = statement.line;
    std::size_t counted = 0;
    for (auto& [rule, hit] : hits) {
      if (findings.size() == max_findings) return findings;
      line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                          text.begin() + static_cast<std::ptrdiff_t>(hit.offset), '\n'));
      counted = hit.offset;
      findings.push_back(
          {std::string(rule->code), statement.offset + hit.offset, line, std::move(hit.message), std::string(rule->hint)});
    }
  }
  return findings;
}

}  // namespace strata
