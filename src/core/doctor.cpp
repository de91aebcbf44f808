#include "core/doctor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/checksum.hpp"
#include "core/graph.hpp"
#include "core/text.hpp"

namespace strata {
namespace {

using Diagnoses = std::vector<Diagnosis>;

bool is_empty(const StoredScript& script) {
  static const std::string nothing = checksum_of(TokenView{});
  return script.checksum == nothing;
}

std::vector<std::string> ids(const Graph& graph, const Indexes& indexes) {
  std::vector<std::string> names;
  for (Index index : indexes) names.push_back(graph.id(index));
  return names;
}

void diagnose_graph(const Graph& graph, Diagnoses& found) {
  if (graph.effective_heads().size() > 1)
    found.push_back({"several_heads", Severity::warning, "", fmt::format("there are {} heads: {}", graph.effective_heads().size(), quoted_list(ids(graph, graph.effective_heads()))),
                     "join them with migrate_merge, or deploy to \"heads\""});
  if (graph.bases().size() > 1)
    found.push_back({"several_bases", Severity::info, "", fmt::format("there are {} bases: {}", graph.bases().size(), quoted_list(ids(graph, graph.bases()))),
                     "fine for independent branches; otherwise give the newer one a down_revision"});
}

void diagnose_version(const std::string& row, const RevisionMap& revisions, Diagnoses& found) {
  if (revisions.contains(row)) return;
  found.push_back({"unknown_version", Severity::error, row, fmt::format("revision {} is applied but is not in the catalog", quoted(row)),
                   "load its file; or, if it is gone for good, set the version with migrate_stamp(..., purge => true)"});
}

void diagnose_downgrade(const StoredRevision& revision, Diagnoses& found) {
  const std::string& id = revision.lineage.id;
  if (!revision.downgrade)
    found.push_back({"no_downgrade", Severity::info, id, fmt::format("revision {} has no downgrade and is irreversible", quoted(id)),
                     "write a \"-- migrate:down\" section, or leave it so on purpose"});
  else if (revision.downgrade->defect)
    found.push_back({"broken_downgrade", Severity::warning, id,
                     fmt::format("the downgrade of revision {} does not parse, it is irreversible: {}", quoted(id), *revision.downgrade->defect),
                     "correct its \"-- migrate:down\" section and load it again"});
  else if (is_empty(*revision.downgrade) && revision.upgrade && !is_empty(*revision.upgrade))
    found.push_back({"empty_downgrade", Severity::warning, id, fmt::format("the downgrade of revision {} does nothing, its upgrade does something", quoted(id)),
                     "write the statements that undo it, or remove the section to say that it is irreversible"});
}

void diagnose_upgrade(const StoredRevision& revision, Diagnoses& found) {
  const std::string& id = revision.lineage.id;
  if (!revision.upgrade) {
    found.push_back({"no_upgrade", Severity::error, id, fmt::format("revision {} has lost its upgrade script", quoted(id)), "load its file again"});
    return;
  }
  if (is_empty(*revision.upgrade) && revision.lineage.down_revision.size() < 2)
    found.push_back({"empty_upgrade", Severity::info, id, fmt::format("the upgrade of revision {} does nothing", quoted(id)),
                     "fill it, or prune it while it is not applied"});
  if (revision.upgrade->barrier)
    found.push_back({"not_in_transaction", Severity::info, id,
                     fmt::format("the upgrade of revision {} cannot run in a transaction: {}", quoted(id), *revision.upgrade->barrier),
                     "deploy it with CALL migrate_deploy(...)"});
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "";
}

std::vector<Diagnosis> diagnose(const RevisionMap& revisions, const std::vector<std::string>& version_rows, const std::map<std::string, int>& half_applied) {
  Diagnoses found;
  std::vector<Lineage> lineages;
  for (const auto& [id, revision] : revisions) lineages.push_back(revision.lineage);
  const std::vector<GraphFault> faults = Graph::find_faults(lineages);
  for (const GraphFault& fault : faults)
    found.push_back({"broken_graph", Severity::error, fault.revision, fault.text, "correct the headers of the revisions named and load them together"});
  if (faults.empty()) diagnose_graph(Graph::build(std::move(lineages)), found);
  for (const std::string& row : version_rows) diagnose_version(row, revisions, found);
  for (const auto& [id, done] : half_applied)
    found.push_back({"half_applied", Severity::error, id, fmt::format("revision {} is half applied: a deploy has run {} of its statements", quoted(id), done),
                     "go on with CALL migrate_deploy(...); or finish or undo it by hand and set the version with migrate_stamp"});
  for (const auto& [id, revision] : revisions) {
    diagnose_upgrade(revision, found);
    diagnose_downgrade(revision, found);
  }
  std::stable_sort(found.begin(), found.end(), [](const Diagnosis& a, const Diagnosis& b) { return a.severity > b.severity; });
  return found;
}

}  // namespace strata
