// cursor.hpp - walks the tokens of one statement, without its comments, and asks for words.
//
// A word is a keyword or an unquoted name, compared without letter case: whether it is a keyword depends on the
// PostgreSQL version. Owns nothing.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "core/token.hpp"

namespace strata {

class Cursor {
 public:
  explicit Cursor(const TokenView& statement) : statement_(statement) { skip_comments(); }

  bool at_end() const { return index_ >= statement_.tokens.size(); }
  std::size_t index() const { return index_; }
  std::string_view text() const { return at_end() ? std::string_view() : statement_[index_]; }
  Token::Kind kind() const { return statement_.tokens[index_].kind; }  // not at the end
  std::size_t offset() const { return statement_.tokens[index_].offset; }

  bool is(std::string_view lower_case_word) const;
  bool is_any(std::initializer_list<std::string_view> lower_case_words) const;
  bool is_symbol(std::string_view symbol) const;
  bool is_constant() const { return !at_end() && kind() == Token::Kind::constant; }
  bool is_name() const;  // keyword, name or quoted name

  void advance() {
    ++index_;
    skip_comments();
  }
  // Goes past what it asks for when it is there.
  bool take(std::string_view lower_case_word);
  bool take_any(std::initializer_list<std::string_view> lower_case_words);
  bool take_symbol(std::string_view symbol);
  void take_qualified_name();  // a or a.b.c
  void take_parentheses();     // a balanced (...), to the end when it is not closed

 private:
  void skip_comments() {
    while (!at_end() && kind() == Token::Kind::comment) ++index_;
  }

  const TokenView& statement_;
  std::size_t index_ = 0;
};

}  // namespace strata
