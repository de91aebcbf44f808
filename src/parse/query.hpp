// query.hpp - libpg_query's scanner and splitter, as values. query.cpp is the only includer of <pg_query.h>.
//
// The surprise: libpg_query has no stack guard, and a crash of it is a crash of the server. Only its scanner and its
// splitter are safe at any depth, so trees, JSON, deparse and fingerprint are not offered here.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/token.hpp"

namespace strata {

// Parsing takes up to 120 MB of memory per MB of text.
inline constexpr std::size_t max_script_bytes = std::size_t{16} * 1024 * 1024;

// The scanner goes over the rest of a run of operator characters for every /* in it: /*/*/*/*... costs its square, about a second
// for this many, and cannot be cancelled. Runs of fewer than ten cost nothing.
inline constexpr std::size_t max_comment_cost = 1'000'000;
// Where a text costs more; nothing for any other text.
std::optional<std::size_t> find_comment_storm(std::string_view sql);

// Called between statements of a long work; may raise, to end it.
using Tick = std::function<void()>;
inline void no_tick() {}

struct SyntaxFault {
  std::size_t offset;   // bytes
  std::string message;  // the server's own, quotes in it cut to 64 characters
  // A backslash outside of quotes; an escape that is wrong inside of them also has its place on a backslash.
  enum class Cause { backslash, other } cause = Cause::other;
};

// A place in the text, in bytes.
struct Extent {
  std::size_t offset;
  std::size_t length;
  bool operator==(const Extent&) const = default;
};

struct ScanResult {
  std::vector<Token> tokens;         // empty when there is a fault
  std::optional<SyntaxFault> fault;  // unterminated quote or comment, bad escape...
};

struct SplitResult {
  std::vector<Extent> statements;  // not yet narrowed to tokens: white space and comments may come first
  std::optional<SyntaxFault> fault;
};

// Both raise 54000 for text of more than max_script_bytes or with a comment storm, and 22021 for a NUL byte.
ScanResult scan(std::string_view sql);
SplitResult split(std::string_view sql);

}  // namespace strata
