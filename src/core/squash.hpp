// squash.hpp - which revisions one may take the place of, and how the others hang together afterwards.
//
// A closed segment has one way in (`from`) and one way out (`to`): nobody outside hangs on what is between. The surprise: it must be applied as a
// whole, because a database that has half of it could never say so again.
#pragma once

#include <string>
#include <vector>

#include "core/graph.hpp"

namespace strata {

struct Segment {
  Indexes revisions;  // from `from` to `to`, each after those that it needs
  Indexes before;     // what `from` needs, each after those that it needs
};

// Raises 55000 for a segment that is not closed or not applied, MG004 when `to` is not above `from`.
Segment closed_segment(const Graph& graph, Index from, Index to, const std::vector<std::string>& version_rows);

struct Relinked {
  Lineage squashed;              // the new revision
  std::vector<Lineage> changed;  // those that hung on `to`
};
Relinked relink(const Graph& graph, const Segment& segment, const std::string& new_id);

}  // namespace strata
