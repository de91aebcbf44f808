// loader.hpp - revisions on their way into the catalog: checked, prepared, compared, written.
//
// All faults of all revisions are raised as one error. The surprise: a script whose text is what the catalog has is not
// parsed again, so an unchanged set costs little.
#pragma once

#include "core/layout.hpp"
#include "core/load.hpp"
#include "pg/catalog.hpp"

namespace strata::pg {

struct Incoming {
  std::vector<Revision> revisions;
  // For each revision where its scripts came from, for messages; the downgrade may have a file of its own.
  std::vector<std::string> places;
  std::vector<std::string> downgrade_places;
  FileFaults faults;             // found so far
  std::vector<std::string> unread;  // ids of revisions that are missing because of them
  IncomingSet::Ids unread_ids = IncomingSet::Ids::known;
};

// Loads into the catalog as `latest` shows it and returns what was done. The caller holds the migration lock.
// Raises MG005, MG006, MG007, MG009, 42601, 54000; nothing is written then.
Load load(Incoming incoming, Missing missing, Snapshot latest);

// A revision as it would be stored. Raises 42601, MG009, 54000.
StoredRevision prepared_revision(const Revision& revision);

}  // namespace strata::pg
