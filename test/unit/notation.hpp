// notation.hpp - revision graphs in one line: "a->b, a->c, b+c->d[lab], b~>e".
//
// An arrow leads from parents to children, a wavy one to revisions that depend on them; "+" joins several, brackets hold a branch
// label. Revisions stand in the graph in the order in which they are first named.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/graph.hpp"

namespace strata {

inline std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(by);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

inline std::vector<Lineage> lineages(std::string_view notation) {
  std::vector<Lineage> result;
  const auto revision = [&](std::string name) -> Lineage& {
    std::string label;
    if (const auto bracket = name.find('['); bracket != std::string::npos) {
      label = name.substr(bracket + 1, name.size() - bracket - 2);
      name.resize(bracket);
    }
    auto at = std::find_if(result.begin(), result.end(), [&](const Lineage& l) { return l.id == name; });
    if (at == result.end()) at = result.insert(result.end(), Lineage{name, {}, {}, {}});
    if (!label.empty()) at->branch_labels.push_back(label);
    return *at;
  };
  std::string compact(notation);
  std::erase(compact, ' ');
  if (compact.empty()) return result;
  for (const std::string& chain : split(compact, ',')) {
    std::vector<std::string> below;
    bool wavy = false;
    for (const std::string& group : split(chain, '>')) {
      const std::string names = group.substr(0, group.find_last_not_of("-~") + 1);
      std::vector<std::string> here;
      for (const std::string& name : split(names, '+')) {
        Lineage& one = revision(name);
        for (const std::string& b : below) (wavy ? one.depends_on : one.down_revision).push_back(b);
        here.push_back(one.id);
      }
      below = here;
      wavy = group.ends_with('~');
    }
  }
  return result;
}

inline Graph graph_of(std::string_view notation) { return Graph::build(lineages(notation)); }

inline Indexes indexes(const Graph& graph, std::string_view names) {
  Indexes result;
  if (names.empty()) return result;
  for (const std::string& name : split(names, ' ')) result.push_back(graph.find(name).value());
  return result;
}

inline std::string spelled(const Graph& graph, const Indexes& revisions) {
  std::string text;
  for (const Index i : revisions) text += (text.empty() ? "" : " ") + graph.id(i);
  return text;
}

// "MG001 message" of what is raised; "no error" when nothing is.
template <typename Action>
std::string raised(const Action& action) {
  try {
    action();
  } catch (const Error& error) { return std::string(error.sqlstate.code) + ' ' + error.message; }
  return "no error";
}

}  // namespace strata
