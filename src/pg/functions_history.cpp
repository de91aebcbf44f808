// functions_history.cpp - migrate_history and migrate_doctor: the whole catalog, row by row.
#include <map>

#include "core/doctor.hpp"
#include "core/health.hpp"
#include "core/history.hpp"
#include "lint/rules.hpp"
#include "pg/job.hpp"
#include "pg/journal.hpp"

using namespace strata;
using namespace strata::pg;

namespace {

// What migrate_history shows of a revision beside its place in the graph.
struct Facts {
  std::string message;
  Value created_at;
  Value applied_at;
  std::int64_t log_id = 0;  // of the entry that says so
  bool is_reversible = false;
};

std::vector<Facts> read_facts(const Graph& known, Snapshot snapshot) {
  std::vector<Facts> facts(known.size());
  const auto visit = [&](Table table, int key, const std::function<void(Facts&, const Row&)>& take) {
    scan(table, snapshot, [&](const Row& row) {
      if (!row.has(key)) return;
      if (const auto index = known.find(row.text(key)); index) take(facts[*index], row);
    });
  };
  visit(Table::revision, 0, [](Facts& fact, const Row& row) {
    fact.message = row.text(4);
    if (row.has(5)) fact.created_at = Value(row.datum(5));
  });
  visit(Table::script, 0, [](Facts& fact, const Row& row) {
    if (row.text(1) == "downgrade") fact.is_reversible = !row.has(7);
  });
  visit(Table::log, 2, [](Facts& fact, const Row& row) {
    const std::string operation = row.text(1);
    const auto id = DatumGetInt64(row.datum(0));
    if (row.text(3) != "done" || operation == "downgrade" || id < fact.log_id) return;
    fact.log_id = id;
    fact.applied_at = Value(row.datum(6));
  });
  return facts;
}

template <typename List>
bool contains(const List& list, Index wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

void add_lint(const StoredRevision& revision, std::vector<Diagnosis>& found) {
  if (!revision.upgrade) return;
  const int first_line = revision.upgrade->script.line;
  for (const Finding& finding : lint(prepare(revision.upgrade->script.sql, check_for_interrupts), check_for_interrupts))
    found.push_back({finding.code, Severity::warning, revision.lineage.id, fmt::format("{} (line {})", finding.message, finding.line + first_line - 1), finding.hint});
}

}  // namespace

STRATA_FUNCTION(migrate_history) {
  const std::optional<std::string> range = Arguments(fcinfo).optional_text(0);
  Rows out(fcinfo);
  const Snapshot snapshot = query_snapshot();
  const SharedGraph shared = graph(snapshot);
  const Graph& known = *shared;
  const Indexes current = known_rows(known, version_rows(snapshot));
  const std::vector<char> marks = applied(known, current);
  const std::vector<Facts> facts = read_facts(known, snapshot);
  for (Index i : history(known, range, current)) {
    const Lineage& lineage = known.lineage(i);
    out.add({value(lineage.id), value(lineage.down_revision), value(lineage.depends_on), value(lineage.branch_labels), value(facts[i].message),
             value(known.parents(i).empty()), value(known.children(i).empty()), value(known.is_branch_point(i)), value(known.is_merge_point(i)),
             value(contains(current, i)), value(marks[i] != 0), value(facts[i].is_reversible),
             marks[i] ? facts[i].applied_at : Value(), facts[i].created_at});
    check_for_interrupts();
  }
  return 0;
}

STRATA_FUNCTION(migrate_doctor) {
  Rows out(fcinfo);
  const Snapshot snapshot = query_snapshot();
  const bool sees_scripts = may_read_scripts();
  RevisionMap revisions = all_revisions(snapshot, sees_scripts ? Detail::scripts : Detail::facts);
  for (auto& [id, revision] : revisions)
    if (!sees_scripts) conceal_scripts(revision);
  std::vector<Diagnosis> found = diagnose(revisions, version_rows(snapshot), half_applied(snapshot));
  for (const auto& [id, revision] : revisions) {
    if (!sees_scripts) break;
    add_lint(revision, found);
    check_for_interrupts();
  }
  for (const Diagnosis& diagnosis : found)
    out.add({value(diagnosis.code), value(name_of(diagnosis.severity)), diagnosis.revision.empty() ? Value() : value(diagnosis.revision),
             value(diagnosis.message), value(diagnosis.hint)});
  return 0;
}
