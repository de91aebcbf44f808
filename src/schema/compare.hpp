// compare.hpp - in what two schemas differ, told to people; and what is left out of a comparison.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "schema/model.hpp"

namespace strata::schema {

enum class Difference : std::uint8_t { missing, unexpected, changed };
std::string_view name_of(Difference difference);

struct Finding {
  Key object;
  Difference difference;
  std::string detail;  // changed: one line for each property, `type: integer -> bigint`
};

// `present` against `desired`. Of a table that is missing or unexpected the parts are not told one by one.
std::vector<Finding> compare(const Model& present, const Model& desired);

// What a comparison leaves out: names of kinds ("trigger"), "owner", "privileges", "comment", "extension", ...
class Scope {
 public:
  Scope() = default;
  // Raises 22023 for a name that means nothing.
  explicit Scope(const std::vector<std::string>& ignored);
  void ignore(const std::string& name) { ignored_.insert(name); }
  bool ignores(const std::string& name) const { return ignored_.contains(name); }
  bool empty() const { return ignored_.empty(); }

 private:
  std::set<std::string> ignored_;
};

// `desired` with what the scope leaves out taken from `present`: compared with that, it differs in the rest alone.
Model within(const Scope& scope, const Model& desired, const Model& present);

}  // namespace strata::schema
