// encoding.hpp - the core speaks UTF-8, the server the encoding of its database.
//
// The surprise: a SQL_ASCII database knows no characters, so its bytes pass through untouched in both directions.
#pragma once

#include <string>
#include <string_view>

namespace strata::pg {

// Raise 22P05 or 22021 when a character has no equivalent.
std::string to_utf8(std::string_view server_text);
std::string to_server(std::string_view utf8);

// As SQL writes the name: in quotes where it needs them (quote_identifier).
std::string quoted_identifier(const std::string& name);

// For messages: never raises, characters without an equivalent become '?'.
std::string to_server_lossy(std::string_view utf8);

}  // namespace strata::pg
