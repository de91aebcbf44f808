// file_line.hpp - what one line of a revision file is: marker, header key, or neither. Private to file*.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace strata {

// repeat: `-- migrate:repeat`, a line of a script and not of the file around it; what it means is parse/repeat.hpp.
// misplaced: all but a marker (indented, capitals, blanks around the colon), too likely a slip to pass for a comment.
struct Mark {
  enum class Kind { none, up, down, repeat, unknown, misplaced };
  Kind kind = Kind::none;
  std::string_view name;    // what follows `migrate:`
  std::size_t options = 0;  // where in the line the options begin
};
Mark read_mark(std::string_view line);

// `-- word: value`, indented or not.
struct KeyLine {
  enum class Position { line_start, indented } position;
  std::string_view key;
  std::string_view value;    // trimmed
  std::size_t value_offset;  // in the line
};
// A known key needs no blank after its colon, any other word does (`-- https://...` is a comment).
std::optional<KeyLine> read_key(std::string_view line);
bool is_known_key(std::string_view key);

// A line that a section of a file cannot have inside its script; a repeat mark it can have.
bool is_file_line(std::string_view line);

// Walks the lines of a text; lines come without LF and without the CR before it.
class LineWalk {
 public:
  explicit LineWalk(std::string_view text) : text_(text) {}
  bool next();  // false after the last line
  std::string_view line() const { return line_; }
  std::size_t offset() const { return offset_; }     // of the line in the text
  std::size_t rest() const { return next_offset_; }  // of the line after it
  int number() const { return number_; }

 private:
  std::string_view text_;
  std::string_view line_;
  std::size_t offset_ = 0;
  std::size_t next_offset_ = 0;
  int number_ = 0;
};

}  // namespace strata
