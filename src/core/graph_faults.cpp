// Everything that is wrong with a set of revisions, found in one go.
#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "core/graph.hpp"
#include "core/target.hpp"
#include "core/text.hpp"

namespace strata {

namespace {

using Kind = GraphFault::Kind;

constexpr std::size_t shown_members = 20;

class Inspection {
 public:
  explicit Inspection(std::span<const Lineage> revisions) : revisions_(revisions), edges_(revisions.size()) {}

  std::vector<GraphFault> run() {
    inspect_ids();
    inspect_labels();
    for (Index i = 0; i < revisions_.size(); ++i) {
      inspect_parents(i);
      inspect_dependencies(i);
    }
    find_cycles();
    std::sort(faults_.begin(), faults_.end(), [](const GraphFault& a, const GraphFault& b) {
      return std::tie(a.revision, a.kind, a.text) < std::tie(b.revision, b.kind, b.text);
    });
    return std::move(faults_);
  }

 private:
  void report(Kind kind, const std::string& revision, std::string text) { faults_.push_back({kind, revision, std::move(text)}); }

  void inspect_ids() {
    std::unordered_map<std::string_view, std::size_t> copies;
    for (Index i = 0; i < revisions_.size(); ++i) {
      const std::string& id = revisions_[i].id;
      if (const std::string flaw = flaw_of_name(id); !flaw.empty()) {
        report(Kind::bad_id, id, fmt::format("revision id {} {}", quoted(id), flaw));
      }
      if (!ids_.emplace(id, i).second) ++copies.try_emplace(id, 1).first->second;
    }
    for (const auto& [id, count] : copies) {
      report(Kind::duplicate_id, std::string(id), fmt::format("revision id {} is used by {} revisions", quoted(id), count));
    }
  }

  void inspect_labels() {
    for (Index i = 0; i < revisions_.size(); ++i) {
      const std::string& id = revisions_[i].id;
      for (const std::string& label : revisions_[i].branch_labels) {
        if (const std::string flaw = flaw_of_name(label); !flaw.empty()) {
          report(Kind::bad_id, id, fmt::format("branch label {} of revision {} {}", quoted(label), quoted(id), flaw));
        }
        if (ids_.contains(label)) {
          report(Kind::clashing_label, id,
                 fmt::format("branch label {} of revision {} is also the id of a revision", quoted(label), quoted(id)));
        }
        const auto [first, added] = labels_.emplace(label, i);
        if (!added) {
          report(Kind::duplicate_label, id,
                 fmt::format("branch label {} of revision {} is already used by revision {}", quoted(label), quoted(id),
                             quoted(revisions_[first->second].id)));
        }
      }
    }
  }

  void inspect_parents(Index i) {
    for (const std::string& name : revisions_[i].down_revision) {
      if (const auto found = ids_.find(name); found != ids_.end()) {
        add_edge(i, found->second, "down_revision");
        continue;
      }
      const std::string why = labels_.contains(name) ? "is a branch label, not a revision" : "does not exist";
      report(Kind::missing_parent, revisions_[i].id,
             fmt::format("the down_revision {} of revision {} {}", quoted(name), quoted(revisions_[i].id), why));
    }
  }

  void inspect_dependencies(Index i) {
    for (const std::string& name : revisions_[i].depends_on) {
      if (const auto found = ids_.find(name); found != ids_.end()) {
        add_edge(i, found->second, "depends_on");
      } else if (const auto owner = labels_.find(name); owner != labels_.end()) {
        add_edge(i, owner->second, "depends_on");
      } else {
        report(Kind::missing_dependency, revisions_[i].id,
               fmt::format("the depends_on {} of revision {} is no revision and no branch label", quoted(name),
                           quoted(revisions_[i].id)));
      }
    }
  }

  void add_edge(Index from, Index to, std::string_view key) {
    // Copies of one id count as one revision here; that there are several is a fault of its own.
    from = ids_.find(revisions_[from].id)->second;
    if (from == to) {
      report(Kind::self_loop, revisions_[from].id,
             fmt::format("revision {} names itself in {}", quoted(revisions_[from].id), key));
      return;
    }
    edges_[from].push_back(to);
  }

  // Tarjan's strongly connected components, with an explicit stack.
  void find_cycles() {
    constexpr Index unseen = UINT32_MAX;
    const Index count = static_cast<Index>(edges_.size());
    std::vector<Index> number(count, unseen), low(count);
    std::vector<char> open(count);
    component_.assign(count, unseen);
    Indexes path;
    struct Frame {
      Index at;
      std::size_t next;
    };
    std::vector<Frame> frames;
    Index numbers = 0;
    const auto enter = [&](Index i) {
      number[i] = low[i] = numbers++;
      open[i] = 1;
      path.push_back(i);
      frames.push_back({i, 0});
    };
    for (Index start = 0; start < count; ++start) {
      if (number[start] != unseen) continue;
      enter(start);
      while (!frames.empty()) {
        const Index at = frames.back().at;
        if (frames.back().next < edges_[at].size()) {
          const Index to = edges_[at][frames.back().next++];
          if (number[to] == unseen)
            enter(to);
          else if (open[to])
            low[at] = std::min(low[at], number[to]);
          continue;
        }
        frames.pop_back();
        if (!frames.empty()) low[frames.back().at] = std::min(low[frames.back().at], low[at]);
        if (low[at] != number[at]) continue;
        Indexes members;
        do {
          members.push_back(path.back());
          open[path.back()] = 0;
          component_[path.back()] = at;
          path.pop_back();
        } while (members.back() != at);
        if (members.size() > 1) report_cycle(std::move(members));
      }
    }
  }

  // The shortest cycle through the first member, in the order of upgrades, and who else is caught in it.
  void report_cycle(Indexes members) {
    const auto by_id = [&](Index a, Index b) { return revisions_[a].id < revisions_[b].id; };
    std::sort(members.begin(), members.end(), by_id);
    const Index first = members.front();
    std::unordered_map<Index, Index> reached_from;
    Indexes queue{first};
    for (std::size_t at = 0; at < queue.size() && !reached_from.contains(first); ++at) {
      for (const Index to : edges_[queue[at]]) {
        if (component_[to] == component_[first] && reached_from.emplace(to, queue[at]).second) queue.push_back(to);
      }
    }
    // Edges lead down and the way is followed back, so this lists each revision before those that need it.
    Indexes cycle{first};
    for (Index at = reached_from.at(first); at != first; at = reached_from.at(at)) cycle.push_back(at);
    std::string text = "cycle: ";
    for (std::size_t i = 0; i < std::min(cycle.size(), shown_members); ++i) text += quoted(revisions_[cycle[i]].id) + " -> ";
    if (cycle.size() > shown_members) text += fmt::format("... ({} more) -> ", cycle.size() - shown_members);
    text += quoted(revisions_[first].id);

    std::sort(cycle.begin(), cycle.end(), by_id);
    std::vector<std::string> others;
    for (const Index member : members) {
      if (!std::binary_search(cycle.begin(), cycle.end(), member, by_id)) others.push_back(revisions_[member].id);
    }
    if (!others.empty())
      text += ", in which " + quoted_list(others, shown_members) + (others.size() == 1 ? " is" : " are") + " caught too";
    report(Kind::cycle, revisions_[first].id, text);
  }

  std::span<const Lineage> revisions_;
  std::unordered_map<std::string_view, Index> ids_, labels_;
  std::vector<Indexes> edges_;
  std::vector<Index> component_;
  std::vector<GraphFault> faults_;
};

}  // namespace

std::vector<GraphFault> Graph::find_faults(std::span<const Lineage> revisions) { return Inspection(revisions).run(); }

}  // namespace strata
