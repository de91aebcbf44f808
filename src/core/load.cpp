#include "core/load.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/graph.hpp"
#include "core/text.hpp"

namespace strata {
namespace {

using Names = std::vector<std::string>;

bool same_set(Names a, Names b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

FileFault fault(SqlState state, const StoredRevision& revision, std::string message, std::string hint) {
  return {state, revision.file, 0, 0, std::move(message), std::move(hint)};
}

// What of an applied revision no longer is what ran.
Names edited_parts(const StoredRevision& applied, const StoredRevision& incoming) {
  Names parts;
  if (!same_set(applied.lineage.down_revision, incoming.lineage.down_revision)) parts.push_back("down_revision");
  if (!same_set(applied.lineage.depends_on, incoming.lineage.depends_on)) parts.push_back("depends_on");
  // A script that the catalog has lost may come back, one that had faults of its own has no checksum.
  const bool comparable = applied.upgrade && incoming.upgrade && !incoming.upgrade->checksum.empty();
  if (comparable && applied.upgrade->checksum != incoming.upgrade->checksum) parts.push_back("upgrade script");
  return parts;
}

// What is told of a script names lines and files, so it moves with them.
void move_to(std::optional<StoredScript>& script, const std::optional<StoredScript>& place) {
  if (!script || !place || script->script.sql != place->script.sql) return;
  script->script.line = place->script.line;
  script->barrier = place->barrier;
  script->defect = place->defect;
}

// Where a revision came from does not count: its file may be renamed, its header may get longer.
bool same_content(StoredRevision a, const StoredRevision& b) {
  a.file = b.file;
  move_to(a.upgrade, b.upgrade);
  move_to(a.downgrade, b.downgrade);
  return a == b;
}

void check_applied(const StoredRevision& applied, const StoredRevision& incoming, FileFaults& faults) {
  const Names parts = edited_parts(applied, incoming);
  if (parts.empty()) return;
  faults.push_back(fault(sqlstate::edited_revision, incoming,
                         fmt::format("revision {} is applied, but its {} was edited", quoted(applied.lineage.id), fmt::join(parts, " and its ")),
                         "put the change into a new revision and restore this one; or downgrade below it before loading"));
}

using Owners = std::map<std::string, std::string>;  // id or label -> revision

Owners owners_of(const std::vector<Lineage>& lineages) {
  Owners owners;
  for (const Lineage& lineage : lineages) owners.emplace(lineage.id, lineage.id);
  for (const Lineage& lineage : lineages)
    for (const std::string& label : lineage.branch_labels) owners.emplace(label, lineage.id);
  return owners;
}

// A label that an applied revision depends on must go on to mean the same revision, or another one would count as applied.
void check_labels(const RevisionMap& catalog, const std::vector<Lineage>& after, const std::set<std::string>& applied, FileFaults& faults) {
  std::vector<Lineage> before;
  for (const auto& [id, revision] : catalog) before.push_back(revision.lineage);
  const Owners old_owners = owners_of(before), new_owners = owners_of(after);
  for (const Lineage& lineage : before) {
    if (!applied.contains(lineage.id)) continue;
    for (const std::string& name : lineage.depends_on) {
      const auto old_owner = old_owners.find(name), new_owner = new_owners.find(name);
      if (old_owner == old_owners.end() || new_owner == new_owners.end() || old_owner->second == new_owner->second) continue;
      faults.push_back({sqlstate::edited_revision, catalog.at(lineage.id).file, 0, 0,
                        fmt::format("revision {} is applied and depends on {}, which would no longer mean revision {} but {}", quoted(lineage.id),
                                    quoted(name), quoted(old_owner->second), quoted(new_owner->second)),
                        "give the label back to its revision"});
    }
  }
}

void check_downgrade(const StoredRevision& incoming, FileFaults& faults) {
  if (incoming.is_reversible()) return;
  faults.push_back(fault(sqlstate::refused_by_policy, incoming,
                         fmt::format("revision {} has no downgrade, and migrate.require_downgrade is on", quoted(incoming.lineage.id)),
                         "write a \"-- migrate:down\" section"));
}

void check_heads(const Graph& graph, FileFaults& faults) {
  if (graph.heads().size() < 2) return;
  Names heads;
  for (Index head : graph.heads()) heads.push_back(graph.id(head));
  std::sort(heads.begin(), heads.end());
  faults.push_back({sqlstate::refused_by_policy, "", 0, 0,
                    fmt::format("the load would leave {} heads ({}), and migrate.single_head is on", heads.size(), quoted_list(heads)),
                    "load a merge revision with them, or give the new revision the present head as its down_revision"});
}

void check_graph(const std::vector<Lineage>& lineages, const IncomingSet& incoming, const LoadPolicy& policy, FileFaults& faults) {
  const std::vector<GraphFault> broken = Graph::find_faults(lineages);
  for (const GraphFault& fault : broken)
    faults.push_back({sqlstate::broken_graph, "", 0, 0, fault.text, "correct the headers of the revisions named and load them together"});
  if (broken.empty() && policy.heads == Heads::single && incoming.unread.empty()) check_heads(Graph::build(lineages), faults);
}

}  // namespace

Revision revision_of(const StoredRevision& stored) {
  Revision revision{stored.lineage, stored.message, stored.created_at, {}, std::nullopt, stored.file};
  if (stored.upgrade) revision.upgrade = stored.upgrade->script;
  if (stored.downgrade) revision.downgrade = stored.downgrade->script;
  return revision;
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::added: return "added";
    case Action::updated: return "updated";
    case Action::unchanged: return "unchanged";
    case Action::removed: return "removed";
  }
  return "";
}

Load plan_load(const RevisionMap& catalog, const IncomingSet& incoming, const Standing& standing, const LoadPolicy& policy, FileFaults& faults) {
  const std::set<std::string>& applied = standing.applied;
  Load load;
  std::vector<Lineage> lineages;
  std::set<std::string> seen;
  for (const StoredRevision& revision : incoming.revisions) {
    const std::string& id = revision.lineage.id;
    seen.insert(id);
    lineages.push_back(revision.lineage);
    const auto present = catalog.find(id);
    const bool is_new = present == catalog.end();
    if (!is_new && present->second == revision) {
      load.actions.emplace_back(id, Action::unchanged);
      continue;
    }
    const Action action = is_new ? Action::added : same_content(present->second, revision) ? Action::unchanged : Action::updated;
    load.actions.emplace_back(id, action);
    if (action == Action::updated && applied.contains(id)) check_applied(present->second, revision, faults);
    if (action != Action::unchanged && policy.downgrades == Downgrades::required) check_downgrade(revision, faults);
    load.changes.push_back(revision);
  }
  for (const std::string& id : incoming.unread)
    if (seen.insert(id).second) lineages.push_back(catalog.contains(id) ? catalog.at(id).lineage : Lineage{id, {}, {}, {}});
  for (const auto& [id, revision] : catalog) {
    if (seen.contains(id)) continue;
    if (policy.missing == Missing::keep) {
      lineages.push_back(revision.lineage);
      continue;
    }
    if (applied.contains(id))
      faults.push_back(fault(sqlstate::edited_revision, revision,
                             fmt::format("revision {} is applied and cannot be pruned", quoted(id)),
                             "downgrade below it first, or load its file as well"));
    else if (standing.half_applied.contains(id))
      faults.push_back(fault(sqlstate::edited_revision, revision,
                             fmt::format("revision {} is half applied and cannot be pruned", quoted(id)),
                             "finish it with CALL migrate_deploy, or undo it by hand and say so with migrate_stamp('current')"));
    load.removed.push_back(id);
    load.actions.emplace_back(id, Action::removed);
  }
  if (incoming.unread_ids == IncomingSet::Ids::known) {
    check_graph(lineages, incoming, policy, faults);
    check_labels(catalog, lineages, applied, faults);
  }
  return load;
}

}  // namespace strata
