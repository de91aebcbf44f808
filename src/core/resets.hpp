// resets.hpp - what takes back the settings that a script may have changed.
//
// Read off the words of the text, so it can err; it errs towards a reset too many: text inside strings counts, where it looks like a
// statement.
#pragma once

#include <string>
#include <string_view>

namespace strata {

// RESET statements, one a line; empty when the script sets nothing.
std::string resets_after(std::string_view sql);

}  // namespace strata
