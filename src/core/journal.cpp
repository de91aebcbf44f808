#include "core/journal.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace strata {

int statements_done(const Journal& journal, std::span<const std::string> checksums, const std::string& revision) {
  int done = 0;
  for (const auto& [number, entry] : journal) {
    if (entry.state != JournalEntry::State::done) continue;
    const auto index = static_cast<std::size_t>(number - 1);
    if (number != done + 1 || index >= checksums.size() || checksums[index] != entry.checksum)
      throw Error(sqlstate::wrong_state, fmt::format("revision {} was changed after statement {} of it had run", revision, number))
          .with_detail("Statements that have not run yet may be changed, those that have run may not.")
          .with_hint("Load the revision as it was. Or finish or undo it by hand, and set the version with migrate_stamp.");
    done = number;
  }
  return done;
}

Past past_of(const Journal& journal, int statement) {
  const auto entry = journal.find(statement);
  if (entry == journal.end()) return Past::none;
  return entry->second.state == JournalEntry::State::running ? Past::running : Past::failed;
}

}  // namespace strata
