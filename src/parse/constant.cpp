// The part of classify.hpp that looks at string constants and enum values.
#include <algorithm>

#include "parse/classify.hpp"
#include "parse/cursor.hpp"

namespace strata {
namespace {

char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte; }

std::string without_doubled(std::string_view text, char quote) {
  std::string value;
  for (std::size_t index = 0; index < text.size(); ++index) {
    value += text[index];
    if (text[index] == quote) ++index;
  }
  return value;
}

std::string name_value(const Cursor& cursor) {
  std::string_view text = cursor.text();
  if (cursor.kind() == Token::Kind::quoted_name && text.size() >= 2 && text.starts_with('"'))
    return without_doubled(text.substr(1, text.size() - 2), '"');
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  return folded;
}

std::string take_type(Cursor& cursor) {
  std::string type;
  while (cursor.is_name()) {
    type += name_value(cursor);
    cursor.advance();
    if (!cursor.take_symbol(".")) break;
    type += '.';
  }
  return type;
}

std::optional<std::string> dollar_value(std::string_view constant) {
  const std::size_t tag_end = constant.find('$', 1);
  if (tag_end == std::string_view::npos || constant.size() < 2 * (tag_end + 1)) return std::nullopt;
  return std::string(constant.substr(tag_end + 1, constant.size() - 2 * (tag_end + 1)));
}

}  // namespace

std::optional<std::string> string_value(std::string_view constant) {
  if (constant.starts_with('$')) return dollar_value(constant);
  const bool escapes = constant.starts_with('E') || constant.starts_with('e');
  if (escapes) {
    if (constant.find('\\') != std::string_view::npos) return std::nullopt;
    constant.remove_prefix(1);
  }
  if (constant.size() < 2 || !constant.starts_with('\'') || !constant.ends_with('\'')) return std::nullopt;
  const std::string_view inner = constant.substr(1, constant.size() - 2);
  // A lone quote is the seam of a constant written in parts.
  for (std::size_t index = inner.find('\''); index != std::string_view::npos; index = inner.find('\'', index + 2))
    if (inner.substr(index, 2) != "''") return std::nullopt;
  return without_doubled(inner, '\'');
}

std::optional<AddedEnumValue> added_enum_value(const TokenView& statement) {
  Cursor cursor(statement);
  if (!cursor.take("alter") || !cursor.take("type")) return std::nullopt;
  AddedEnumValue added;
  added.type = take_type(cursor);
  if (!cursor.take("add") || !cursor.take("value")) return std::nullopt;
  if (cursor.take("if")) {
    cursor.take("not");
    cursor.take("exists");
  }
  if (!cursor.is_constant()) return std::nullopt;
  const std::optional<std::string> label = string_value(cursor.text());
  if (!label) return std::nullopt;
  added.label = *label;
  return added;
}

}  // namespace strata
