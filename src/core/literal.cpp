#include "core/literal.hpp"

namespace strata {

std::string sql_literal(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += c;
    result += c;
  }
  return result += '\'';
}

}  // namespace strata
