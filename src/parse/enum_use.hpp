// enum_use.hpp - enum values that are added and used in one transaction, which PostgreSQL refuses with 55P04.
//
// Conservative: a string constant that is exactly the label counts as a use, wherever a statement but COMMENT has it; a function
// body is one constant, so what is inside it does not.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "parse/script.hpp"

namespace strata {

struct EnumValueUse {
  std::size_t statement;  // index of the statement that uses it, in the script last given
  AddedEnumValue value;
};

// Watches the scripts of one transaction.
class EnumValueWatch {
 public:
  // Takes the next script and tells the first statement in it that uses a value added before.
  std::optional<EnumValueUse> next(const PreparedScript& script);

  // Can the next script matter at all? Saves preparing the many that cannot.
  bool concerns(std::string_view sql) const;

 private:
  std::map<std::string, AddedEnumValue, std::less<>> added_;  // by label
};

}  // namespace strata
