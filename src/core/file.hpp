// file.hpp - the revision file: header, `-- migrate:up`, `-- migrate:down`. It knows no SQL.
//
// Sections are cut by lines alone, as dbmate does: a line that is exactly a marker is a marker, even inside a string or
// a dollar-quoted body. A script is kept byte for byte but for blank lines before it and white space after it.
// The surprise: a file whose every line ends in CRLF is read as if it had LF, so that a checkout on Windows is the same
// revision; in any other file a CR is kept.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/revision.hpp"

namespace strata {

// What is wrong with a file, and where. Line and column count from 1, columns in characters; line 0: the file as a whole.
struct FileFault {
  SqlState sqlstate;
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;  // without file and line
  std::string hint;
  bool operator==(const FileFault&) const = default;
};
using FileFaults = std::vector<FileFault>;

// Reads one file (DESIGN 1.1). Appends every fault it finds to `faults` (at most 100 a file, MG009) and gives no revision
// when there was one. `name` is only carried along, into Revision::file and the faults.
std::optional<Revision> parse_file(std::string_view text, std::string_view name, FileFaults& faults);

// Reads the sections of a file of dbmate: as parse_file, but a header is not asked for (its lineage stays empty).
std::optional<Revision> parse_sections(std::string_view text, std::string_view name, FileFaults& faults);

// Reads a file that is one script and nothing else (golang-migrate, Flyway); a line that our own file would read as a
// marker or a header key is a fault, as migrate_script() could not print it.
std::optional<Script> parse_plain(std::string_view text, std::string_view name, FileFaults& faults);

// The id that a file claims, however broken the rest of it is.
std::optional<std::string> find_revision_id(std::string_view text);
// Does the text have a `-- revision:` line before its first section?
bool has_header(std::string_view text);
// Does the text have a `-- migrate:up` line?
bool has_sections(std::string_view text);

// The canonical file. It loads back as the same revision (Revision::file and Script::line aside) when the revision came
// from a file or passed check_printable(), which it calls; raises MG009 otherwise.
std::string print_file(const Revision&);

// Raises MG009 for a revision no file can hold: a bad id or list, control characters or blanks around a header value, a
// script with a line that a file would read as a marker or a header key, a script that is not tidy.
void check_printable(const Revision&);

// A script as a file would give it: without blank lines before it and white space after it.
std::string tidy_script(std::string_view sql);
// A message as a file would give it: on one line, trimmed.
std::string tidy_message(std::string_view message);

// What is wrong with a revision id or label, for a person; nothing when it is good. A comma is
// bad here, though not in flaw_of_name(): header lists are separated by it.
std::optional<std::string> find_bad_name(std::string_view name);

// One error for all faults: the first one is the message and gives the SQLSTATE and the hint, all are in the detail, one a
// line (bounded to 50 lines and "... and N more"). `faults` must not be empty.
Error error_of(std::span<const FileFault> faults);

}  // namespace strata
