#include "core/history.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/resolve.hpp"
#include "core/text.hpp"
#include "core/walk.hpp"

namespace strata {

namespace {

// A bare number ("-3") beside a side that is none: it counts from there.
bool counts_from_other_side(const std::optional<Target>& side, const std::optional<Target>& other) {
  const auto bare = [](const std::optional<Target>& t) { return t && t->is_relative() && t->symbol == Symbol::none; };
  return bare(side) && !bare(other);
}

void add_once(Indexes& list, Index item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

// Places below the tops, as many steps as asked or as there are. No value among them: base.
struct Lower {
  Indexes revisions;
  bool reaches_base = false;
};

Lower as_lower(Indexes revisions) {
  const bool none = revisions.empty();
  return {std::move(revisions), none};
}

Lower below(const Graph& graph, const Target& target, const Indexes& tops) {
  if (*target.steps > 0) throw unreachable(target, "The lower side of a range counts down from the upper one.");
  std::optional<Marks> branch;
  if (const auto label = find_branch(graph, target)) branch = related(graph, std::span(&*label, 1), Edges::lineage);
  Lower lower;
  for (const Index top : tops) {
    if (branch && !(*branch)[top]) continue;
    const Place place = walk(graph, target, top, *target.steps, nullptr, Overwalk::stop).value_or(Place{});
    if (place)
      add_once(lower.revisions, *place);
    else
      lower.reaches_base = true;
  }
  lower.reaches_base = lower.reaches_base || lower.revisions.empty();
  return lower;
}

// A side that needs no other: a name, a symbol, a name and steps, or steps from the version rows.
Indexes on_its_own(const Graph& graph, const Target& target, std::span<const Index> current) {
  if (!target.is_relative()) return find_all(graph, target, current);
  std::optional<Marks> branch;
  if (const auto label = find_branch(graph, target)) branch = related(graph, std::span(&*label, 1), Edges::lineage);
  Target from = target;
  if (target.counts_from_current()) from.symbol = Symbol::current;
  const Place start = find_place(graph, from, current);
  const auto place = walk(graph, target, start, *target.steps, branch ? &*branch : nullptr, Overwalk::stop);
  return place && *place ? Indexes{**place} : Indexes{};
}

Indexes upper_side(const Graph& graph, const Range& range, std::span<const Index> current) {
  if (!range.to) return graph.effective_heads();
  if (!counts_from_other_side(range.to, range.from)) return on_its_own(graph, *range.to, current);
  const Indexes from = range.from ? on_its_own(graph, *range.from, current) : Indexes{};
  return upgrade_targets(graph, *range.to, from, Overwalk::stop);
}

Lower lower_side(const Graph& graph, const Range& range, const Indexes& tops, std::span<const Index> current) {
  if (!range.from) return as_lower({});
  if (counts_from_other_side(range.from, range.to)) return below(graph, *range.from, tops);
  return as_lower(on_its_own(graph, *range.from, current));
}

// "label@x:" lists only what is needed by the tops of that branch. Alembic asks for the label; a revision used as one stands for
// its label, or for its lineage where it has none.
void keep_branch(const Graph& graph, const std::optional<Target>& lower, Indexes& tops) {
  if (!lower || lower->label.empty() || lower->is_relative()) return;
  const Index owner = *find_branch(graph, *lower);
  std::string label = lower->label;
  if (graph.find_label(label) != owner) {
    const auto labels = graph.labels(owner);
    label = labels.size() == 1 ? labels[0] : "";
  }
  const Marks lineage = related(graph, std::span(&owner, 1), Edges::lineage);
  std::erase_if(tops, [&](Index top) {
    if (label.empty()) return !lineage[top];
    const auto labels = graph.labels(top);
    return std::find(labels.begin(), labels.end(), label) == labels.end();
  });
}

Indexes newest_first(Indexes oldest_first) {
  std::reverse(oldest_first.begin(), oldest_first.end());
  return oldest_first;
}

}  // namespace

Indexes history(const Graph& graph, std::optional<std::string_view> text, std::span<const Index> current) {
  if (!text) return newest_first(in_order(graph, Marks(graph.size(), 1), graph.effective_heads()));
  const Range range = parse_range(*text);
  Indexes tops = upper_side(graph, range, current);
  const Lower lower = lower_side(graph, range, tops, current);
  keep_branch(graph, range.from, tops);

  Marks wanted = ancestors(graph, tops, Edges::all);
  for (const Index i : lower.revisions) {
    if (wanted[i]) continue;
    throw Error(sqlstate::unreachable_target,
                fmt::format("range {} is empty: its lower side is no ancestor of its upper side", quoted(*text)))
        .with_detail(fmt::format("{} is not among the ancestors of {}.", quoted(graph.id(i)),
                                 tops.empty() ? "base" : quoted_list(ids(graph, tops))))
        .with_hint("Write a range as older:newer.");
  }
  const Marks before = ancestors(graph, lower.revisions, Edges::all);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = wanted[i] && !before[i];
  for (const Index i : lower.revisions) wanted[i] = 1;
  if (!lower.reaches_base) {
    const Marks above = descendants(graph, lower.revisions, Edges::lineage);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = wanted[i] && above[i];
  }
  return newest_first(in_order(graph, wanted, tops));
}

SqlRange sql_range(const Graph& graph, std::string_view text, std::span<const Index> current, Operation operation) {
  const bool down = operation == Operation::downgrade;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    parse_target(text);
    return {Indexes(current.begin(), current.end()), std::string(text)};
  }
  const Range range = parse_range(text);
  SqlRange result;
  if (range.from)
    result.from = resolve(graph, range.from->text, current);
  else if (down)
    result.from = graph.effective_heads();
  result.target = range.to ? range.to->text : down ? "base" : "head";
  return result;
}

}  // namespace strata
