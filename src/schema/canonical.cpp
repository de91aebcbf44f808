#include "schema/canonical.hpp"

#include <optional>

#include "schema/lists.hpp"

namespace strata::schema {
namespace {

constexpr std::string_view kOpen = "(ARRAY[", kClose = "])::";

// Where the bracket that opens before `begin` is closed.
std::optional<std::size_t> closing(const std::string& text, std::size_t begin) {
  int depth = 1;
  char quote = 0;
  for (std::size_t i = begin; i < text.size(); i++) {
    const char c = text[i];
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '[' || c == '(') {
      depth++;
    } else if ((c == ']' || c == ')') && --depth == 0) {
      return i;
    }
  }
  return std::nullopt;
}

// text[] behind the cast; the end of the element type, or nothing where it is no array.
std::optional<std::size_t> end_of_element_type(const std::string& text, std::size_t begin) {
  const auto end = text.find("[]", begin);
  if (end == std::string::npos || text.find_first_of("()',;", begin) < end) return std::nullopt;
  return end;
}

}  // namespace

std::string canonical_text(const std::string& deparsed) {
  std::string text = deparsed;
  for (std::size_t at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at + 1)) {
    const std::size_t begin = at + kOpen.size();
    const auto end = closing(text, begin);
    if (!end || text.compare(*end, kClose.size(), kClose) != 0) continue;
    const std::size_t type_begin = *end + kClose.size();
    const auto type_end = end_of_element_type(text, type_begin);
    if (!type_end) continue;
    const std::string type = text.substr(type_begin, *type_end - type_begin);
    std::string array = "ARRAY[";
    bool first = true;
    for (const std::string& element : split_list(std::string_view(text).substr(begin, *end - begin))) {
      array += (first ? "(" : ", (") + element + ")::" + type;
      first = false;
    }
    text.replace(at, *type_end + 2 - at, array + "]");
  }
  return text;
}

}  // namespace strata::schema
