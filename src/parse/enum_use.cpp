#include "parse/enum_use.hpp"

#include <algorithm>
#include <cctype>

#include "parse/query.hpp"

namespace strata {
namespace {

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

// ADD VALUE, with any white space between; a comment between is not worth a scan of every script.
bool may_add_value(std::string_view sql) {
  constexpr std::string_view add = "add", value = "value";
  for (std::size_t at = 0; at + add.size() + 1 + value.size() <= sql.size(); at++) {
    if (!equal_ignoring_case(sql.substr(at, add.size()), add)) continue;
    const std::size_t next = sql.find_first_not_of(" \t\r\n", at + add.size());
    if (next != std::string_view::npos && equal_ignoring_case(sql.substr(next, value.size()), value)) return true;
  }
  return false;
}

bool is_comment_statement(const TokenView& statement) {
  for (std::size_t i = 0; i < statement.tokens.size(); i++)
    if (statement.tokens[i].kind != Token::Kind::comment) return equal_ignoring_case(statement[i], "comment");
  return false;
}

}  // namespace

std::optional<EnumValueUse> EnumValueWatch::next(const PreparedScript& script) {
  for (std::size_t index = 0; index < script.statements.size(); index++) {
    const Statement& statement = script.statements[index];
    if (const auto& value = statement.added_enum_value; value) {
      added_.emplace(value->label, *value);
      continue;
    }
    if (added_.empty()) continue;
    const std::string_view text = std::string_view(script.sql).substr(statement.offset, statement.length);
    const ScanResult scanned = scan(text);
    const TokenView tokens{text, scanned.tokens};
    if (is_comment_statement(tokens)) continue;
    for (std::size_t i = 0; i < tokens.tokens.size(); i++) {
      if (tokens.tokens[i].kind != Token::Kind::constant) continue;
      const auto value = string_value(tokens[i]);
      if (!value) continue;
      if (const auto found = added_.find(*value); found != added_.end()) return EnumValueUse{index, found->second};
    }
  }
  return std::nullopt;
}

bool EnumValueWatch::concerns(std::string_view sql) const {
  return std::any_of(added_.begin(), added_.end(), [&](const auto& entry) { return sql.find(entry.first) != std::string_view::npos; }) ||
         may_add_value(sql);
}

}  // namespace strata
