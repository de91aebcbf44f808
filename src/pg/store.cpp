#include "pg/store.hpp"

#include <algorithm>

#include "pg/encoding.hpp"

extern "C" {
#include "utils/acl.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
}

namespace strata::pg {
namespace {

// Lists travel to SQL as one text each: ids and labels hold no white space.
std::string joined(const Texts& texts) { return fmt::format("{}", fmt::join(texts, "\n")); }

// Columns of parallel arrays: one row of the statement per element.
struct Columns {
  explicit Columns(std::size_t count) : values(count) {}
  void add(std::initializer_list<std::string> row) {
    auto column = values.begin();
    for (const std::string& text : row) (column++)->push_back(text);
  }
  std::vector<Texts> values;
};

StoredRevision facts_of(const Row& row) {
  StoredRevision revision;
  revision.lineage = {row.text(0), row.texts(1), row.texts(2), row.texts(3)};
  revision.message = row.text(4);
  if (row.has(5)) revision.created_at = timestamp_text(DatumGetTimestampTz(row.datum(5)));
  revision.file = row.text_or_empty(6);
  return revision;
}

StoredScript script_of(const Row& row, Detail detail) {
  StoredScript stored;
  if (detail == Detail::scripts) stored.script.sql = row.text(2);
  stored.script.transaction = row.flag(3) ? Transaction::allowed : Transaction::forbidden;
  stored.script.line = row.number(4);
  stored.checksum = row.text(5);
  if (row.has(6)) stored.barrier = row.text(6);
  if (row.has(7)) stored.defect = row.text(7);
  return stored;
}

void put_script(StoredRevision& revision, const Row& row, Detail detail) {
  (row.text(1) == "upgrade" ? revision.upgrade : revision.downgrade) = script_of(row, detail);
}

// Sorted by id, so that the graph is the same whatever the order of the rows on disk.
std::vector<Lineage> read_lineages(Snapshot snapshot) {
  std::vector<Lineage> lineages;
  scan(Table::revision, snapshot, [&](const Row& row) { lineages.push_back({row.text(0), row.texts(1), row.texts(2), row.texts(3)}); });
  std::sort(lineages.begin(), lineages.end(), [](const Lineage& a, const Lineage& b) { return a.id < b.id; });
  return lineages;
}

std::string packed_graph(Snapshot snapshot) {
  std::string bytes;
  scan(Table::state, snapshot, [&](const Row& row) {
    if (row.has(1)) bytes = bytes_of(row.datum(1));
  });
  return bytes;
}

struct KeptGraph {
  std::string generation;
  SharedGraph graph;
};

// Never destroyed: the library stays loaded until the process ends.
KeptGraph& kept_graph() {
  static auto* kept = new KeptGraph;
  return *kept;
}

std::string caller_name() { return to_utf8(call(GetUserNameFromId, call(GetUserId), false)); }

void remove_scripts(const Texts& ids) {
  write("DELETE FROM migrate.script WHERE revision OPERATOR(pg_catalog.=) ANY ($1)", {parameter(ids)});
}

void write_scripts(const std::vector<StoredRevision>& revisions) {
  Columns rows(8);
  const auto add = [&](const std::string& id, const char* direction, const std::optional<StoredScript>& stored) {
    if (!stored) return;
    rows.add({id, direction, stored->script.sql, stored->script.transaction == Transaction::allowed ? "t" : "f",
              std::to_string(stored->script.line), stored->checksum, stored->barrier.value_or(""), stored->defect.value_or("")});
  };
  for (const StoredRevision& revision : revisions) {
    add(revision.lineage.id, "upgrade", revision.upgrade);
    add(revision.lineage.id, "downgrade", revision.downgrade);
  }
  const auto& column = rows.values;
  write(R"(
INSERT INTO migrate.script (revision, direction, sql, transactional, line, checksum, barrier, defect)
SELECT r.revision, r.direction, r.sql, r.transactional::pg_catalog.bool, r.line::pg_catalog.int4, r.checksum,
       nullif(r.barrier, ''), nullif(r.defect, '')
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),
                pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8))
  AS r (revision, direction, sql, transactional, line, checksum, barrier, defect))",
        {parameter(column[0]), parameter(column[1]), parameter(column[2]), parameter(column[3]), parameter(column[4]),
         parameter(column[5]), parameter(column[6]), parameter(column[7])});
}

void write_facts(const std::vector<StoredRevision>& revisions) {
  Columns rows(7);
  for (const StoredRevision& revision : revisions)
    rows.add({revision.lineage.id, joined(revision.lineage.down_revision), joined(revision.lineage.depends_on),
              joined(revision.lineage.branch_labels), revision.message,
              revision.created_at, revision.file});
  const auto& column = rows.values;
  write(R"(
INSERT INTO migrate.revision (revision, down_revision, depends_on, branch_labels, message, created_at, file, loaded_by)
SELECT r.revision, pg_catalog.string_to_array(r.down, E'\n'), pg_catalog.string_to_array(r.needs, E'\n'),
       pg_catalog.string_to_array(r.labels, E'\n'), r.message, nullif(r.created, '')::pg_catalog.timestamptz,
       nullif(r.file, ''), $8::pg_catalog.name
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),
                pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7))
  AS r (revision, down, needs, labels, message, created, file)
ON CONFLICT (revision) DO UPDATE SET (down_revision, depends_on, branch_labels, message, created_at, file, loaded_at, loaded_by) =
  ROW (excluded.down_revision, excluded.depends_on, excluded.branch_labels, excluded.message, excluded.created_at, excluded.file,
       pg_catalog.now(), excluded.loaded_by))",
        {parameter(column[0]), parameter(column[1]), parameter(column[2]), parameter(column[3]), parameter(column[4]),
         parameter(column[5]), parameter(column[6]), parameter(caller_name())});
}

}  // namespace

std::string generation(Snapshot snapshot) {
  std::string text;
  scan(Table::state, snapshot, [&](const Row& row) {
    text.assign(reinterpret_cast<const char*>(DatumGetUUIDP(row.datum(0))->data), UUID_LEN);
  });
  return text;
}

namespace {

// Is the kept graph that of the snapshot, if need be after unpacking it?
bool keep_packed_graph(Snapshot snapshot) {
  KeptGraph& kept = kept_graph();
  const std::string present = generation(snapshot);
  if (!present.empty() && present == kept.generation) return true;
  std::optional<Graph> packed = Graph::unpack(packed_graph(snapshot));
  if (!packed) return false;
  kept = {present, std::make_shared<const Graph>(std::move(*packed))};
  return true;
}

}  // namespace

SharedGraph graph(Snapshot snapshot) {
  if (!keep_packed_graph(snapshot))
    kept_graph() = {generation(snapshot), std::make_shared<const Graph>(Graph::build(read_lineages(snapshot)))};
  return kept_graph().graph;
}

std::vector<GraphFault> graph_faults(Snapshot snapshot) {
  if (keep_packed_graph(snapshot)) return {};
  return Graph::find_faults(read_lineages(snapshot));
}

Texts version_rows(Snapshot snapshot) {
  Texts rows;
  scan(Table::version, snapshot, [&](const Row& row) { rows.push_back(row.text(0)); });
  std::sort(rows.begin(), rows.end());
  return rows;
}

void conceal_scripts(StoredRevision& revision) {
  for (std::optional<StoredScript>* script : {&revision.upgrade, &revision.downgrade}) {
    if (!*script) continue;
    for (std::optional<std::string>* text : {&(*script)->barrier, &(*script)->defect})
      if (*text) *text = "SELECT on migrate.script shows why";
  }
}

std::optional<StoredRevision> find_revision(std::string_view id, Snapshot snapshot) {
  std::optional<StoredRevision> revision;
  lookup(Table::revision, id, snapshot, [&](const Row& row) { revision = facts_of(row); });
  if (revision) lookup(Table::script, id, snapshot, [&](const Row& row) { put_script(*revision, row, Detail::scripts); });
  return revision;
}

RevisionMap all_revisions(Snapshot snapshot, Detail detail) {
  RevisionMap revisions;
  scan(Table::revision, snapshot, [&](const Row& row) { revisions.emplace(row.text(0), facts_of(row)); });
  scan(Table::script, snapshot, [&](const Row& row) {
    if (auto found = revisions.find(row.text(0)); found != revisions.end()) put_script(found->second, row, detail);
  });
  return revisions;
}

void write_revisions(const std::vector<StoredRevision>& revisions, const Texts& removed) {
  Texts replaced = removed;
  for (const StoredRevision& revision : revisions) replaced.push_back(revision.lineage.id);
  if (replaced.empty()) return;
  remove_scripts(replaced);
  if (!removed.empty()) write("DELETE FROM migrate.revision WHERE revision OPERATOR(pg_catalog.=) ANY ($1)", {parameter(removed)});
  if (!revisions.empty()) {
    write_facts(revisions);
    write_scripts(revisions);
  }
  // So that the next cold session need not build it.
  with_latest_snapshot([](Snapshot snapshot) {
    write("UPDATE migrate.state SET graph = $1", {bytes_parameter(graph(snapshot)->pack())});
  });
}

void write_version_rows(const Texts& rows) {
  write("DELETE FROM migrate.version WHERE NOT revision OPERATOR(pg_catalog.=) ANY ($1)", {parameter(rows)});
  write("INSERT INTO migrate.version SELECT pg_catalog.unnest($1) ON CONFLICT DO NOTHING", {parameter(rows)});
}

void write_log(const std::vector<LogEntry>& entries) {
  if (entries.empty()) return;
  Columns rows(9);
  for (const LogEntry& entry : entries)
    rows.add({std::string(name_of(entry.operation)), entry.revision.value_or(""), joined(entry.from_heads), joined(entry.to_heads),
              timestamp_text(entry.started_at), fmt::format("{} microseconds", entry.microseconds), entry.checksum.value_or(""),
              entry.fault ? entry.fault->sqlstate : "", entry.fault ? entry.fault->message : ""});
  const auto& column = rows.values;
  write(R"(
INSERT INTO migrate.log (operation, revision, from_heads, to_heads, started_at, duration, checksum, outcome, sqlstate, error,
                         role, session_role, application_name, client_addr, pid)
SELECT r.operation, nullif(r.revision, ''), pg_catalog.string_to_array(r.from_heads, E'\n'),
       pg_catalog.string_to_array(r.to_heads, E'\n'), r.started_at::pg_catalog.timestamptz, r.duration::pg_catalog.interval,
       nullif(r.checksum, ''), CASE WHEN r.sqlstate OPERATOR(pg_catalog.=) '' THEN 'done' ELSE 'failed' END, nullif(r.sqlstate, ''), nullif(r.error, ''),
       $10::pg_catalog.name, session_user, pg_catalog.current_setting('application_name'),
       pg_catalog.inet_client_addr(), pg_catalog.pg_backend_pid()
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),
                pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9))
  AS r (operation, revision, from_heads, to_heads, started_at, duration, checksum, sqlstate, error))",
        {parameter(column[0]), parameter(column[1]), parameter(column[2]), parameter(column[3]), parameter(column[4]),
         parameter(column[5]), parameter(column[6]), parameter(column[7]), parameter(column[8]), parameter(caller_name())});
}

}  // namespace strata::pg
