// Revision files: reading never crashes, what was read prints, and what was printed reads back as the same revision.
#include <cstdint>
#include <cstdlib>

#include "core/file.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void forget_place(strata::Revision& revision) {
  revision.file.clear();
  revision.upgrade.line = 1;
  if (revision.downgrade) revision.downgrade->line = 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  strata::FileFaults faults;
  auto revision = strata::parse_file(text, "fuzz.sql", faults);
  require(revision.has_value() == faults.empty());
  require(faults.size() <= 100);
  for (const strata::FileFault& fault : faults) require(fault.line >= 1 && fault.column >= 1 && fault.message.size() < 2000);
  if (!faults.empty()) strata::error_of(faults);
  strata::FileFaults others;
  strata::parse_sections(text, "fuzz.sql", others);
  const auto plain = strata::parse_plain(text, "fuzz.sql", others);
  if (plain) require(strata::tidy_script(plain->sql) == plain->sql);
  if (!revision) return 0;

  require(strata::has_header(text) && strata::has_sections(text));
  const std::string printed = strata::print_file(*revision);
  auto again = strata::parse_file(printed, "", faults);
  require(again.has_value());
  forget_place(*revision);
  forget_place(*again);
  require(*again == *revision);
  require(strata::print_file(*again) == printed);
  return 0;
}
