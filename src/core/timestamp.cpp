#include "core/timestamp.hpp"

#include <chrono>
#include <cstdint>

#include <fmt/format.h>

namespace strata {
namespace {

// Reads from the front of a text; a step that fails leaves it in a state in which every later step fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return !failed_ && rest_.empty(); }
  bool failed() const { return failed_; }

  // Takes one of these characters if it comes next.
  char take(std::string_view characters) {
    if (failed_ || rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return '\0';
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }
  void expect(std::string_view characters) { failed_ |= take(characters) == '\0'; }

  int number(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      const char digit = take("0123456789");
      failed_ |= digit == '\0';
      value = value * 10 + (digit - '0');
    }
    return value;
  }

  int microseconds() {
    int value = 0, digits = 0;
    while (const char digit = take("0123456789")) {
      if (digits++ < 6) value = value * 10 + (digit - '0');
    }
    failed_ |= digits == 0;
    for (; digits < 6; digits++) value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct Clock {
  int hour = 0, minute = 0, second = 0, microsecond = 0;
  bool is_valid() const { return hour < 24 && minute < 60 && second < 60; }
};

Clock read_clock(Reader& reader) {
  Clock clock;
  clock.hour = reader.number(2);
  reader.expect(":");
  clock.minute = reader.number(2);
  if (reader.take(":")) {
    clock.second = reader.number(2);
    if (reader.take(".")) clock.microsecond = reader.microseconds();
  }
  return clock;
}

std::chrono::minutes read_offset(Reader& reader) {
  if (reader.take("zZ")) return {};
  const char sign = reader.take("+-");
  if (!sign) return {};
  int minutes = reader.number(2) * 60;
  if (reader.take(":")) minutes += reader.number(2);
  else if (!reader.at_end()) minutes += reader.number(2);
  return std::chrono::minutes(sign == '-' ? -minutes : minutes);
}

}  // namespace

std::optional<std::string> canonical_timestamp(std::string_view text) {
  using namespace std::chrono;
  Reader reader(text);
  const int y = reader.number(4);
  reader.expect("-");
  const int m = reader.number(2);
  reader.expect("-");
  const int d = reader.number(2);
  Clock clock;
  minutes offset{};
  if (reader.take(" Tt")) {
    clock = read_clock(reader);
    reader.take(" ");
    offset = read_offset(reader);
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!reader.at_end() || y == 0 || !date.ok() || !clock.is_valid() || offset >= hours(16) || offset <= hours(-16)) return std::nullopt;

  const auto moment = sys_days(date) + hours(clock.hour) + minutes(clock.minute) + seconds(clock.second) - offset;
  const auto midnight = floor<days>(moment);
  const year_month_day utc(midnight);
  if (utc.year() < year(1) || utc.year() > year(9999)) return std::nullopt;
  const hh_mm_ss time(duration_cast<seconds>(moment - midnight));
  std::string result = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(utc.year()), static_cast<unsigned>(utc.month()),
                                   static_cast<unsigned>(utc.day()), time.hours().count(), time.minutes().count(), time.seconds().count());
  if (clock.microsecond != 0) result += fmt::format(".{:06}", clock.microsecond);
  return result + "+00";
}

}  // namespace strata
