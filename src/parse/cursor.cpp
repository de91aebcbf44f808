#include "parse/cursor.hpp"

#include <algorithm>

namespace strata {
namespace {

char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte; }

}  // namespace

bool Cursor::is(std::string_view lower_case_word) const {
  if (at_end() || (kind() != Token::Kind::keyword && kind() != Token::Kind::name)) return false;
  const std::string_view word = text();
  return std::equal(word.begin(), word.end(), lower_case_word.begin(), lower_case_word.end(),
                    [](char written, char wanted) { return lower(written) == wanted; });
}

bool Cursor::is_any(std::initializer_list<std::string_view> lower_case_words) const {
  return std::any_of(lower_case_words.begin(), lower_case_words.end(), [this](std::string_view word) { return is(word); });
}

bool Cursor::is_symbol(std::string_view symbol) const { return !at_end() && kind() == Token::Kind::symbol && text() == symbol; }

bool Cursor::is_name() const {
  return !at_end() && (kind() == Token::Kind::keyword || kind() == Token::Kind::name || kind() == Token::Kind::quoted_name);
}

bool Cursor::take(std::string_view lower_case_word) {
  if (!is(lower_case_word)) return false;
  advance();
  return true;
}

bool Cursor::take_any(std::initializer_list<std::string_view> lower_case_words) {
  if (!is_any(lower_case_words)) return false;
  advance();
  return true;
}

bool Cursor::take_symbol(std::string_view symbol) {
  if (!is_symbol(symbol)) return false;
  advance();
  return true;
}

void Cursor::take_qualified_name() {
  if (is_name()) advance();
  while (is_symbol(".")) {
    advance();
    if (is_name()) advance();
  }
}

void Cursor::take_parentheses() {
  if (!is_symbol("(")) return;
  std::size_t depth = 0;
  do {
    if (is_symbol("(")) ++depth;
    if (is_symbol(")")) --depth;
    advance();
  } while (depth > 0 && !at_end());
}

}  // namespace strata
