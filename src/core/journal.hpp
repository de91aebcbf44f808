// journal.hpp - how far a revision has come that runs statement by statement, and where it goes on.
//
// The surprise: no entry for a statement means that it has not begun; running means that nobody knows how it ended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace strata {

struct JournalEntry {
  enum class State { running, done, failed } state;
  std::string checksum;              // of the statement's tokens
  std::optional<std::int64_t> rows;  // of a repeated statement
  bool operator==(const JournalEntry&) const = default;
};
// By number of the statement, from 1.
using Journal = std::map<int, JournalEntry>;

// The number of statements that are not to be run again. What has run must be what the script says now (`checksums` of its statements):
// raises 55000 when it was changed, or when a statement before it has not run.
int statements_done(const Journal& journal, std::span<const std::string> checksums, const std::string& revision);

// What is known of a statement (from 1) that is to be run now. running: its backend was killed, or could not write down how it ended.
enum class Past { none, failed, running };
Past past_of(const Journal& journal, int statement);

}  // namespace strata
