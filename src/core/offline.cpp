#include "core/offline.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace strata {
namespace {

std::string literal(const std::string& text) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string literal(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(literal(text));
  return fmt::format("ARRAY[{}]::pg_catalog.text[]", fmt::join(quoted, ", "));
}

// A comment ends with its line.
std::string on_one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return text;
}

// Does the script hold this word, whatever its case? Inside a string or comment it counts too: one reset too many does no harm.
bool mentions(const std::string& lower, std::string_view word) {
  const auto is_word = [&](std::size_t at) {
    return at < lower.size() && (std::isalnum(static_cast<unsigned char>(lower[at])) || lower[at] == '_');
  };
  for (std::size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1))
    if ((at == 0 || !is_word(at - 1)) && !is_word(at + word.size())) return true;
  return false;
}

// What takes back the settings that a script may have changed.
std::string resets_after(const std::string& sql) {
  std::string lower(sql.size(), '\0');
  std::transform(sql.begin(), sql.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!mentions(lower, "set") && !mentions(lower, "set_config")) return {};
  std::string resets;
  if (mentions(lower, "authorization")) resets += "RESET SESSION AUTHORIZATION;\n";
  if (mentions(lower, "role")) resets += "RESET ROLE;\n";
  return resets + "RESET ALL;\n";
}

constexpr std::string_view kStart = "BEGIN;\nSET LOCAL row_security = off;\n";

void print_step(std::string& out, const OfflineStep& step) {
  const bool apart = step.transaction == Transaction::forbidden;
  out += fmt::format("\n-- {}\n", on_one_line(step.title));
  if (apart) out += "-- It cannot run in a transaction.\nCOMMIT;\n";
  if (!step.sql.empty()) out += step.sql + "\n;\n";
  const std::string resets = resets_after(step.sql);
  out += resets;
  if (apart) out += kStart;
  else if (!resets.empty()) out += "SET LOCAL row_security = off;\n";
  out += fmt::format("SELECT migrate.record({}, {}, {}, {});\n", literal(std::string(name_of(step.operation))), literal(step.revision),
                     literal(step.from_heads), literal(step.to_heads));
}

}  // namespace

std::string print_offline(const std::vector<OfflineStep>& steps) {
  if (steps.empty()) return "-- Nothing to do.\n";
  const auto names = [](const std::vector<std::string>& heads) {
    return heads.empty() ? std::string("base") : on_one_line(fmt::format("{}", fmt::join(heads, ", ")));
  };
  std::string out = fmt::format("-- {} from {} to {}, printed by pg_strata. Run it with psql.\n\\set ON_ERROR_STOP on\n{}",
                                name_of(steps.front().operation), names(steps.front().from_heads), names(steps.back().to_heads), kStart);
  for (const OfflineStep& step : steps) print_step(out, step);
  return out + "\nCOMMIT;\n";
}

std::string announcement(const Graph& graph, const Step& step, const std::string& message) {
  if (!step.revision) return "Running stamp to base";
  const Lineage& lineage = graph.lineage(*step.revision);
  const std::string comment = message.empty() ? "" : ", " + message;
  const std::string parents = fmt::format("{}", fmt::join(lineage.down_revision, ", "));
  switch (step.operation) {
    case Operation::upgrade: return fmt::format("Running upgrade {} -> {}{}", parents, lineage.id, comment);
    case Operation::downgrade: return fmt::format("Running downgrade {} -> {}{}", lineage.id, parents, comment);
    case Operation::stamp: return fmt::format("Running stamp to {}{}", lineage.id, comment);
  }
  return {};
}

}  // namespace strata
