#include "schema/types.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "schema/lists.hpp"

namespace strata::schema {
namespace {

struct Modified {
  std::string name;           // without modifier, with what stands behind it: timestamp without time zone
  std::vector<int> modifier;  // numeric(10,2): 10, 2
  bool array = false;
};

// All six digits of a second are no limit.
bool is_of_time(const std::string& name) { return name.starts_with("time") || name == "interval"; }

Modified parse(const std::string& type) {
  Modified result{type, {}, type.ends_with("[]")};
  if (result.array) result.name.resize(result.name.size() - 2);
  auto open = std::string::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < result.name.size() && open == std::string::npos; i++) {
    if (result.name[i] == '"') quoted = !quoted;
    else if (result.name[i] == '(' && !quoted) open = i;
  }
  const auto close = result.name.find(')', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return result;
  for (const std::string& part : split_list(result.name.substr(open + 1, close - open - 1)))
    if (!part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return (c >= '0' && c <= '9') || c == '-'; })) result.modifier.push_back(std::atoi(part.c_str()));
  result.name.erase(open, close - open + 1);
  if (is_of_time(result.name) && result.modifier == std::vector<int>{6}) result.modifier.clear();
  return result;
}

bool is_text(const std::string& name) { return name == "text" || name == "character varying" || name == "character" || name == "name" || name == "\"char\""; }

// Families in which a type holds all values of those before it.
const std::vector<std::vector<std::string>>& widenings() {
  static const std::vector<std::vector<std::string>> all = {
      {"smallint", "integer", "bigint", "numeric"},
      {"real", "double precision"},
      {"smallint", "integer", "double precision"},
      {"smallint", "real"},
      {"date", "timestamp without time zone"},
      {"date", "timestamp with time zone"},
      {"timestamp without time zone", "timestamp with time zone"},
      {"time without time zone", "time with time zone"},
      {"cidr", "inet"},
      {"name", "character varying", "text"},
      {"character", "character varying", "text"},
      {"jsonb", "json"},
      {"bit", "bit varying"},
      {"boolean", "integer"},
  };
  return all;
}

bool widens(const std::string& from, const std::string& to) {
  for (const auto& family : widenings()) {
    const auto a = std::find(family.begin(), family.end(), from), b = std::find(family.begin(), family.end(), to);
    if (a != family.end() && b != family.end() && a <= b) return true;
  }
  return false;
}

// Does every value of one modifier fit into the other? An absent one has no limit.
bool modifier_fits(const Modified& from, const Modified& to) {
  if (to.modifier.empty()) return true;
  if (to.name == "numeric") {
    if (from.name != "numeric" || from.modifier.empty()) return false;
    const int from_scale = from.modifier.size() > 1 ? from.modifier[1] : 0, to_scale = to.modifier.size() > 1 ? to.modifier[1] : 0;
    return to_scale >= from_scale && to.modifier[0] - to_scale >= from.modifier[0] - from_scale;
  }
  if (is_text(to.name) || to.name.starts_with("bit") || is_of_time(to.name)) return !from.modifier.empty() && from.modifier[0] <= to.modifier[0];
  return from.modifier == to.modifier;
}

}  // namespace

std::string without_modifier(const std::string& type) {
  const Modified parsed = parse(type);
  return parsed.name + (parsed.array ? "[]" : "");
}

std::string narrowing(const std::string& from, const std::string& to) {
  const Modified a = parse(from), b = parse(to);
  if (a.array != b.array) return (b.name == "text" || b.name == "character varying") && b.modifier.empty() && !b.array ? "" : "values that " + to + " cannot hold";
  const bool to_unbounded_text = (b.name == "text" || b.name == "character varying") && b.modifier.empty();
  if (to_unbounded_text) return {};
  if (a.name == "json" && b.name == "jsonb") return "the order, the blanks and repeated keys of JSON";
  const bool only_shorter = is_text(a.name) && is_text(b.name) && !b.modifier.empty();
  if (a.name != b.name && !only_shorter && !widens(a.name, b.name)) return "values that " + to + " cannot hold";
  if (!modifier_fits(a, b)) return is_text(b.name) ? "longer values" : b.name == "numeric" || is_of_time(b.name) ? "digits or larger values" : "values that " + to + " cannot hold";
  return {};
}

bool requires_rewrite(const std::string& from, const std::string& to) {
  const Modified a = parse(from), b = parse(to);
  if (a.array != b.array) return true;
  const bool same_family = a.name == b.name || (a.name == "character varying" && b.name == "text") || (a.name == "text" && b.name == "character varying") ||
                           (a.name == "cidr" && b.name == "inet");
  if (!same_family || b.name == "character" || b.name == "bit") return from != to;
  if (b.modifier.empty()) return false;
  if (a.modifier.empty()) return true;
  if (b.name == "numeric") {
    const int from_scale = a.modifier.size() > 1 ? a.modifier[1] : 0, to_scale = b.modifier.size() > 1 ? b.modifier[1] : 0;
    return from_scale != to_scale || a.modifier[0] > b.modifier[0];
  }
  return a.modifier[0] > b.modifier[0];
}

bool is_assigned(const std::string& from, const std::string& to) {
  const Modified a = parse(from), b = parse(to);
  const auto is_string = [](const std::string& name) { return name == "text" || name == "character varying" || name == "character"; };
  return a.array == b.array && (a.name == b.name || (is_string(a.name) && is_string(b.name)));
}

std::string conversion(const std::string& column, const std::string& from, const std::string& to, const Casts& casts) {
  const Modified a = parse(from), b = parse(to);
  const bool direct = a.name == b.name || is_text(a.name) || is_text(b.name) || casts.contains({a.name, b.name});
  return column + (direct && a.array == b.array ? "::" : "::text::") + to;
}

}  // namespace strata::schema
