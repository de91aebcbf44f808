// The plan of a stamp: which version rows each target replaces.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/frontier.hpp"
#include "core/plan.hpp"
#include "core/resolve.hpp"
#include "core/text.hpp"
#include "core/walk.hpp"

namespace strata {

namespace {

Error relative(const Target& target) {
  return Error(sqlstate::unreachable_target,
               fmt::format("cannot stamp {}: a stamp takes no relative target", quoted(target.text)))
      .with_hint("Name the revision.");
}

Error contradicting(const std::string& target) {
  return Error(sqlstate::unreachable_target,
               fmt::format("target {} contradicts another target of the same stamp", quoted(target)))
      .with_detail("It is below version rows that the other target moves up from.")
      .with_hint("Stamp what is applied from scratch: migrate_stamp(..., purge => true).");
}

void add_once(Indexes& list, Index item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

// The version rows a target is about: those that share a lineage, or are tied by dependencies, with its branch or with one of its
// revisions; all of them for "base".
Indexes rows_of(const Graph& graph, const Target& target, const Indexes& rows) {
  if (rows.empty()) return {};
  Target whole = target;  // Alembic looks the revision up without asking whether it is on the branch
  if (target.symbol == Symbol::name) whole.label.clear();
  Indexes about = find_all(graph, whole, rows);
  if (const auto branch = find_branch(graph, target)) about.push_back(*branch);
  if (about.empty()) return rows;
  const Marks near = related(graph, about, Edges::all);
  Indexes result;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(result), [&](Index i) { return near[i]; });
  return result;
}

// Alembic answers "-1" and "label@-1" where nothing is applied yet: it counts from the heads.
std::vector<Place> below_heads(const Graph& graph, const Target& target) {
  std::vector<Place> places;
  find_branch(graph, target);
  for (const Index head : graph.effective_heads()) {
    const auto labels = graph.labels(head);
    if (!target.label.empty() && std::find(labels.begin(), labels.end(), target.label) == labels.end()) continue;
    places.push_back(walk(graph, target, head, *target.steps, nullptr, Overwalk::refuse).value_or(Place{}));
  }
  return places;
}

std::vector<Place> places_of(const Graph& graph, const Target& target, const Indexes& rows) {
  if (target.is_relative()) {
    const bool answered = rows.empty() && target.symbol == Symbol::none && *target.steps < 0;
    if (!answered) throw relative(target);
    return below_heads(graph, target);
  }
  std::vector<Place> places;
  for (const Index i : find_all(graph, target, rows)) places.emplace_back(i);
  return places;
}

bool meets(const Marks& marks, const Indexes& revisions) {
  return std::any_of(revisions.begin(), revisions.end(), [&](Index i) { return marks[i]; });
}

bool includes(const Indexes& list, Index item) { return std::find(list.begin(), list.end(), item) != list.end(); }

// The version rows as Alembic moves them: each target replaces all the rows the stamp is about.
class Stamping {
 public:
  // `at_word`: what the user listed stays a version row even where another one of the list implies it, as with Alembic, and so
  // does a row that was there before.
  Stamping(const Graph& graph, Indexes rows, Indexes about, Indexes at_word)
      : graph_(graph), rows_(std::move(rows)), about_(std::move(about)), at_word_(std::move(at_word)) {
    at_word_.insert(at_word_.end(), rows_.begin(), rows_.end());
  }

  // No value: nothing changes.
  std::optional<Step> move_to(Place place, const std::string& target) {
    if (!place) {
      if (about_.empty()) return std::nullopt;
      drop();
      return step(std::nullopt);
    }
    if (includes(about_, *place) || includes(rows_, *place)) return std::nullopt;
    const std::span here(&*place, 1);
    const bool down = meets(descendants(graph_, here, Edges::all), about_);
    const bool up = !down && meets(ancestors(graph_, here, Edges::all), about_);
    // When an earlier target of the same stamp took those rows already, one above them is a new branch.
    const bool all_there = std::all_of(about_.begin(), about_.end(), [&](Index i) { return includes(rows_, i); });
    if (down && !all_there) throw contradicting(target);
    if (down || (up && all_there)) drop();
    rows_.push_back(*place);
    return step(place);
  }

  Indexes heads() const {
    Indexes result = maximal(graph_, applied(graph_, rows_));
    for (const Index i : at_word_) {
      if (includes(rows_, i)) add_once(result, i);
    }
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  void drop() {
    std::erase_if(rows_, [&](Index i) { return includes(about_, i); });
  }
  Step step(Place place) const { return {Operation::stamp, place, heads()}; }

  const Graph& graph_;
  Indexes rows_;
  Indexes about_;
  Indexes at_word_;
};

}  // namespace

// Alembic: ScriptDirectory._stamp_revs, and StampStep for what becomes of the rows.
Plan plan_stamp(const Graph& graph, std::span<const std::string> targets, std::span<const Index> current) {
  if (targets.empty()) {
    throw Error(sqlstate::invalid_parameter, "no target to stamp").with_hint("Use \"base\" to take all version rows away.");
  }
  Indexes rows;
  for (const Index i : current) add_once(rows, i);
  std::vector<std::pair<Place, std::string>> places;
  Indexes about, listed;
  bool stays = false;
  for (const std::string& text : targets) {
    const Target target = parse_target(text);
    if (target.symbol == Symbol::current && !target.is_relative()) {
      find_branch(graph, target);
      stays = true;
      continue;
    }
    for (const Place place : places_of(graph, target, rows)) {
      places.emplace_back(place, text);
      if (place && target.symbol == Symbol::name && targets.size() > 1) listed.push_back(*place);
    }
    if (target.is_relative()) continue;
    for (const Index row : rows_of(graph, target, rows)) add_once(about, row);
  }
  // "base" beside other targets only says which rows go.
  if (places.empty() && !stays) places.emplace_back(Place{}, targets[0]);
  Stamping stamping(graph, std::move(rows), std::move(about), std::move(listed));
  Plan plan;
  for (const auto& [place, target] : places) {
    if (auto step = stamping.move_to(place, target)) plan.steps.push_back(std::move(*step));
  }
  plan.heads = stamping.heads();
  return plan;
}

}  // namespace strata
