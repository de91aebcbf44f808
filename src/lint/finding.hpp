// finding.hpp - what a lint rule says about a script.
#pragma once

#include <cstddef>
#include <string>

namespace strata {

struct Finding {
  std::string code;        // the rule's name
  std::size_t offset = 0;  // bytes, in PreparedScript::sql
  int line = 1;            // of the script
  std::string message;
  std::string hint;
  bool operator==(const Finding&) const = default;
};

}  // namespace strata
