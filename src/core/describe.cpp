#include "core/describe.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/plan.hpp"

namespace strata {
namespace {

bool contains(std::span<const Index> list, Index wanted) { return std::find(list.begin(), list.end(), wanted) != list.end(); }

std::string names(const Graph& graph, std::span<const Index> indexes) {
  std::vector<std::string> ids;
  for (Index index : indexes) ids.push_back(graph.id(index));
  return fmt::format("{}", fmt::join(ids, ", "));
}

std::string marks(const Graph& graph, Index revision, std::span<const Index> current) {
  std::string text;
  if (contains(graph.heads(), revision)) text += contains(graph.effective_heads(), revision) ? " (head)" : " (head, absorbed by depends_on)";
  if (contains(current, revision)) text += " (current)";
  else if (applied(graph, current)[revision]) text += " (applied)";
  if (graph.is_branch_point(revision)) text += " (branch point)";
  if (graph.is_merge_point(revision)) text += " (merge point)";
  return text;
}

std::string downgrade_line(const StoredRevision& stored) {
  if (!stored.downgrade) return "none, irreversible";
  if (stored.downgrade->defect) return fmt::format("does not parse, irreversible ({})", *stored.downgrade->defect);
  return stored.downgrade->barrier ? fmt::format("not in a transaction ({})", *stored.downgrade->barrier) : "yes";
}

std::string upgrade_line(const StoredRevision& stored) {
  if (!stored.upgrade) return "lost";
  return stored.upgrade->barrier ? fmt::format("not in a transaction ({})", *stored.upgrade->barrier) : "in a transaction";
}

// So that no line of a message can pass for one of ours.
std::string indented(const std::string& message) {
  std::string text = "\n    ";
  for (const char c : message) text += c == '\n' ? std::string("\n    ") : std::string(1, c);
  return text + "\n";
}

void line(std::string& out, std::string_view key, const std::string& text) {
  if (!text.empty()) out += fmt::format("{}: {}\n", key, text);
}

}  // namespace

std::string describe(const Graph& graph, Index revision, const StoredRevision& stored, std::span<const Index> current) {
  std::string out = fmt::format("Rev: {}{}\n", graph.id(revision), marks(graph, revision, current));
  const bool merges = graph.is_merge_point(revision);
  line(out, merges ? "Merges" : "Parent", graph.parents(revision).empty() ? "<base>" : names(graph, graph.parents(revision)));
  line(out, "Also depends on", fmt::format("{}", fmt::join(graph.lineage(revision).depends_on, ", ")));
  if (graph.is_branch_point(revision)) line(out, "Branches into", names(graph, graph.children(revision)));
  line(out, "Branch names", fmt::format("{}", fmt::join(graph.labels(revision), ", ")));
  line(out, "File", stored.file);
  line(out, "Created at", stored.created_at);
  line(out, "Upgrade", upgrade_line(stored));
  line(out, "Downgrade", downgrade_line(stored));
  return out + (stored.message.empty() ? "" : indented(stored.message));
}

}  // namespace strata
