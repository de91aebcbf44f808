#include "core/health.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/literal.hpp"
#include "core/plan.hpp"
#include "core/resolve.hpp"
#include "core/text.hpp"

namespace strata {
namespace {

using Names = std::vector<std::string>;

std::string json(const std::string& text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') out += fmt::format("\\{}", static_cast<char>(c));
    else if (c < 0x20) out += fmt::format("\\u{:04x}", c);
    else out += static_cast<char>(c);
  }
  return out + "\"";
}

std::string json(const Names& texts) {
  Names items;
  for (const std::string& text : texts) items.push_back(json(text));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string json_single(const Names& texts) { return texts.size() == 1 ? json(texts.front()) : "null"; }

}  // namespace

Indexes known_rows(const Graph& graph, const Names& version_rows) {
  Indexes rows;
  for (const std::string& row : version_rows)
    if (const auto index = graph.find(row); index) rows.push_back(*index);
  return rows;
}

Health health_of(const Graph& graph, const Names& version_rows) {
  Health health;
  health.current = version_rows;
  for (Index head : graph.effective_heads()) health.expected.push_back(graph.id(head));
  std::sort(health.expected.begin(), health.expected.end());
  for (const std::string& row : version_rows)
    if (!graph.find(row)) health.unknown.push_back(row);
  const std::vector<char> marks = applied(graph, known_rows(graph, version_rows));
  health.pending = static_cast<std::size_t>(std::count(marks.begin(), marks.end(), 0));
  return health;
}

std::string to_json(const Health& health) {
  return fmt::format(
      R"({{"status": "{}", "db_connected": true, "migrations_current": {}, "current_revision": {}, "expected_revision": {}, )"
      R"("current_revisions": {}, "expected_revisions": {}, "pending": {}, "unknown_revisions": {}, "problem": {}}})",
      health.is_current() ? "ready" : "unhealthy", health.is_current(), json_single(health.current), json_single(health.expected),
      json(health.current), json(health.expected), health.pending, json(health.unknown),
      health.problem.empty() ? "null" : json(health.problem));
}

namespace {

// Where a database stands is asked of effective heads; a plan asks for "head" as Alembic does.
Indexes required(const Graph& graph, std::string_view target, const Indexes& rows) {
  if (target == "head" && graph.effective_heads().size() == 1) return graph.effective_heads();
  return resolve(graph, target, rows);
}

}  // namespace

void require_applied(const Graph& graph, std::string_view target, const Names& version_rows) {
  const Indexes rows = known_rows(graph, version_rows);
  const std::vector<char> marks = applied(graph, rows);
  Names missing;
  for (Index index : required(graph, target, rows))
    if (!marks[index]) missing.push_back(graph.id(index));
  if (missing.empty()) return;
  throw Error(sqlstate::wrong_state, fmt::format("the database is not at {}", quoted(target)))
      .with_detail(fmt::format("Not applied: {}. The version rows are {}.", fmt::join(missing, ", "),
                               version_rows.empty() ? "none (base)" : fmt::format("{}", fmt::join(version_rows, ", "))))
      .with_hint(fmt::format("Run SELECT migrate_upgrade({0}), or CALL migrate_deploy({0}).", sql_literal(target)));
}

void require_up_to_date(const Graph& graph, const Names& version_rows) {
  const Health health = health_of(graph, version_rows);
  if (health.is_current()) return;
  throw Error(sqlstate::wrong_state, "target database is not up to date")
      .with_detail(health.problem.empty() ? fmt::format("{} revision(s) are pending; the version rows are {}.", health.pending,
                                                        version_rows.empty() ? "none (base)" : fmt::format("{}", fmt::join(version_rows, ", ")))
                                          : health.problem)
      .with_hint("Run SELECT migrate_upgrade('heads'), or CALL migrate_deploy('heads').");
}

}  // namespace strata
