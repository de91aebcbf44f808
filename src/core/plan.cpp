#include "core/plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/frontier.hpp"
#include "core/resolve.hpp"
#include "core/text.hpp"
#include "core/walk.hpp"

namespace strata {

namespace {

Indexes distinct(const Graph& graph, std::span<const Index> current) {
  Marks seen(graph.size());
  Indexes result;
  for (const Index i : current) {
    if (!std::exchange(seen[i], 1)) result.push_back(i);
  }
  return result;
}

// Rows that are ancestors of others say two things at once; Alembic refuses to upgrade from them, and so do we.
void refuse_overlapping_rows(const Graph& graph, const Target& target, std::span<const Index> current) {
  const auto below = overlap(graph, current);
  if (!below) return;
  throw Error(sqlstate::unreachable_target, fmt::format("cannot upgrade to {}: the version rows overlap", quoted(target.text)))
      .with_detail(fmt::format("The version rows are {}, but {} is an ancestor of another one.", quoted_list(ids(graph, current)),
                               quoted(graph.id(*below))))
      .with_hint("Say what is applied with migrate_stamp(..., purge => true).");
}

void refuse_overlapping_targets(const Graph& graph, const Target& target, std::span<const Index> targets) {
  const auto below = overlap(graph, targets);
  if (!below) return;
  throw unreachable(target, fmt::format("It stands for {}, but {} is an ancestor of another one.",
                                        quoted_list(ids(graph, targets)), quoted(graph.id(*below))))
      .with_hint("Name the revision that needs the others.");
}

bool stays_at_current(const Target& target) { return target.symbol == Symbol::current && !target.is_relative(); }

Plan nothing_to_do(const Graph& graph, std::span<const Index> current) { return {{}, maximal(graph, applied(graph, current))}; }

// What is applied for the sake of a version row that the merge leaves alone.
Marks kept_beside(const Graph& graph, Index merge, const Indexes& rows) {
  const Marks below = ancestors(graph, std::span(&merge, 1), Edges::all);
  Indexes others;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(others), [&](Index row) { return !below[row]; });
  return ancestors(graph, others, Edges::all);
}

// Alembic cannot write the version rows of a merge that also names something one of the merged revisions needs anyway, unless
// another version row stands above that; it fails while it runs. Refused before, it can be told why.
void refuse_redundant_merges(const Graph& graph, const Target& target, const Indexes& order, const Indexes& rows) {
  constexpr std::size_t suspicious = 3;  // two to merge and one too many
  if (std::none_of(order.begin(), order.end(), [&](Index i) { return graph.down(i).size() >= suspicious; })) return;
  Redundancy redundancy(graph);
  for (const Index merge : order) {
    const auto down = graph.down(merge);
    if (down.size() < suspicious) continue;
    Indexes twice = redundancy.below(merge);
    if (twice.empty() || down.size() - twice.size() < 2) continue;
    const Marks kept = kept_beside(graph, merge, rows);
    const auto gone = std::count_if(down.begin(), down.end(), [&](Index i) { return !kept[i]; });
    std::erase_if(twice, [&](Index i) { return kept[i]; });
    if (twice.empty() || gone - std::ssize(twice) < 2) continue;
    const std::string id = quoted(graph.id(merge)), named = quoted_list(ids(graph, twice));
    throw Error(sqlstate::unreachable_target,
                fmt::format("cannot upgrade to {}: merge {} names {} without need", quoted(target.text), id, named))
        .with_detail(fmt::format("Other revisions in down_revision or depends_on of {} need {} already.", id, named))
        .with_hint(fmt::format("Take {} out of down_revision and depends_on of {}.", named, id));
  }
}

Plan carried_out(const Graph& graph, Operation operation, const Indexes& order, const Marks& before) {
  Frontier frontier(graph, before);
  Plan plan;
  plan.steps.reserve(order.size());
  for (const Index revision : order) {
    if (operation == Operation::upgrade)
      frontier.add(revision);
    else
      frontier.remove(revision);
    plan.steps.push_back({operation, revision, frontier.heads()});
  }
  plan.heads = frontier.heads();
  return plan;
}

}  // namespace

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::upgrade:
      return "upgrade";
    case Operation::downgrade:
      return "downgrade";
    case Operation::stamp:
      return "stamp";
  }
  return "";
}

Operation operation_named(std::string_view name) {
  for (const Operation operation : {Operation::upgrade, Operation::downgrade, Operation::stamp}) {
    if (name == name_of(operation)) return operation;
  }
  throw Error(sqlstate::invalid_parameter, fmt::format("unknown operation {}", quoted(name)))
      .with_hint("The operations are \"upgrade\", \"downgrade\" and \"stamp\".");
}

// Alembic: RevisionMap._collect_upgrade_revisions with implicit_base.
Plan plan_upgrade(const Graph& graph, std::string_view text, std::span<const Index> current) {
  const Target target = parse_target(text);
  const Indexes rows = distinct(graph, current);
  if (stays_at_current(target)) return nothing_to_do(graph, rows);
  const Indexes targets = upgrade_targets(graph, target, rows);
  refuse_overlapping_targets(graph, target, targets);
  refuse_overlapping_rows(graph, target, rows);
  const Marks before = applied(graph, rows);
  Marks needed = ancestors(graph, targets, Edges::all);
  for (std::size_t i = 0; i < needed.size(); ++i) needed[i] = needed[i] && !before[i];
  const Indexes order = in_order(graph, needed, targets);
  refuse_redundant_merges(graph, target, order, rows);
  return carried_out(graph, Operation::upgrade, order, before);
}

// Alembic: RevisionMap._collect_downgrade_revisions.
Plan plan_downgrade(const Graph& graph, std::string_view text, std::span<const Index> current) {
  const Target target = parse_target(text);
  const Indexes rows = distinct(graph, current);
  if (stays_at_current(target)) return nothing_to_do(graph, rows);
  const auto [place, branch] = downgrade_target(graph, target, rows);

  const auto above = place ? graph.children(*place) : std::span<const Index>(graph.bases());
  Indexes roots(above.begin(), above.end());
  if (branch && roots.size() > 1) {
    const Marks below = ancestors(graph, std::span(&*branch, 1), Edges::lineage);
    std::erase_if(roots, [&](Index i) { return !below[i]; });
    if (roots.empty())
      throw unreachable(
          target, fmt::format("Nothing above it leads to {}.", quoted(target.label.empty() ? graph.id(*branch) : target.label)));
  }
  const Marks before = applied(graph, rows);
  Marks dropped = descendants(graph, roots, Edges::all);
  bool any = false;
  for (std::size_t i = 0; i < dropped.size(); ++i) {
    dropped[i] = dropped[i] && before[i];
    any = any || dropped[i];
  }
  if (place && !any && std::find(rows.begin(), rows.end(), *place) == rows.end()) {
    throw unreachable(
        target, before[*place] ? "It is applied, but no applied revision descends from it: what depends on it must go down first."
                               : "It is not applied.");
  }
  Indexes order = in_order(graph, dropped, rows);
  std::reverse(order.begin(), order.end());
  return carried_out(graph, Operation::downgrade, order, before);
}

Plan plan(const Graph& graph, Operation operation, std::string_view target, std::span<const Index> current) {
  switch (operation) {
    case Operation::upgrade:
      return plan_upgrade(graph, target, current);
    case Operation::downgrade:
      return plan_downgrade(graph, target, current);
    case Operation::stamp:
      break;
  }
  const std::string one(target);
  return plan_stamp(graph, std::span(&one, 1), current);
}

Indexes locate(const Graph& graph, std::span<const std::string> rows) {
  Indexes found;
  std::vector<std::string> missing;
  for (const std::string& row : rows) {
    if (const auto i = graph.find(row))
      found.push_back(*i);
    else
      missing.push_back(row);
  }
  if (missing.empty()) return found;
  throw Error(sqlstate::unknown_revision,
              fmt::format("the database is at {}, which {} not loaded", quoted_list(missing), missing.size() == 1 ? "is" : "are"))
      .with_detail("Revisions that are applied must stay loaded: their parents and their downgrade are needed.")
      .with_hint(
          "Load the revisions with migrate_load or migrate_load_directory, or say what is applied with migrate_stamp(..., purge "
          "=> true).");
}

std::vector<char> applied(const Graph& graph, std::span<const Index> current) { return ancestors(graph, current, Edges::all); }

Indexes maximal(const Graph& graph, const std::vector<char>& applied) { return Frontier(graph, applied).heads(); }

Indexes heads_after(const Graph& graph, Operation operation, Index revision, std::span<const Index> current) {
  std::vector<char> marks = applied(graph, current);
  const auto all = [&](std::span<const Index> neighbours, char wanted) {
    return std::all_of(neighbours.begin(), neighbours.end(), [&](Index i) { return marks[i] == wanted; });
  };
  const bool next_up = operation == Operation::upgrade && !marks[revision] && all(graph.parents(revision), 1) && all(graph.dependencies(revision), 1);
  const bool next_down = operation == Operation::downgrade && marks[revision] && all(graph.children(revision), 0) && all(graph.dependents(revision), 0);
  if (!next_up && !next_down)
    throw Error(sqlstate::unreachable_target, fmt::format("{} of revision {} is not the next step", name_of(operation), quoted(graph.id(revision))))
        .with_hint("migrate_plan() shows the steps.");
  marks[revision] = next_up;
  return maximal(graph, marks);
}

}  // namespace strata
