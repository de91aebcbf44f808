#include "core/offline.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/literal.hpp"
#include "core/resets.hpp"

namespace strata {
namespace {

std::string literal(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(sql_literal(text));
  return fmt::format("ARRAY[{}]::pg_catalog.text[]", fmt::join(quoted, ", "));
}

// A comment ends with its line.
std::string on_one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return text;
}

// What every script starts with: the settings the server's own runner gives it.
constexpr std::string_view kStart = "BEGIN;\nSET LOCAL row_security = off;\nSET LOCAL standard_conforming_strings = on;\n";
constexpr std::string_view kStartApart = "COMMIT;\nSET row_security = off;\nSET standard_conforming_strings = on;\n";
constexpr std::string_view kEndApart = "RESET row_security;\nRESET standard_conforming_strings;\n";

void print_step(std::string& out, const OfflineStep& step) {
  const bool apart = step.transaction == Transaction::forbidden;
  out += fmt::format("\n-- {}\n", on_one_line(step.title));
  if (apart) out.append("-- It cannot run in a transaction.\n").append(kStartApart);
  if (!step.sql.empty()) out += step.sql + "\n;\n";
  const std::string resets = resets_after(step.sql);
  out += resets;
  if (apart) out.append(kEndApart).append(kStart);
  else if (!resets.empty()) out += kStart.substr(kStart.find('\n') + 1);
  out += fmt::format("SELECT migrate.record({}, {}, {}, {});\n", sql_literal(name_of(step.operation)), sql_literal(step.revision),
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
