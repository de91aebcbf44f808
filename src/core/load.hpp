// load.hpp - what loading a set of revisions into a catalog would do, or why it is refused.
//
// A load is all or nothing: the catalog and the incoming set are judged as the one graph they would become. An applied
// revision may change its comments, layout, message, labels and its downgrade (which has not run), never its meaning. The
// surprise: an unapplied revision may be rewritten entirely, id aside.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "core/stored.hpp"

namespace strata {

enum class Action { added, updated, unchanged, removed };
std::string_view name_of(Action);

enum class Missing { keep, prune };           // revisions of the catalog that are not among the incoming
enum class Heads { several, single };         // migrate.single_head
enum class Downgrades { optional, required };  // migrate.require_downgrade


struct LoadPolicy {
  Missing missing = Missing::keep;
  Heads heads = Heads::several;
  Downgrades downgrades = Downgrades::optional;
};

using RevisionMap = std::map<std::string, StoredRevision>;

struct Load {
  std::vector<std::pair<std::string, Action>> actions;  // in the incoming order, removed ones last
  std::vector<StoredRevision> changes;                  // added, updated, or come from another place (file, line)
  std::vector<std::string> removed;
};

// What could be read of the files given. Without the ids of those that could not, the graph cannot be judged.
struct IncomingSet {
  std::vector<StoredRevision> revisions;
  std::vector<std::string> unread;  // ids of revisions whose files have faults
  enum class Ids { known, unknown } unread_ids = Ids::known;
};

// The ids of what has run, wholly or (CALL migrate_deploy was interrupted) in part.
struct Standing {
  std::set<std::string> applied;
  std::set<std::string> half_applied;
};

// Appends every fault (MG005, MG006, MG007) to `faults`; with any, the result is not to be carried out. A half-applied revision may not be
// removed; which of its statements may change is decided when it goes on.
Load plan_load(const RevisionMap& catalog, const IncomingSet& incoming, const Standing& standing, const LoadPolicy& policy, FileFaults& faults);

}  // namespace strata
