#include "core/offline.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/literal.hpp"

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

// What every revision starts with, whatever the one before has SET. psql knows the role that ran the script from its first line.
constexpr std::string_view kRole = "SELECT pg_catalog.current_setting('role') AS migrate_role \\gset\n";
constexpr std::string_view kReset = "RESET SESSION AUTHORIZATION; SET ROLE :\"migrate_role\"; RESET ALL;\n";
constexpr std::string_view kSettings = "SET LOCAL row_security = off; SET LOCAL standard_conforming_strings = on;\n";
constexpr std::string_view kSettingsApart = "SET row_security = off; SET standard_conforming_strings = on;\n";

void print_step(std::string& out, const OfflineStep& step) {
  const bool apart = step.transaction == Transaction::forbidden;
  out += fmt::format("\n-- {}\n", on_one_line(step.title));
  if (apart) out.append("-- It cannot run in a transaction.\nCOMMIT;\n").append(kSettingsApart);
  else out += kSettings;
  if (!step.sql.empty()) out += step.sql + "\n;\n";
  out += kReset;
  if (apart) out += "BEGIN;\n";
  out += fmt::format("SELECT migrate.record({}, {}, {}, {});\n", sql_literal(name_of(step.operation)), sql_literal(step.revision),
                     literal(step.from_heads), literal(step.to_heads));
}

}  // namespace

std::string print_offline(const std::vector<OfflineStep>& steps) {
  if (steps.empty()) return "-- Nothing to do.\n";
  const auto names = [](const std::vector<std::string>& heads) {
    return heads.empty() ? std::string("base") : on_one_line(fmt::format("{}", fmt::join(heads, ", ")));
  };
  std::string out = fmt::format("-- {} from {} to {}, printed by pg_strata. Run it with psql.\n\\set ON_ERROR_STOP on\n{}{}BEGIN;\n",
                                name_of(steps.front().operation), names(steps.front().from_heads), names(steps.back().to_heads), kRole, kReset);
  out += fmt::format("SELECT migrate.expect({});\n", literal(steps.front().from_heads));
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
