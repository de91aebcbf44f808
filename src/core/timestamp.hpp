// timestamp.hpp - created_at of a revision file: one spelling for one moment.
//
// The surprise: text without a zone is UTC, so a file means the same on every machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace strata {

// 'YYYY-MM-DD HH:MM:SS+00' (with microseconds where there are some) for ISO 8601 text: a date, optionally a time behind a
// blank or T, optionally Z or an offset +HH, +HHMM or +HH:MM. Nothing for any other text.
std::optional<std::string> canonical_timestamp(std::string_view text);

}  // namespace strata
