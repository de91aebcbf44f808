// repeat.hpp - `-- migrate:repeat` in a script: which statement it repeats, and the script that repeats without us.
//
// A mark is a comment of SQL that begins a line (only LF ends one) and stands before the first token of an INSERT, UPDATE,
// DELETE, MERGE or a WITH that ends in one of these. The surprise: the file takes any such line for a part of the script,
// so what looks like a mark inside a string, a body or a block comment is text and repeats nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parse/script.hpp"

namespace strata {

struct RepeatMark {
  std::size_t offset;  // of the comment
  std::size_t next;    // of the first token after it that is no comment; the end of the text when there is none
  std::string_view options;
};
// In the order of the text; none for text that cannot be scanned. The options are views into `sql`.
std::vector<RepeatMark> find_repeat_marks(std::string_view sql);

struct RepeatFault {
  std::size_t offset;  // of the mark
  std::string message;
  std::string hint;
};
// Sets Statement::repeat of the statements (in the order of the text) that have a mark. Gives what is wrong with marks, about
// a hundred faults at most.
std::vector<RepeatFault> apply_repeat_marks(std::span<const RepeatMark> marks, std::string_view sql, std::vector<Statement>& statements);

// The script for psql or any other client: each repeated statement is a DO block that repeats it within the transaction,
// without pauses, and raises 54000 above max_rows. A script that repeats nothing is given as it is. Needs PL/pgSQL where it runs.
std::string spell_out_repeats(std::string_view sql, const Tick& tick = no_tick);

}  // namespace strata
