#include "core/text.hpp"

#include <fmt/format.h>

namespace strata {

namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Characters that would turn the rest of a line around or break it.
bool is_layout(char32_t c) { return (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {lead, 0};
  char32_t value = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(byte(i))) return {lead, 0};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {lead, 0};
  return {value, length};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto [value, length] = first_code_point(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const auto [value, length] = first_code_point(text);
    text.remove_prefix(length == 0 ? 1 : length);
    ++count;
  }
  return count;
}

bool is_blank(char32_t c) {
  return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF;
}

std::string Quoted::operator()(std::string_view text) const {
  std::string result = "\"";
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown == quoted_characters) {
      result += "...";
      break;
    }
    const auto [value, length] = first_code_point(text);
    if (length == 0 || is_control(value)) {
      const std::size_t bytes = length == 0 ? 1 : length;
      for (std::size_t i = 0; i < bytes; ++i) result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
    } else if (is_layout(value)) {
      result += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(value));
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  result += '"';
  return result;
}

std::string quoted_list(std::span<const std::string> texts, std::size_t most) {
  std::string result;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i == most) {
      result += fmt::format(" and {} more", texts.size() - most);
      break;
    }
    if (i > 0) result += ", ";
    result += quoted(texts[i]);
  }
  return result;
}

}  // namespace strata
