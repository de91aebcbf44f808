#include "core/file_line.hpp"

#include <algorithm>
#include <array>

#include "core/lines.hpp"

namespace strata {
namespace {

constexpr std::array<std::string_view, 6> known_keys{"revision",      "down_revision", "depends_on",
                                                     "branch_labels", "message",       "created_at"};

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v'; }
bool is_word_start(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_'; }
bool is_word(char byte) { return is_word_start(byte) || (byte >= '0' && byte <= '9'); }
char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte; }

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) { return lower(a) == lower(b); });
}

std::size_t skip(std::string_view line, std::size_t offset, bool (*belongs)(char)) {
  while (offset < line.size() && belongs(line[offset])) ++offset;
  return offset;
}

// Past the `--` and the blanks around it; npos when the line is no comment.
std::size_t comment_start(std::string_view line) {
  const std::size_t dashes = skip(line, 0, is_blank);
  if (line.substr(dashes, 2) != "--") return std::string_view::npos;
  return skip(line, dashes + 2, is_blank);
}

enum class Wording { mark, prose };

// Is what follows `migrate: up` and the like what would follow a marker, or is the line a comment in plain words?
Wording wording_of(std::string_view name, std::string_view rest) {
  if (equal_ignoring_case(name, "up") || equal_ignoring_case(name, "down"))
    return rest.empty() || rest.starts_with("transaction:") ? Wording::mark : Wording::prose;
  if (!equal_ignoring_case(name, "repeat")) return Wording::prose;
  const std::string_view word = rest.substr(0, skip(rest, 0, [](char byte) { return !is_blank(byte); }));
  return rest.empty() || word.find_first_of("=:") != std::string_view::npos ? Wording::mark : Wording::prose;
}

}  // namespace

Mark read_mark(std::string_view line) {
  constexpr std::string_view word = "migrate";
  const std::size_t start = comment_start(line);
  if (start == std::string_view::npos || !equal_ignoring_case(line.substr(start, word.size()), word)) return {};
  const std::size_t colon = skip(line, start + word.size(), is_blank);
  if (colon >= line.size() || line[colon] != ':') return {};
  const std::size_t name_start = skip(line, colon + 1, is_blank);
  const std::size_t name_end = skip(line, name_start, [](char byte) { return !is_blank(byte); });
  const std::string_view name = line.substr(name_start, name_end - name_start);

  const bool exact = line.starts_with("--") && line.substr(start, word.size()) == word && colon == start + word.size() &&
                     name_start == colon + 1 && !name.empty();
  if (exact && name == "up") return {Mark::Kind::up, name, name_end};
  if (exact && name == "down") return {Mark::Kind::down, name, name_end};
  if (exact && name == "repeat") return {Mark::Kind::repeat, name, name_end};
  if (wording_of(name, trimmed(line.substr(name_end))) == Wording::mark) return {Mark::Kind::misplaced, name, name_end};
  if (exact) return {Mark::Kind::unknown, name, name_end};
  return {};
}

bool is_known_key(std::string_view key) { return std::find(known_keys.begin(), known_keys.end(), key) != known_keys.end(); }

std::optional<KeyLine> read_key(std::string_view line) {
  const std::size_t start = comment_start(line);
  if (start == std::string_view::npos || start >= line.size() || !is_word_start(line[start])) return std::nullopt;
  const std::size_t end = skip(line, start, is_word);
  const std::size_t colon = skip(line, end, is_blank);
  if (colon >= line.size() || line[colon] != ':') return std::nullopt;
  const std::string_view key = line.substr(start, end - start);
  if (!is_known_key(key) && colon + 1 < line.size() && !is_blank(line[colon + 1])) return std::nullopt;
  const auto position = line.starts_with("--") ? KeyLine::Position::line_start : KeyLine::Position::indented;
  return KeyLine{position, key, trimmed(line.substr(colon + 1)), skip(line, colon + 1, is_blank)};
}

bool is_file_line(std::string_view line) {
  const Mark::Kind mark = read_mark(line).kind;
  if (mark == Mark::Kind::repeat) return false;
  if (mark != Mark::Kind::none) return true;
  const std::optional<KeyLine> key = read_key(line);
  return key && key->position == KeyLine::Position::line_start && is_known_key(key->key);
}

bool LineWalk::next() {
  if (next_offset_ >= text_.size()) return false;
  offset_ = next_offset_;
  const std::size_t newline = text_.find('\n', offset_);
  const std::size_t end = newline == std::string_view::npos ? text_.size() : newline;
  next_offset_ = newline == std::string_view::npos ? text_.size() : newline + 1;
  line_ = text_.substr(offset_, end - offset_);
  if (newline != std::string_view::npos && line_.ends_with('\r')) line_.remove_suffix(1);
  ++number_;
  return true;
}

}  // namespace strata
