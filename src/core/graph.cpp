#include "core/graph.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "core/text.hpp"

namespace strata {

namespace {

constexpr std::size_t shown_faults = 50;

void add_once(Indexes& list, Index item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

Error broken(const std::vector<GraphFault>& faults) {
  std::string detail;
  for (std::size_t i = 0; i < std::min(faults.size(), shown_faults); ++i) {
    if (i > 0) detail += '\n';
    detail += faults[i].text;
  }
  if (faults.size() > shown_faults) detail += fmt::format("\n... and {} more", faults.size() - shown_faults);
  return Error(sqlstate::broken_graph, faults.size() == 1
                                           ? "the revision graph is broken"
                                           : fmt::format("the revision graph is broken in {} places", faults.size()))
      .with_detail(std::move(detail))
      .with_hint("Correct down_revision, depends_on or branch_labels of the revisions named, or load the missing ones.");
}

}  // namespace

Graph Graph::build(std::vector<Lineage> revisions) {
  if (const auto faults = find_faults(revisions); !faults.empty()) throw broken(faults);
  Graph graph;
  graph.ids_.reserve(revisions.size());
  for (Lineage& revision : revisions) {
    graph.ids_.push_back(std::move(revision.id));
    graph.own_labels_.add(std::move(revision.branch_labels));
    graph.needs_.add(std::move(revision.depends_on));
  }
  graph.link(revisions);
  return graph;
}

void Graph::TextLists::add(std::vector<std::string> texts) {
  std::move(texts.begin(), texts.end(), std::back_inserter(items));
  starts.push_back(static_cast<std::uint32_t>(items.size()));
}

Graph::Adjacency Graph::adjacency(const std::vector<Indexes>& rows) {
  Adjacency result;
  result.starts.reserve(rows.size() + 1);
  result.starts.push_back(0);
  for (const Indexes& row : rows) {
    result.items.insert(result.items.end(), row.begin(), row.end());
    result.starts.push_back(static_cast<std::uint32_t>(result.items.size()));
  }
  return result;
}

Graph::Adjacency Graph::reverse(const Adjacency& rows) {
  const std::size_t size = rows.starts.size() - 1;
  Adjacency result;
  result.starts.assign(size + 1, 0);
  for (const Index item : rows.items) ++result.starts[item + 1];
  std::partial_sum(result.starts.begin(), result.starts.end(), result.starts.begin());
  result.items.resize(rows.items.size());
  std::vector<std::uint32_t> next(result.starts.begin(), result.starts.end() - 1);
  for (Index i = 0; i < size; ++i) {
    for (const Index item : rows.row(i)) result.items[next[item]++] = i;
  }
  return result;
}

void Graph::link(const std::vector<Lineage>& revisions) {
  const Index count = static_cast<Index>(size());
  {
    std::unordered_map<std::string_view, Index> names;
    names.reserve(count);
    for (Index i = 0; i < count; ++i) {
      names.emplace(ids_[i], i);
      for (const std::string& label : own_labels_.row(i)) names.emplace(label, i);
    }
    const auto resolve = [&](const auto& names_of) {
      std::vector<Indexes> rows(count);
      for (Index i = 0; i < count; ++i) {
        for (const std::string& name : names_of(i)) add_once(rows[i], names.at(name));
      }
      return adjacency(rows);
    };
    parents_ = resolve([&](Index i) { return std::span<const std::string>(revisions[i].down_revision); });
    dependencies_ = resolve([&](Index i) { return needs_.row(i); });
  }
  children_ = reverse(parents_);
  dependents_ = reverse(dependencies_);
  for (Index i = 0; i < count; ++i) {
    if (parents(i).empty()) bases_.push_back(i);
    if (!children(i).empty()) continue;
    heads_.push_back(i);
    if (dependents(i).empty()) effective_heads_.push_back(i);
  }
  sort_names();
  const Indexes order = oldest_first();
  leave_out_inherited_dependencies(order);
  spread_labels(order);
}

void Graph::sort_names() {
  by_id_.resize(size());
  std::iota(by_id_.begin(), by_id_.end(), Index{0});
  std::sort(by_id_.begin(), by_id_.end(), [&](Index a, Index b) { return id(a) < id(b); });
  for (Index i = 0; i < size(); ++i) {
    for (std::uint32_t k = 0; k < own_labels_.row(i).size(); ++k) labels_.push_back({i, k});
  }
  std::sort(labels_.begin(), labels_.end(), [&](Label a, Label b) { return text(a) < text(b); });
}

Indexes Graph::oldest_first() const {
  std::vector<std::uint32_t> missing(size());
  Indexes order;
  order.reserve(size());
  for (Index i = 0; i < size(); ++i) {
    missing[i] = static_cast<std::uint32_t>(parents(i).size() + dependencies(i).size());
    if (missing[i] == 0) order.push_back(i);
  }
  for (std::size_t at = 0; at < order.size(); ++at) {
    for (const auto& next : {children(order[at]), dependents(order[at])}) {
      for (const Index i : next) {
        if (--missing[i] == 0) order.push_back(i);
      }
    }
  }
  return order;
}

// Alembic: RevisionMap._normalize_depends_on.
void Graph::leave_out_inherited_dependencies(const Indexes& order) {
  std::vector<std::uint32_t> position(size());
  for (std::uint32_t at = 0; at < order.size(); ++at) position[order[at]] = at;
  std::vector<Index> seen_for(size(), 0);  // i + 1 of the last walk that came by
  Indexes stack, left;

  down_.starts.reserve(size() + 1);
  down_.starts.push_back(0);
  down_.items.reserve(parents_.items.size() + dependencies_.items.size());
  for (Index i = 0; i < size(); ++i) {
    const auto own = parents(i);
    down_.items.insert(down_.items.end(), own.begin(), own.end());
    left.assign(dependencies(i).begin(), dependencies(i).end());
    std::erase_if(left, [&](Index d) { return std::find(own.begin(), own.end(), d) != own.end(); });

    // No ancestor older than the oldest revision that declares the same dependency matters: that keeps the walk short.
    std::uint32_t oldest = position[i];
    for (const Index d : left) {
      for (const Index other : dependents(d)) oldest = std::min(oldest, position[other]);
    }
    if (oldest < position[i]) stack.assign(own.begin(), own.end());
    while (!stack.empty() && !left.empty()) {
      const Index at = stack.back();
      stack.pop_back();
      if (position[at] < oldest || seen_for[at] == i + 1) continue;
      seen_for[at] = i + 1;
      for (const Index d : dependencies(at)) std::erase(left, d);
      for (const Index parent : parents(at)) stack.push_back(parent);
    }
    stack.clear();
    down_.items.insert(down_.items.end(), left.begin(), left.end());
    down_.starts.push_back(static_cast<std::uint32_t>(down_.items.size()));
  }
}

// Alembic: RevisionMap._add_branches. A label goes to all descendants, and down from the end of its branch as long as neither
// a branch point nor a merge point is met: only where everything above is one line does that lead below the label.
void Graph::spread_labels(const Indexes& order) {
  if (labels_.empty()) return;
  const auto stops = [&](Index i) {
    if (is_merge_point(i) || is_branch_point(i)) return true;
    const auto above = children(i);
    const auto others = dependents(i);
    return std::any_of(others.begin(), others.end(), [&](Index d) { return above.empty() ? d != others[0] : d != above[0]; });
  };
  std::vector<char> one_line_above(size());
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    one_line_above[*i] = !stops(*i) && (children(*i).empty() || one_line_above[children(*i)[0]]);
  }
  std::vector<Index> lowest(size());
  for (const Index i : order) {
    const bool goes_on = parents(i).size() == 1 && !stops(parents(i)[0]);
    lowest[i] = goes_on ? lowest[parents(i)[0]] : i;
  }
  std::vector<Indexes> begins(size());
  for (const Label label : labels_) {
    add_once(begins[one_line_above[label.owner] ? lowest[label.owner] : label.owner], label.owner);
  }
  tag_of_.assign(size(), no_tag);
  for (const Index i : order) {
    std::vector<std::uint32_t> below;
    for (const Index parent : parents(i)) {
      const std::uint32_t tag = tag_of_[parent];
      if (tag != no_tag && std::find(below.begin(), below.end(), tag) == below.end()) below.push_back(tag);
    }
    if (begins[i].empty() && below.size() <= 1) {
      if (!below.empty()) tag_of_[i] = below[0];
      continue;
    }
    tag_of_[i] = static_cast<std::uint32_t>(tags_.size());
    tags_.push_back({std::move(begins[i]), std::move(below)});
  }
}

std::size_t Graph::size() const { return ids_.size(); }
Lineage Graph::lineage(Index i) const {
  const auto needs = needs_.row(i), labels = own_labels_.row(i);
  Lineage lineage{id(i), {}, {needs.begin(), needs.end()}, {labels.begin(), labels.end()}};
  for (const Index parent : parents(i)) lineage.down_revision.push_back(id(parent));
  return lineage;
}
const std::string& Graph::id(Index i) const { return ids_[i]; }
const std::string& Graph::text(Label label) const { return own_labels_.row(label.owner)[label.position]; }

std::optional<Index> Graph::find(std::string_view name) const {
  const auto at =
      std::lower_bound(by_id_.begin(), by_id_.end(), name, [&](Index i, std::string_view key) { return id(i) < key; });
  if (at == by_id_.end() || id(*at) != name) return std::nullopt;
  return *at;
}

std::optional<Index> Graph::find_label(std::string_view name) const {
  const auto at =
      std::lower_bound(labels_.begin(), labels_.end(), name, [&](Label l, std::string_view key) { return text(l) < key; });
  if (at == labels_.end() || text(*at) != name) return std::nullopt;
  return at->owner;
}

Indexes Graph::with_prefix(std::string_view prefix) const {
  constexpr std::size_t shortest = 4;
  Indexes result;
  const auto id_before = [&](Index i, std::string_view key) { return id(i) < key; };
  for (auto at = std::lower_bound(by_id_.begin(), by_id_.end(), prefix, id_before); at != by_id_.end(); ++at) {
    if (!id(*at).starts_with(prefix)) break;
    if (character_count(id(*at)) >= shortest) result.push_back(*at);
  }
  const auto label_before = [&](Label l, std::string_view key) { return text(l) < key; };
  for (auto at = std::lower_bound(labels_.begin(), labels_.end(), prefix, label_before); at != labels_.end(); ++at) {
    if (!text(*at).starts_with(prefix)) break;
    if (character_count(text(*at)) >= shortest) result.push_back(at->owner);
  }
  return result;
}

std::span<const Index> Graph::parents(Index i) const { return parents_.row(i); }
std::span<const Index> Graph::dependencies(Index i) const { return dependencies_.row(i); }
std::span<const Index> Graph::children(Index i) const { return children_.row(i); }
std::span<const Index> Graph::dependents(Index i) const { return dependents_.row(i); }
std::span<const Index> Graph::down(Index i) const { return down_.row(i); }

std::vector<std::string> Graph::labels(Index i) const {
  std::vector<std::string> result;
  if (tag_of_.empty() || tag_of_[i] == no_tag) return result;
  std::vector<char> seen(tags_.size());
  std::vector<std::uint32_t> stack{tag_of_[i]};
  seen[tag_of_[i]] = 1;
  Indexes owners;
  while (!stack.empty()) {
    const Tag& tag = tags_[stack.back()];
    stack.pop_back();
    owners.insert(owners.end(), tag.owners.begin(), tag.owners.end());
    for (const std::uint32_t below : tag.below) {
      if (!std::exchange(seen[below], 1)) stack.push_back(below);
    }
  }
  std::sort(owners.begin(), owners.end());
  for (const Index owner : owners) {
    const auto own = own_labels_.row(owner);
    result.insert(result.end(), own.begin(), own.end());
  }
  return result;
}

const Indexes& Graph::heads() const { return heads_; }
const Indexes& Graph::effective_heads() const { return effective_heads_; }
const Indexes& Graph::bases() const { return bases_; }
bool Graph::is_branch_point(Index i) const { return children(i).size() > 1; }
bool Graph::is_merge_point(Index i) const { return parents(i).size() > 1; }

}  // namespace strata
