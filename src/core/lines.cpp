#include "core/lines.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

// Length of the UTF-8 sequence at `offset`, 0 when there is none (RFC 3629: no overlong forms, no surrogates).
std::size_t sequence_length(std::string_view text, std::size_t offset) {
  const auto at = [&](std::size_t index) -> unsigned {
    return offset + index < text.size() ? static_cast<unsigned char>(text[offset + index]) : 0U;
  };
  const auto follows = [&](std::size_t index) { return (at(index) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead < 0x80) return lead == 0 ? 0 : 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if ((lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if ((lead == 0xF0 && at(1) < 0x90) || (lead == 0xF4 && at(1) > 0x8F)) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  Place place;
  place.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  place.column +=
      static_cast<int>(std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start), before.end(), starts_character));
  return place;
}

std::size_t offset_of_character(std::string_view text, std::size_t number) {
  for (std::size_t offset = 0; offset < text.size(); ++offset) {
    if (!starts_character(text[offset])) continue;
    if (number == 0) return offset;
    --number;
  }
  return text.size();
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t length = sequence_length(text, offset);
    if (length == 0) return offset;
    offset += length;
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

}  // namespace strata
