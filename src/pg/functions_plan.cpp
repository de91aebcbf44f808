// functions_plan.cpp - migrate_plan, migrate_upgrade_sql, migrate_downgrade_sql: what would run, without running it.
#include "core/history.hpp"
#include "core/offline.hpp"
#include "core/resolve.hpp"
#include "parse/repeat.hpp"
#include "pg/job.hpp"
#include "pg/settings.hpp"

using namespace strata;
using namespace strata::pg;

namespace {

// The rows a caller gave as ids, prefixes or labels.
Indexes named_rows(const Graph& known, const Texts& names) {
  Indexes rows;
  for (const std::string& name : names)
    for (Index index : resolve(known, name)) rows.push_back(index);
  return rows;
}

OfflineStep offline_step(const Graph& known, const Job& job, const Texts& from_heads) {
  const StoredScript& stored = *job.script();
  return {job.step.operation,  job.id, announcement(known, job.step, job.revision.message),
          spell_out_repeats(stored.script.sql, check_for_interrupts),
          stored.barrier ? Transaction::forbidden : Transaction::allowed,
          from_heads,          ids_of(known, job.step.heads)};
}

Datum print_sql(FunctionCallInfo fcinfo, Operation operation) {
  const std::string range = Arguments(fcinfo).text(0, "range");
  require_script_access();
  const Snapshot snapshot = query_snapshot();
  const SharedGraph known = graph(snapshot);
  const SqlRange ends = sql_range(*known, range, locate(*known, version_rows(snapshot)), operation);
  Texts heads = ids_of(*known, ends.from);
  std::vector<OfflineStep> steps;
  for (const Job& job : jobs_of(*known, plan(*known, operation, ends.target, ends.from), snapshot)) {
    steps.push_back(offline_step(*known, job, heads));
    heads = steps.back().to_heads;
  }
  return datum_of(without_final_newline(print_offline(steps)));
}

}  // namespace

STRATA_FUNCTION(migrate_plan) {
  const Arguments arguments(fcinfo);
  const Operation operation = operation_named(arguments.text(0, "operation"));
  const std::string target = arguments.text(1, "target");
  Rows out(fcinfo);
  const Snapshot snapshot = query_snapshot();
  const SharedGraph known = graph(snapshot);
  const Indexes rows = arguments.has(2) ? named_rows(*known, arguments.texts(2, "from_heads")) : locate(*known, version_rows(snapshot));
  int number = 0;
  for (const Step& step : plan(*known, operation, target, rows).steps) {
    std::optional<StoredRevision> revision;
    if (step.revision) revision = find_revision(known->id(*step.revision), snapshot);
    out.add({value(++number), value(name_of(step.operation)), step.revision ? value(known->id(*step.revision)) : Value(),
             value(revision ? revision->message : ""), value(ids_of(*known, step.heads))});
    check_for_interrupts();
  }
  return 0;
}

STRATA_FUNCTION(migrate_upgrade_sql) { return print_sql(fcinfo, Operation::upgrade); }

STRATA_FUNCTION(migrate_downgrade_sql) {
  require_downgrades_allowed();
  return print_sql(fcinfo, Operation::downgrade);
}
