// Targets: parsing gives a target or a precise error, and what is printed from its parts parses to the same parts.
#include <cstdint>
#include <cstdlib>

#include "core/error.hpp"
#include "core/target.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_error(const strata::Error& error) {
  require(error.sqlstate == strata::sqlstate::invalid_parameter || error.sqlstate == strata::sqlstate::unknown_revision);
  require(error.message.size() < 2000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  strata::flaw_of_name(text);
  try {
    strata::Target target = strata::parse_target(text);
    strata::Target again = strata::parse_target(strata::print_target(target));
    again.text = target.text;
    require(again == target);
  } catch (const strata::Error& error) { check_error(error); }
  try {
    strata::parse_range(text);
  } catch (const strata::Error& error) { check_error(error); }
  return 0;
}
