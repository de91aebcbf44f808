// lines.hpp - places in UTF-8 text.
//
// Lines and columns count from 1, columns in characters. Only LF ends a line; the CR of a CRLF belongs to its line.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace strata {

struct Place {
  int line = 1;
  int column = 1;
  bool operator==(const Place&) const = default;
};

// The place of a byte offset; an offset past the end is the end.
Place place_of(std::string_view text, std::size_t offset);

// Byte offset of the character with this number (from 0); the end of the text when there are fewer.
std::size_t offset_of_character(std::string_view text, std::size_t number);

// Offset of the first byte that PostgreSQL would not accept as UTF-8 (a NUL byte included).
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// Without white space (blank, tab, CR, LF, FF, VT) at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace strata
