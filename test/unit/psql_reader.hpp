// psql_reader.hpp - reads a script as psql does, for tests of printed scripts.
//
// Knows strings, quoted names, dollar quotes, nested comments and meta-commands; runs nothing.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

using Names = std::vector<std::string>;

enum class Backslash { ordinary, escapes };  // standard_conforming_strings

// What psql would send, statement by statement and without comments; a meta-command is one of its own.
class Psql {
 public:
  explicit Psql(std::string_view text, Backslash backslash = Backslash::ordinary) : text_(text), backslash_(backslash) {}

  Names read() {
    while (at_ < text_.size()) read_one();
    send();
    return std::move(statements_);
  }

 private:
  bool sees(std::string_view wanted) const { return text_.substr(at_).starts_with(wanted); }

  void read_one() {
    const char c = text_[at_];
    if (sees("--")) at_ = std::min(text_.find_first_of("\n\r", at_), text_.size());
    else if (sees("/*")) skip_comment();
    else if (c == '\'' || c == '"') read_quoted(c);
    else if (c == '$') read_dollar();
    else if (c == '\\') read_meta();
    else if (c == ';') ++at_, send();
    else statement_ += text_[at_++];
  }

  void skip_comment() {
    int depth = 0;
    do {
      if (sees("/*")) ++depth, at_ += 2;
      else if (sees("*/")) --depth, at_ += 2;
      else ++at_;
    } while (depth > 0 && at_ < text_.size());
  }

  void read_quoted(char quote) {
    const bool extended = quote == '\'' && (backslash_ == Backslash::escapes || statement_.ends_with('E'));
    statement_ += text_[at_++];
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && extended && at_ + 1 < text_.size()) statement_ += text_[at_++];
      else if (text_[at_] == quote) break;
      statement_ += text_[at_++];
    }
    if (at_ < text_.size()) statement_ += text_[at_++];
  }

  void read_dollar() {
    const std::size_t end = text_.find('$', at_ + 1);
    if (end == std::string_view::npos) return void(statement_ += text_[at_++]);
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t close = std::min(text_.find(tag, end + 1), text_.size() - tag.size());
    statement_ += text_.substr(at_, close + tag.size() - at_);
    at_ = close + tag.size();
  }

  void read_meta() {
    send();
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    statements_.emplace_back(text_.substr(at_, end - at_));
    at_ = end;
  }

  void send() {
    const auto first = statement_.find_first_not_of(" \t\r\n");
    if (first != std::string::npos) statements_.push_back(statement_.substr(first, statement_.find_last_not_of(" \t\r\n") + 1 - first));
    statement_.clear();
  }

  std::string_view text_;
  Backslash backslash_;
  std::size_t at_ = 0;
  std::string statement_;
  Names statements_;
};

}  // namespace strata
