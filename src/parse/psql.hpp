// psql.hpp - what only psql understands, found where the parser stumbled.
//
// Nothing here looks for psql in text that parses: a backslash in a string or a comment is none of its business.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "parse/query.hpp"

namespace strata {

// The line with the \restrict or \unrestrict of pg_dump that begins at a syntax error (line end left out).
std::optional<Extent> find_dump_restriction(std::string_view sql, const SyntaxFault&);

// A meta-command at a syntax error, to the end of its line.
struct MetaCommand {
  std::string_view text;
  std::string_view hint;
};
std::optional<MetaCommand> find_meta_command(std::string_view sql, const SyntaxFault&);

// Offsets of COPY ... FROM stdin (or TO stdout) statements before a syntax error: the lines of data below one are no SQL.
std::vector<std::size_t> find_client_copies(std::string_view sql, std::size_t error_offset);

// What to do about a syntax error at the offset, empty when there is nothing to add.
std::string_view find_syntax_hint(std::string_view sql, std::size_t error_offset);

}  // namespace strata
