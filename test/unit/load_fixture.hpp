// load_fixture.hpp - revisions as the catalog keeps them, and loads of them, in few words. For load_test and load_graph_test.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/load.hpp"
#include "notation.hpp"

namespace strata {

using Edit = std::function<void(StoredRevision&)>;
using Ids = std::set<std::string>;

inline StoredScript script(const std::string& sql) { return {{sql, Transaction::allowed, 1}, "sum of " + sql, std::nullopt, std::nullopt}; }

inline StoredRevision stored(const Lineage& lineage) {
  return {lineage, "message of " + lineage.id, "2026-01-15 10:00:00+00", lineage.id + ".sql", script("create " + lineage.id), script("drop " + lineage.id)};
}

inline std::vector<StoredRevision> revisions(std::string_view notation) {
  std::vector<StoredRevision> result;
  for (const Lineage& lineage : lineages(notation)) result.push_back(stored(lineage));
  return result;
}

inline RevisionMap catalog(std::string_view notation) {
  RevisionMap result;
  for (StoredRevision& revision : revisions(notation)) result.emplace(revision.lineage.id, std::move(revision));
  return result;
}

inline StoredRevision edited(std::string_view notation, const std::string& id, const Edit& edit) {
  StoredRevision revision = catalog(notation).at(id);
  edit(revision);
  return revision;
}

struct Outcome {
  Load load;
  FileFaults faults;

  std::string actions() const {
    std::string text;
    for (const auto& [id, action] : load.actions) text += (text.empty() ? "" : ", ") + id + " " + std::string(name_of(action));
    return text;
  }
  std::string changed() const {
    std::string text;
    for (const StoredRevision& revision : load.changes) text += (text.empty() ? "" : " ") + revision.lineage.id;
    return text;
  }
  std::string states() const {
    std::string text;
    for (const FileFault& fault : faults) text += (text.empty() ? "" : " ") + std::string(fault.sqlstate.code);
    return text;
  }
  std::string messages() const {
    std::string text;
    for (const FileFault& fault : faults) text += fault.message + "\n";
    return text;
  }
  bool names(std::string_view wanted) const { return messages().find(wanted) != std::string::npos; }
};

inline Outcome load(const RevisionMap& catalog, const std::vector<StoredRevision>& incoming, const Ids& applied = {}, const LoadPolicy& policy = {}) {
  Outcome outcome;
  outcome.load = plan_load(catalog, {incoming, {}}, {applied, {}}, policy, outcome.faults);
  return outcome;
}

inline const LoadPolicy prune{Missing::prune, Heads::several, Downgrades::optional};
inline const LoadPolicy single_head{Missing::keep, Heads::single, Downgrades::optional};
inline const LoadPolicy require_downgrade{Missing::keep, Heads::several, Downgrades::required};

// Loads "x->y->a" with `a` edited; all of it is in the catalog, and applied when `applied` says so.
inline Outcome load_edited(const Edit& edit, const Ids& applied) {
  constexpr auto notation = "x->y->a[lab], z";
  return load(catalog(notation), {edited(notation, "a", edit)}, applied);
}
inline Outcome edit_applied(const Edit& edit) { return load_edited(edit, {"x", "y", "z", "a"}); }
inline Outcome edit_unapplied(const Edit& edit) { return load_edited(edit, {"x", "y", "z"}); }

}  // namespace strata
