#include "schema/lists.hpp"

namespace strata::schema {
namespace {

// Walks over the text and tells, character by character, whether it stands outside of everything.
class Walk {
 public:
  // The state after reading `c`; true while `c` itself is outside.
  bool outside(char c) {
    if (quote_) {
      if (c == quote_) quote_ = 0;  // a doubled quote closes and opens again
      return false;
    }
    if (c == '\'' || c == '"') {
      quote_ = c;
      return false;
    }
    if (c == '(' || c == '[') depth_++;
    const bool out = depth_ == 0;
    if (c == ')' || c == ']') depth_--;
    return out;
  }

 private:
  char quote_ = 0;
  int depth_ = 0;
};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \n\t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \n\t") - first + 1));
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  if (trimmed(text).empty()) return parts;
  Walk walk;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); i++)
    if (walk.outside(text[i]) && text[i] == ',') {
      parts.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

std::size_t find_outside(std::string_view text, std::string_view word) {
  Walk walk;
  for (std::size_t i = 0; i < text.size(); i++)
    if (walk.outside(text[i]) && text.substr(i, word.size()) == word) return i;
  return std::string_view::npos;
}

std::pair<std::string, std::string> split_name(const std::string& qualified) {
  std::size_t dot = std::string::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < qualified.size() && dot == std::string::npos; i++) {
    if (qualified[i] == '"') quoted = !quoted;
    else if (qualified[i] == '.' && !quoted) dot = i;
  }
  if (dot == std::string::npos) return {"", qualified};
  return {qualified.substr(0, dot), qualified.substr(dot + 1)};
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); i++) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

}  // namespace strata::schema
