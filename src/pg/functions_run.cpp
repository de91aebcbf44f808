// functions_run.cpp - migrate_upgrade, migrate_downgrade, migrate_stamp and the bookkeeping of printed scripts.
#include <algorithm>

#include "core/health.hpp"
#include "core/text.hpp"
#include "pg/guard.hpp"
#include "pg/journal.hpp"
#include "pg/runner.hpp"
#include "pg/settings.hpp"
#include "pg/snapshot.hpp"

extern "C" {
#include "utils/timestamp.h"
}

using namespace strata;
using namespace strata::pg;

namespace {

using Planner = std::function<Plan(const Graph&, std::span<const Index>)>;
enum class Present { count, purge };  // what a plan starts from: the version rows, or none at all

// Called with the lock held, before the plan is made: what to do about revisions that a deploy has left half applied.
using Begin = void (*)(Snapshot);

enum class Note { after_steps, always };  // when the schema is noted at the end

Datum run(FunctionCallInfo fcinfo, Begin begin, Present present, const Planner& plan_from, Note note = Note::after_steps) {
  Rows out(fcinfo);
  with_migration([&](Snapshot latest) {
    begin(latest);
    const SharedGraph known = graph(latest);
    const Texts rows = version_rows(latest);
    const Plan plan = plan_from(*known, present == Present::count ? locate(*known, rows) : Indexes());
    int number = 0;
    const std::vector<DoneStep> steps = carry_out(*known, plan, rows, latest);
    if (!steps.empty() || note == Note::always) keep_snapshot();
    for (const DoneStep& done : steps)
      out.add({value(++number), value(name_of(done.job.step.operation)), done.job.id.empty() ? Value() : value(done.job.id),
               value(done.job.revision.message), interval_value(done.microseconds)});
  });
  return 0;
}

// A stamp says what is true, whatever the journal says.
void forget_half_applied(Snapshot latest) {
  const auto revisions = half_applied(latest);
  if (revisions.empty()) return;
  forget_journal();
  for (const auto& [id, done] : revisions) say(INFO, fmt::format("forgetting that revision {} is half applied ({} statement{} done)", id, done, done == 1 ? "" : "s"));
}

// A printed script is good for one state only.
void require_version_rows(Texts expected, Snapshot latest) {
  std::sort(expected.begin(), expected.end());
  const Texts present = version_rows(latest);
  if (present == expected) return;
  throw Error(sqlstate::wrong_state, "this script was printed for another state of the database")
      .with_detail(fmt::format("It starts from {{{}}}, the version rows are {{{}}}.", fmt::join(expected, ", "), fmt::join(present, ", ")))
      .with_hint("Roll back and print the script again.");
}

Datum stamp(FunctionCallInfo fcinfo, const Texts& targets) {
  const Present present = Arguments(fcinfo).flag(1, "purge") ? Present::purge : Present::count;
  return run(fcinfo, forget_half_applied, present, [&](const Graph& known, std::span<const Index> rows) { return plan_stamp(known, targets, rows); }, Note::always);
}

}  // namespace

STRATA_FUNCTION(migrate_upgrade) {
  const std::string target = Arguments(fcinfo).text(0, "target");
  return run(fcinfo, require_nothing_half_applied, Present::count, [&](const Graph& known, std::span<const Index> rows) { return plan_upgrade(known, target, rows); });
}

STRATA_FUNCTION(migrate_downgrade) {
  const std::string target = Arguments(fcinfo).text(0, "target");
  require_downgrades_allowed();
  return run(fcinfo, require_nothing_half_applied, Present::count, [&](const Graph& known, std::span<const Index> rows) { return plan_downgrade(known, target, rows); });
}

STRATA_FUNCTION(migrate_stamp) { return stamp(fcinfo, {Arguments(fcinfo).text(0, "target")}); }

STRATA_FUNCTION(migrate_stamp_all) {
  const Texts targets = Arguments(fcinfo).texts(0, "targets");
  if (targets.empty())
    throw Error(sqlstate::invalid_parameter, "migrate_stamp needs a target").with_hint("Say 'base' to take all version rows away.");
  return stamp(fcinfo, targets);
}

STRATA_FUNCTION(migrate_expect) {
  const Texts heads = Arguments(fcinfo).texts(0, "heads");
  with_migration([&](Snapshot latest) {
    require_nothing_half_applied(latest);
    require_version_rows(heads, latest);
  });
  pass_printed_script(fcinfo->flinfo->fn_oid);
  return 0;
}

STRATA_FUNCTION(migrate_record) {
  const Arguments arguments(fcinfo);
  const Operation operation = operation_named(arguments.text(0, "operation"));
  const std::string revision = arguments.text(1, "revision");
  const Texts from = arguments.texts(2, "from_heads"), to = arguments.texts(3, "to_heads");
  if (operation == Operation::downgrade) require_downgrades_allowed();
  with_migration([&](Snapshot latest) {
    require_nothing_half_applied(latest);
    const SharedGraph known = graph(latest);
    require_version_rows(from, latest);
    const auto index = known->find(revision);
    const auto stored = find_revision(revision, latest);
    if (!index || !stored) throw Error(sqlstate::unknown_revision, fmt::format("unknown revision {}", quoted(revision))).with_hint("Load its file.");
    const Texts rows = ids_of(*known, heads_after(*known, operation, *index, locate(*known, from)));
    if (!std::is_permutation(rows.begin(), rows.end(), to.begin(), to.end()))
      throw Error(sqlstate::wrong_state, "the revisions were changed since this script was printed")
          .with_detail(fmt::format("After revision {} the version rows are {{{}}}, not {{{}}}.", revision, fmt::join(rows, ", "), fmt::join(to, ", ")))
          .with_hint("Roll back and print the script again.");
    const auto& script = operation == Operation::downgrade ? stored->downgrade : stored->upgrade;
    write_version_rows(rows);
    // A printed script records each revision; the schema is noted when it has arrived.
    if (health_of(*known, rows).is_current()) keep_snapshot();
    else forget_snapshot();
    write_log({{operation, revision, from, rows, GetCurrentTimestamp(), 0, script ? std::optional(script->checksum) : std::nullopt, std::nullopt}});
  });
  return 0;
}
