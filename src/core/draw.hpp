// draw.hpp - a revision graph as text, Graphviz or Mermaid.
//
// The newest revision is on top in all three. Parents are lines; dependencies are dashed (dot, Mermaid) or named (text).
// The surprise: node names are made up (r0, r1, ...), so any id or message is safe to draw.
#pragma once

#include <string>
#include <vector>

#include "core/graph.hpp"

namespace strata {

// What to show beside the graph; all by Index. Shorter vectors count as empty texts, not applied.
struct Drawing {
  std::vector<std::string> messages;
  std::vector<char> applied;
  Indexes current;
};

// Like `git log --graph --oneline`.
std::string draw_text(const Graph&, const Drawing&);
// A digraph for Graphviz.
std::string draw_dot(const Graph&, const Drawing&);
// A flowchart for Mermaid.
std::string draw_mermaid(const Graph&, const Drawing&);

}  // namespace strata
