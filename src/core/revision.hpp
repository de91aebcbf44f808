// revision.hpp - one revision, as a value.
//
// Lineage is what the graph needs; Revision adds the scripts. All text is UTF-8.
// The surprise: a script that is not transactional is one whose author said `transaction:false`;
// what a statement needs is decided from its text (parse/classify.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace strata {

// Where a revision stands among the others.
struct Lineage {
  std::string id;
  std::vector<std::string> down_revision;  // parents, in the order written
  std::vector<std::string> depends_on;     // revisions or branch labels: order only, not lineage
  std::vector<std::string> branch_labels;
  bool operator==(const Lineage&) const = default;
};

enum class Transaction { allowed, forbidden };  // forbidden: `transaction:false` after the marker

// One direction of a revision.
struct Script {
  std::string sql;
  Transaction transaction = Transaction::allowed;
  int line = 1;  // line of the file on which `sql` begins; 1 where there was no file
  bool operator==(const Script&) const = default;
};

struct Revision {
  Lineage lineage;
  std::string message;
  std::string created_at;           // as written in the file; empty: not said
  Script upgrade;
  std::optional<Script> downgrade;  // none: irreversible; empty text: nothing to do
  std::string file;                 // name of the file it came from; empty: none
  bool operator==(const Revision&) const = default;
};

}  // namespace strata
