#include "core/resolve.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.hpp"

namespace strata {

namespace {

constexpr std::size_t shortest_prefix = 4;

std::string of(const Target& target) { return " (target " + quoted(target.text) + ")"; }

// Names the target once: not again where the name is all of it.
std::string beside(const Target& target, std::string_view name) { return target.text == name ? "" : of(target); }

Error unknown(const Target& target, std::string_view kind, std::string_view name) {
  Error error(sqlstate::unknown_revision, fmt::format("unknown {} {}{}", kind, quoted(name), beside(target, name)));
  if (character_count(name) < shortest_prefix) {
    return std::move(error).with_hint(
        fmt::format("A prefix must have at least {} characters. migrate_history() lists all revisions.", shortest_prefix));
  }
  return std::move(error).with_hint("migrate_history() lists all revisions.");
}

Error ambiguous(const Target& target, std::string_view name, const std::vector<std::string>& candidates) {
  return Error(sqlstate::ambiguous_revision, fmt::format("revision {} is ambiguous{}", quoted(name), beside(target, name)))
      .with_detail(fmt::format("It could be {}.", quoted_list(candidates)))
      .with_hint("Write more characters of the revision.");
}

Error several_heads(const Graph& graph, const Target& target, std::span<const Index> heads) {
  return Error(sqlstate::several_heads, fmt::format("target {} stands for several heads", quoted(target.text)))
      .with_detail(fmt::format("The heads are {}.", quoted_list(ids(graph, heads))))
      .with_hint("Use \"heads\" for all of them, name one as \"label@head\", or merge them with migrate_merge.");
}

Error forks(const Graph& graph, const Target& target, std::string_view way, std::span<const Index> choices) {
  return Error(sqlstate::ambiguous_revision, fmt::format("target {} is ambiguous: the way {} forks", quoted(target.text), way))
      .with_detail(fmt::format("It could go to {}.", quoted_list(ids(graph, choices))))
      .with_hint("Name the revision, or name the branch before the steps (\"label@+1\").");
}

Error ambiguous_start(const Graph& graph, const Target& target, std::span<const Index> starts) {
  return Error(sqlstate::ambiguous_revision,
               fmt::format("target {} is ambiguous: it could count from several current revisions", quoted(target.text)))
      .with_detail(fmt::format("The current revisions are {}.", quoted_list(ids(graph, starts))))
      .with_hint("Name the branch before the steps (\"label@+1\"), or name the revision to count from (\"ae10+1\").");
}

std::string count_of(int steps) {
  return steps == 1 || steps == -1 ? "1 step" : fmt::format("{} steps", steps < 0 ? -static_cast<long>(steps) : steps);
}

Error too_far(const Target& target) {
  return unreachable(target,
                     fmt::format("There are not {} {} from there.", count_of(*target.steps), *target.steps > 0 ? "up" : "down"));
}

Indexes chosen(std::span<const Index> from, const Marks& marks) {
  Indexes result;
  for (const Index i : from) {
    if (marks[i]) result.push_back(i);
  }
  return result;
}

Marks lineage_of(const Graph& graph, Index branch) { return related(graph, std::span(&branch, 1), Edges::lineage); }

std::optional<Marks> lineage_of(const Graph& graph, std::optional<Index> branch) {
  if (!branch) return std::nullopt;
  return lineage_of(graph, *branch);
}

const Marks* address(const std::optional<Marks>& marks) { return marks ? &*marks : nullptr; }

Index find_name(const Graph& graph, const Target& target, std::string_view kind, std::string_view name, const Marks* branch) {
  if (const auto found = graph.find(name)) return *found;
  if (const auto found = graph.find_label(name)) return *found;
  if (character_count(name) < shortest_prefix) throw unknown(target, kind, name);
  Indexes candidates = graph.with_prefix(name);
  if (branch) candidates = chosen(candidates, *branch);
  if (candidates.size() > 1) {  // an id and labels of the same revision are several names all the same, as in Alembic
    std::vector<std::string> names = ids(graph, candidates);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    throw ambiguous(target, name, names);
  }
  if (candidates.empty()) throw unknown(target, kind, name);
  return candidates[0];
}

Indexes to_indexes(Place place) { return place ? Indexes{*place} : Indexes{}; }

// The places "label@+n" counts from. Where no version row is on the branch: the newest applied revisions that are; base, where
// none is. Alembic: RevisionMap._parse_upgrade_target.
Place upgrade_start(const Graph& graph, const Target& target, std::span<const Index> current, const Marks* branch) {
  Indexes starts(current.begin(), current.end());
  if (branch) starts = chosen(current, *branch);
  if (branch && starts.empty()) {
    Marks active = ancestors(graph, current, Edges::all);
    for (std::size_t i = 0; i < active.size(); ++i) active[i] &= (*branch)[i];
    Marks tips = active;
    for (const Index i : marked(active)) {
      for (const Index down : graph.down(i)) tips[down] = 0;
    }
    starts = marked(tips);
  }
  if (starts.size() > 1) throw ambiguous_start(graph, target, starts);
  return starts.empty() ? Place{} : Place{starts[0]};
}

// The version row, or the applied revision, that "label@-n" counts from. Alembic: RevisionMap._parse_downgrade_target.
Index downgrade_start(const Graph& graph, const Target& target, std::span<const Index> current, Index branch) {
  const Marks lineage = lineage_of(graph, branch);
  Indexes starts = chosen(current, lineage);
  if (starts.empty()) {
    // Branches whose head is applied only as a dependency of another one have no version row.
    const Marks active = ancestors(graph, current, Edges::all);
    for (const Index i : marked(active)) {
      const auto above = graph.children(i);
      if (lineage[i] && std::none_of(above.begin(), above.end(), [&](Index child) { return active[child]; })) starts.push_back(i);
    }
  }
  if (starts.empty()) throw unreachable(target, fmt::format("No revision of branch {} is applied.", quoted(target.label)));
  if (starts.size() > 1) throw ambiguous_start(graph, target, starts);
  return starts[0];
}

}  // namespace

Error unreachable(const Target& target, std::string detail) {
  return Error(sqlstate::unreachable_target,
               fmt::format("target {} cannot be reached from the current revisions", quoted(target.text)))
      .with_detail(std::move(detail))
      .with_hint("migrate_current() shows the current revisions, migrate_history() all of them.");
}

std::vector<std::string> ids(const Graph& graph, std::span<const Index> revisions) {
  std::vector<std::string> result;
  result.reserve(revisions.size());
  for (const Index i : revisions) result.push_back(graph.id(i));
  return result;
}

std::optional<Index> find_branch(const Graph& graph, const Target& target) {
  if (target.label.empty()) return std::nullopt;
  return find_name(graph, target, "branch", target.label, nullptr);
}

Index find_named(const Graph& graph, const Target& target) {
  const auto branch = lineage_of(graph, find_branch(graph, target));
  const Index found = find_name(graph, target, "revision", target.name, address(branch));
  if (branch && !(*branch)[found]) {
    throw Error(sqlstate::unknown_revision,
                fmt::format("revision {} is not on branch {}{}", quoted(target.name), quoted(target.label), of(target)))
        .with_hint(fmt::format("Leave out \"{}@\", or name a revision of that branch.",
                               target.label.size() > quoted_characters ? "label" : target.label));
  }
  return found;
}

Indexes find_all(const Graph& graph, const Target& target, std::span<const Index> current) {
  if (target.symbol == Symbol::name) return {find_named(graph, target)};
  const auto branch = lineage_of(graph, find_branch(graph, target));
  const auto on_branch = [&](std::span<const Index> all) {
    return branch ? chosen(all, *branch) : Indexes(all.begin(), all.end());
  };
  switch (target.symbol) {
    case Symbol::heads:
      return branch ? on_branch(graph.heads()) : graph.effective_heads();
    case Symbol::head: {
      Indexes heads = on_branch(graph.heads());
      if (heads.size() > 1) throw several_heads(graph, target, heads);
      return heads;
    }
    case Symbol::current:
    case Symbol::none:
      return on_branch(current);
    case Symbol::base:
    case Symbol::name:
      break;
  }
  return {};
}

Place find_place(const Graph& graph, const Target& target, std::span<const Index> current) {
  const Indexes found = find_all(graph, target, current);
  if (found.size() > 1) {
    throw target.symbol == Symbol::heads ? several_heads(graph, target, found) : ambiguous_start(graph, target, found);
  }
  return found.empty() ? Place{} : Place{found[0]};
}

std::optional<Place> walk(const Graph& graph, const Target& target, Place start, int steps, const Marks* branch,
                          Overwalk overwalk) {
  Place at = start;
  bool at_bottom = false;
  for (int left = steps; left != 0; left += steps > 0 ? -1 : 1) {
    std::span<const Index> next;
    Indexes on_branch;
    if (steps > 0) {
      next = at ? graph.children(*at) : std::span<const Index>(graph.bases());
      if (branch) next = on_branch = chosen(next, *branch);
    } else if (!at_bottom) {
      next = at ? graph.parents(*at) : std::span<const Index>(graph.heads());
      if (next.empty() && at) {
        at = std::nullopt;
        at_bottom = true;
        continue;
      }
    }
    if (next.empty()) {
      if (overwalk == Overwalk::refuse) return std::nullopt;
      return at;
    }
    if (next.size() > 1) throw forks(graph, target, steps > 0 ? "up" : "down", next);
    at = next[0];
  }
  return at;
}

Indexes upgrade_targets(const Graph& graph, const Target& target, std::span<const Index> current, Overwalk overwalk) {
  if (!target.is_relative()) return find_all(graph, target, current);
  const int steps = *target.steps;
  const auto branch = lineage_of(graph, find_branch(graph, target));
  Place start;
  if (target.counts_from_current()) {
    if (steps <= 0) throw unreachable(target, "An upgrade only goes up from the current revisions.");
    start = upgrade_start(graph, target, current, address(branch));
  } else {
    // Up the label chooses the way only; down the revision must be on that branch.
    Target from = target;
    if (steps > 0) from.label.clear();
    start = find_place(graph, from, current);
  }
  const auto end = walk(graph, target, start, steps, steps > 0 ? address(branch) : nullptr, overwalk);
  if (!end) throw too_far(target);
  return to_indexes(*end);
}

DowngradeTarget downgrade_target(const Graph& graph, const Target& target, std::span<const Index> current) {
  std::optional<Index> branch = find_branch(graph, target);
  Target from = target;
  if (!target.is_relative()) {
    // The label chooses the branch that goes down, the revision need not be on it.
    from.label.clear();
    return {find_place(graph, from, current), branch};
  }
  const int steps = *target.steps;
  std::optional<Place> end;
  if (steps >= 0) {
    if (target.counts_from_current()) throw unreachable(target, "A downgrade only goes down from the current revisions.");
    from.label.clear();
    const auto lineage = lineage_of(graph, branch);
    end = walk(graph, target, find_place(graph, from, current), steps, address(lineage), Overwalk::refuse);
    if (end && !*end) throw unreachable(target, "It stands for base: use \"base\".");
  } else if (target.counts_from_current()) {
    if (!branch && current.empty()) throw unreachable(target, "Nothing is applied.");
    // Without a label Alembic counts from the first version row, and keeps to its branch.
    const Index start = branch ? downgrade_start(graph, target, current, *branch) : current[0];
    if (!branch) branch = start;
    end = walk(graph, target, start, steps, nullptr, Overwalk::refuse);
  } else {
    end = walk(graph, target, find_place(graph, from, current), steps, nullptr, Overwalk::refuse);
  }
  if (!end) throw too_far(target);
  return {*end, branch};
}

Indexes resolve(const Graph& graph, std::string_view text, std::span<const Index> current) {
  const Target target = parse_target(text);
  if (!target.is_relative()) return find_all(graph, target, current);
  if (*target.steps > 0) return upgrade_targets(graph, target, current);
  return to_indexes(downgrade_target(graph, target, current).place);
}

Index resolve_one(const Graph& graph, std::string_view text, std::span<const Index> current) {
  const Indexes found = resolve(graph, text, current);
  const Target target = parse_target(text);
  if (found.size() > 1) throw several_heads(graph, target, found);
  if (found.empty()) {
    throw Error(sqlstate::unknown_revision, fmt::format("target {} stands for no revision", quoted(text)))
        .with_hint("migrate_history() lists all revisions.");
  }
  return found[0];
}

}  // namespace strata
