#include "core/repeat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.hpp"

namespace strata {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";
constexpr std::int64_t longest_ms = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::int64_t most_rows = 1'000'000'000'000'000;
constexpr std::string_view options_hint =
    "the options are pause=100ms, max_lag=10s and max_rows=1000000, with blanks between them and none around the =";
constexpr std::string_view pause_hint = "write a whole number with ms, s, min or h, such as pause=100ms; 24h at most, 0 is no pause";
constexpr std::string_view lag_hint = "write a whole number above 0 with ms, s, min or h, such as max_lag=10s; 24h at most";
constexpr std::string_view rows_hint = "write a whole number from 1 to 1000000000000000, such as max_rows=1000000";

// A whole number at the start of a text, and what follows it.
struct Number {
  std::int64_t value;
  std::string_view unit;
};

std::optional<Number> read_number(std::string_view text) {
  std::uint64_t value = 0;  // of an unsigned number from_chars takes no sign
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > static_cast<std::uint64_t>(most_rows)) return std::nullopt;
  return Number{static_cast<std::int64_t>(value), text.substr(static_cast<std::size_t>(end - text.data()))};
}

std::optional<std::int64_t> milliseconds_of(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "min") return 60 * 1000;
  if (unit == "h") return 60 * 60 * 1000;
  return std::nullopt;
}

std::optional<int> read_duration(std::string_view text) {
  const auto number = read_number(text);
  if (!number) return std::nullopt;
  if (number->value == 0 && number->unit.empty()) return 0;
  const auto unit = milliseconds_of(number->unit);
  if (!unit || number->value > longest_ms / *unit) return std::nullopt;
  return static_cast<int>(number->value * *unit);
}

class OptionReader {
 public:
  ParsedRepeat read(std::string_view options) && {
    std::size_t start = options.find_first_not_of(blanks);
    while (start != std::string_view::npos && parsed_.flaws.size() < most_flaws) {
      const std::size_t end = std::min(options.find_first_of(blanks, start), options.size());
      read_option(options.substr(start, end - start));
      start = options.find_first_not_of(blanks, end);
    }
    return std::move(parsed_);
  }

 private:
  void add_flaw(std::string message, std::string_view hint) { parsed_.flaws.push_back({std::move(message), std::string(hint)}); }

  void read_option(std::string_view option) {
    const std::size_t equals = std::min(option.find('='), option.size());
    const std::string_view name = option.substr(0, equals);
    const auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end() || equals == option.size())
      return add_flaw(fmt::format("unknown option {} of -- migrate:repeat", quoted(option)), options_hint);
    bool& seen = seen_[static_cast<std::size_t>(known - names.begin())];
    if (seen) return add_flaw(fmt::format("option {} of -- migrate:repeat is given twice", name), "keep one of them");
    seen = true;
    read_value(name, option.substr(equals + 1));
  }

  void read_value(std::string_view name, std::string_view value) {
    if (name == "pause") return read_pause(value);
    if (name == "max_lag") return read_lag(value);
    read_rows(value);
  }

  void refuse(std::string_view name, std::string_view value, std::string_view hint) {
    add_flaw(fmt::format("bad value {} of option {} of -- migrate:repeat", quoted(value), name), hint);
  }

  void read_pause(std::string_view value) {
    const auto pause = read_duration(value);
    if (!pause) return refuse("pause", value, pause_hint);
    parsed_.repeat.pause_ms = *pause;
  }

  // No standby is ever 0 ms behind for long: a lag of 0 would wait for good.
  void read_lag(std::string_view value) {
    const auto lag = read_duration(value);
    if (!lag || *lag == 0) return refuse("max_lag", value, lag_hint);
    parsed_.repeat.max_lag_ms = lag;
  }

  void read_rows(std::string_view value) {
    const auto rows = read_number(value);
    if (!rows || !rows->unit.empty() || rows->value == 0) return refuse("max_rows", value, rows_hint);
    parsed_.repeat.max_rows = rows->value;
  }

  static constexpr std::size_t most_flaws = 10;
  static constexpr std::array<std::string_view, 3> names{"pause", "max_lag", "max_rows"};
  std::array<bool, 3> seen_{};
  ParsedRepeat parsed_;
};

}  // namespace

ParsedRepeat parse_repeat(std::string_view options) { return OptionReader().read(options); }

}  // namespace strata
