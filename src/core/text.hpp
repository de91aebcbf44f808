// text.hpp - text as it is shown to a person, and what UTF-8 the core accepts.
//
// Values only; nothing here knows of revisions. The surprise: quoted() never returns more than about
// 64 characters and one line, so a megabyte of garbage can be named in a message.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace strata {

inline constexpr std::size_t quoted_characters = 64;

// The text in double quotes, abbreviated to 64 characters ("abc..."); control characters and bytes that are no UTF-8 are
// shown as \xNN, so the result is always valid UTF-8 on one line.
// An object, not a function: argument-dependent lookup would otherwise choose std::quoted for a std::string.
struct Quoted {
  std::string operator()(std::string_view text) const;
};
inline constexpr Quoted quoted;

// quoted() of each, separated by ", "; after `most` of them "and N more".
std::string quoted_list(std::span<const std::string> texts, std::size_t most = 10);

// Valid UTF-8 as PostgreSQL accepts it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// Characters (code points) of valid UTF-8; bytes that are none count one each.
std::size_t character_count(std::string_view text);

// One code point from the front of `text`, which must not be empty. `length` 0: the front is no UTF-8.
struct CodePoint {
  char32_t value;
  std::size_t length;
};
CodePoint first_code_point(std::string_view text);

// White space of any script, line ends and control characters.
bool is_blank(char32_t character);

}  // namespace strata
