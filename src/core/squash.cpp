#include "core/squash.hpp"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "core/plan.hpp"
#include "core/text.hpp"
#include "core/walk.hpp"

namespace strata {
namespace {

Error not_closed(const Graph& graph, const std::string& detail, Index from, Index to) {
  return Error(sqlstate::wrong_state, fmt::format("the revisions from {} to {} cannot be squashed", quoted(graph.id(from)), quoted(graph.id(to))))
      .with_detail(detail)
      .with_hint("Choose a range that begins with one revision, ends with one, and to which no branch is tied in between.");
}

void require_no_tie(const Graph& graph, const Marks& inside, Index from, Index to) {
  const auto refuse = [&](Index a, Index b) { throw not_closed(graph, fmt::format("Revision {} hangs on revision {}.", quoted(graph.id(a)), quoted(graph.id(b))), from, to); };
  for (Index i = 0; i < graph.size(); i++) {
    if (!inside[i]) continue;
    for (const auto& below : {graph.parents(i), graph.dependencies(i)})
      for (const Index other : below)
        if (!inside[other] && i != from) refuse(i, other);
    for (const auto& above : {graph.children(i), graph.dependents(i)})
      for (const Index other : above)
        if (!inside[other] && i != to) refuse(other, i);
  }
}

}  // namespace

Segment closed_segment(const Graph& graph, Index from, Index to, const std::vector<std::string>& version_rows) {
  const std::array one{from}, other{to};
  const Marks up = descendants(graph, one, Edges::all), down = ancestors(graph, other, Edges::all);
  if (!down[from])
    throw Error(sqlstate::unreachable_target, fmt::format("revision {} is not below revision {}", quoted(graph.id(from)), quoted(graph.id(to))))
        .with_hint("migrate_squash(from, to, ...) goes from the older revision to the newer one.");
  Marks inside(graph.size(), 0), below(graph.size(), 0);
  const Marks needed = ancestors(graph, one, Edges::all);
  for (Index i = 0; i < graph.size(); i++) {
    inside[i] = up[i] && down[i];
    below[i] = needed[i] && i != from;
  }
  const Indexes rows = locate(graph, version_rows);
  const std::vector<char> is_applied = applied(graph, rows);
  if (!is_applied[to]) throw not_closed(graph, fmt::format("Revision {} is not applied here.", quoted(graph.id(to))), from, to);
  for (const Index row : rows)
    if (inside[row] && row != to) throw not_closed(graph, fmt::format("Revision {} is a version row.", quoted(graph.id(row))), from, to);
  require_no_tie(graph, inside, from, to);
  return {in_order(graph, inside, other), in_order(graph, below, one)};
}

Relinked relink(const Graph& graph, const Segment& segment, const std::string& new_id) {
  const Index from = segment.revisions.front(), to = segment.revisions.back();
  Relinked result;
  const Lineage first = graph.lineage(from);
  result.squashed = {new_id, first.down_revision, first.depends_on, {}};
  for (const Index i : segment.revisions)
    for (const std::string& label : graph.lineage(i).branch_labels) result.squashed.branch_labels.push_back(label);
  const std::string& old_id = graph.id(to);
  for (const auto& above : {graph.children(to), graph.dependents(to)})
    for (const Index other : above) {
      Lineage lineage = graph.lineage(other);
      std::replace(lineage.down_revision.begin(), lineage.down_revision.end(), old_id, new_id);
      std::replace(lineage.depends_on.begin(), lineage.depends_on.end(), old_id, new_id);
      const bool known = std::any_of(result.changed.begin(), result.changed.end(), [&](const Lineage& done) { return done.id == lineage.id; });
      if (!known) result.changed.push_back(std::move(lineage));
    }
  return result;
}

}  // namespace strata
