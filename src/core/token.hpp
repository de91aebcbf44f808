// token.hpp - one lexical token of SQL text, as core code sees it.
//
// The scanner itself is libpg_query's (parse/query.hpp); core only takes its tokens as values.
// The surprise: whether a word is a keyword depends on the PostgreSQL version, so nothing that is stored may depend on
// `keyword` against `name`.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace strata {

struct Token {
  enum class Kind { keyword, name, quoted_name, constant, symbol, comment };
  Kind kind;
  std::size_t offset;  // bytes, in the text that was scanned
  std::size_t length;
  bool operator==(const Token&) const = default;
};

// Text with its tokens (offsets count from the start of `text`); owns nothing.
struct TokenView {
  std::string_view text;
  std::span<const Token> tokens;

  std::string_view operator[](std::size_t index) const { return text.substr(tokens[index].offset, tokens[index].length); }
};

}  // namespace strata
