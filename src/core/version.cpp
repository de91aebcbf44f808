#include "core/version.hpp"

#include <algorithm>

namespace strata {

bool is_version(std::string_view text) {
  char last = '.';
  for (const char byte : text) {
    if (byte == '.' ? last == '.' : byte < '0' || byte > '9') return false;
    last = byte;
  }
  return last != '.';
}

Version::Version(std::string_view text) {
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('.', start), text.size());
    const std::string_view part = text.substr(start, end - start);
    parts_.emplace_back(part.substr(std::min(part.find_first_not_of('0'), part.size())));
    start = end + 1;
  }
  while (!parts_.empty() && parts_.back().empty()) parts_.pop_back();
}

std::strong_ordering Version::operator<=>(const Version& other) const {
  return std::lexicographical_compare_three_way(parts_.begin(), parts_.end(), other.parts_.begin(), other.parts_.end(),
                                                [](const std::string& left, const std::string& right) -> std::strong_ordering {
                                                  if (left.size() != right.size()) return left.size() <=> right.size();
                                                  return left.compare(right) <=> 0;
                                                });
}

}  // namespace strata
