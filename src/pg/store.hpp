// store.hpp - the catalog as values of the core.
//
// The graph is kept in the session and reused while migrate.state.generation says that nothing has changed. The surprise:
// graphs are shared, because a script that runs may change the catalog under the plan that runs it.
#pragma once

#include <memory>

#include "core/graph.hpp"
#include "core/load.hpp"
#include "core/plan.hpp"
#include "core/stored.hpp"
#include "pg/catalog.hpp"

namespace strata::pg {

using SharedGraph = std::shared_ptr<const Graph>;
SharedGraph graph(Snapshot snapshot);
// What is wrong with the graph, for who cannot afford that graph() raises; empty when it does not.
std::vector<GraphFault> graph_faults(Snapshot snapshot);
// Another text for every state of migrate.revision and migrate.script.
std::string generation(Snapshot snapshot);
// The version rows, sorted.
Texts version_rows(Snapshot snapshot);

enum class Detail { facts, scripts };  // facts: everything but the text of the scripts

// What is told of a script quotes it: for who may not read scripts it says how one may.
void conceal_scripts(StoredRevision& revision);

// One revision, or nothing.
std::optional<StoredRevision> find_revision(std::string_view id, Snapshot snapshot);
RevisionMap all_revisions(Snapshot snapshot, Detail detail);

// Writes revisions (new or changed) and removes others, in one go.
void write_revisions(const std::vector<StoredRevision>& revisions, const Texts& removed);

void write_version_rows(const Texts& rows);

// An entry of migrate.log.
struct LogEntry {
  Operation operation;
  std::optional<std::string> revision;
  Texts from_heads;
  Texts to_heads;
  TimestampTz started_at;
  std::int64_t microseconds;
  std::optional<std::string> checksum;
  // Of the error, when it failed.
  struct Fault {
    std::string sqlstate;
    std::string message;
  };
  std::optional<Fault> fault;
};
void write_log(const std::vector<LogEntry>& entries);

}  // namespace strata::pg
