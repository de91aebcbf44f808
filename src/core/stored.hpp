// stored.hpp - a revision as the catalog keeps it: checked, classified, with the checksums of its scripts.
//
// The surprise: a downgrade that does not parse is kept, text and all, with the reason in `defect`; the revision then
// counts as irreversible.
#pragma once

#include <optional>
#include <string>

#include "core/revision.hpp"

namespace strata {

struct StoredScript {
  Script script;
  std::string checksum;
  std::optional<std::string> barrier;  // why it cannot run inside a transaction
  std::optional<std::string> defect;   // why it cannot run at all
  bool operator==(const StoredScript&) const = default;
};

struct StoredRevision {
  Lineage lineage;
  std::string message;
  std::string created_at;  // 'YYYY-MM-DD HH:MM:SS+00'; empty: not said
  std::string file;
  std::optional<StoredScript> upgrade;  // absent only in a damaged catalog
  std::optional<StoredScript> downgrade;
  bool operator==(const StoredRevision&) const = default;

  bool is_reversible() const { return downgrade && !downgrade->defect; }
};

// The revision without what the catalog adds.
Revision revision_of(const StoredRevision& stored);

}  // namespace strata
