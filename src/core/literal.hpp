// literal.hpp - text as an SQL string constant, for standard_conforming_strings = on.
#pragma once

#include <string>
#include <string_view>

namespace strata {

std::string sql_literal(std::string_view text);

}  // namespace strata
