// version.hpp - the numeric version of a foreign migration: digits with dots between them, of any length.
//
// Compared part by part as numbers: 1.10 comes after 1.9, and 01.2.0 is 1.2 (as Flyway has it).
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

bool is_version(std::string_view text);

class Version {
 public:
  explicit Version(std::string_view text);  // is_version(text)
  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return parts_ == other.parts_; }

 private:
  std::vector<std::string> parts_;  // without leading zeros, without zero parts at the end
};

}  // namespace strata
