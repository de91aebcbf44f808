#include "core/resets.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace strata {
namespace {

bool is_word(unsigned char c) { return std::isalnum(c) || c == '_' || c >= 0x80; }

// Lower-cased words and single symbols, comments and white space left out.
class Words {
 public:
  explicit Words(std::string_view sql) : rest_(sql) {}

  // Empty at the end.
  std::string next() {
    skip_blanks();
    std::size_t length = 0;
    while (length < rest_.size() && is_word(static_cast<unsigned char>(rest_[length]))) length++;
    std::string word(rest_.substr(0, std::max<std::size_t>(length, rest_.empty() ? 0 : 1)));
    rest_.remove_prefix(word.size());
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return word;
  }

 private:
  void skip_blanks() {
    for (;;) {
      if (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
      else if (rest_.starts_with("--")) rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      else if (rest_.starts_with("/*")) rest_.remove_prefix(std::min(rest_.find("*/", 2), rest_.size() - 2) + 2);
      else return;
    }
  }

  std::string_view rest_;
};

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// After these a statement may begin, in SQL, in PL/pgSQL, or at the start of a quoted body.
bool may_precede_statement(const std::string& word) {
  return is_one_of(word, std::array<std::string_view, 8>{"", ";", "'", "$", "begin", "then", "else", "loop"});
}

struct Found {
  bool settings = false, role = false, session_authorization = false;
  void name(const std::string& word) {
    settings = true;
    role |= word == "role";
    session_authorization |= word == "session_authorization" || word == "authorization";
  }
};

Found find(std::string_view sql) {
  Found found;
  Words words(sql);
  std::string before, word = words.next();
  const auto advance = [&] { before = word, word = words.next(); };
  while (!word.empty()) {
    if (word == "set_config") {
      for (advance(); word == "(" || word == "'"; advance()) {}
      found.name(word);
    } else if (is_one_of(word, std::array<std::string_view, 3>{"set", "reset", "discard"}) && may_precede_statement(before)) {
      for (advance(); is_one_of(word, std::array<std::string_view, 3>{"session", "local", "\""}); advance()) {}
      found.name(word);
    } else {
      advance();
    }
  }
  return found;
}

}  // namespace

std::string resets_after(std::string_view sql) {
  const Found found = find(sql);
  std::string resets;
  if (found.session_authorization) resets += "RESET SESSION AUTHORIZATION;\n";
  if (found.role) resets += "RESET ROLE;\n";
  if (found.settings) resets += "RESET ALL;\n";
  return resets;
}

}  // namespace strata
