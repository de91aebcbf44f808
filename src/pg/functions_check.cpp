// functions_check.cpp - migrate_check and migrate_baseline.
#include "core/health.hpp"
#include "core/text.hpp"
#include "pg/author.hpp"
#include "pg/deadline.hpp"
#include "pg/replay.hpp"
#include "pg/schema_proof.hpp"
#include "pg/schema_report.hpp"
#include "pg/settings.hpp"
#include "pg/snapshot.hpp"
#include "pg/stamp.hpp"
#include "schema/script.hpp"

using namespace strata;
using namespace strata::pg;

namespace {

void tell(Rows& out, const schema::Model& present, const schema::Model& desired) {
  for (const schema::Finding& finding : schema::compare(present, desired))
    out.add({value(name_of(finding.object.kind)), value(title_of(finding.object)), value(name_of(finding.difference)),
             finding.detail.empty() ? Value() : value(finding.detail)});
}

void check_desired(Rows& out, const std::string& ddl, const std::optional<Texts>& ignore) {
  with_latest_snapshot([&](Snapshot latest) { require_up_to_date(*graph(latest), version_rows(latest)); });
  const Comparison comparison = check_against(ddl, ignore);
  tell(out, comparison.live, comparison.desired);
  tell_unsaid(comparison);
  tell_not_compared(comparison.live);
}

schema::Model within_ignored(const std::optional<Texts>& ignore, const schema::Model& desired, const schema::Model& present) {
  return schema::within(schema::Scope(ignore.value_or(Texts())), desired, present);
}

void check_replay(Rows& out, const std::optional<Texts>& ignore) {
  require_script_access();
  std::vector<ReplayStep> steps;
  with_latest_snapshot([&](Snapshot latest) {
    const SharedGraph known = graph(latest);
    steps = replay_steps(*known, applied_in_order(*known, version_rows(latest)), latest);
  });
  const Replayed replayed = replay(steps, {});
  const schema::Model live = live_model_without_needs(replayed.schemas);
  tell(out, live, within_ignored(ignore, replayed.after, live));
  tell_not_compared(live);
}

// What could not be seen of the present, or when the snapshot was taken, is no drift.
schema::Model without_concealed(const schema::Model& kept, const schema::Model& live) {
  std::vector<schema::Object> objects;
  for (const schema::Object& object : kept.objects()) {
    const bool concealed = std::any_of(live.not_compared().begin(), live.not_compared().end(), [&](const schema::NotCompared& other) {
      return other.kind == name_of(object.key.kind) && other.name == qualified_name(object.key);
    });
    if (!concealed) objects.push_back(object);
  }
  return schema::Model(std::move(objects), kept.not_compared());
}

void check_drift(Rows& out, const std::optional<Texts>& ignore) {
  const KeptSchema kept = kept_snapshot();
  Texts schemas = present_schemas();
  add_missing(schemas, kept.schemas);
  const schema::Model live = without_secrets(live_model_without_needs(schemas)), seen = without_concealed(live, kept.model);
  tell(out, seen, within_ignored(ignore, without_concealed(kept.model, live), seen));
  tell_not_compared(live);
}

void require_no_history(const Graph& known, const Texts& rows) {
  if (known.size() == 0 && rows.empty()) return;
  throw Error(sqlstate::wrong_state, "this database has revisions already")
      .with_detail(fmt::format("{} revision(s) are loaded, the version rows are {}.", known.size(), rows.empty() ? "none (base)" : fmt::format("{}", fmt::join(rows, ", "))))
      .with_hint("A baseline is the first revision. To begin anew: SELECT migrate_stamp('base'); SELECT migrate_load('{}', prune => true); or squash with migrate_squash.");
}

}  // namespace

STRATA_FUNCTION(migrate_check) {
  const Arguments arguments(fcinfo);
  const auto ddl = arguments.optional_text(0);
  const bool again = arguments.flag(1, "replay");
  const auto ignore = arguments.has(2) ? std::optional(arguments.texts(2, "ignore")) : std::nullopt;
  if (ddl && again) throw Error(sqlstate::invalid_parameter, "migrate_check compares with a desired DDL or with a replay, not with both").with_hint("Leave one of them out.");
  Rows out(fcinfo);
  with_deadline(settings().check_timeout, [&] {
    if (ddl) check_desired(out, *ddl, ignore);
    else if (again) check_replay(out, ignore);
    else check_drift(out, ignore);
  });
  return 0;
}

STRATA_FUNCTION(migrate_baseline) {
  const Arguments arguments(fcinfo);
  const std::string message = arguments.text(0, "message");
  const auto id = write_revision(arguments.optional_text(1), [&](const Graph& known, const Texts& rows, Snapshot) {
    require_no_history(known, rows);
    Revision revision;
    with_deadline(settings().check_timeout, [&] {
      Comparison comparison;
      comparison.schemas = present_schemas();
      comparison.live = comparison.desired = comparison.renamed = live_model(comparison.schemas);
      prove(comparison, {});
      tell_not_compared(comparison.live);
      revision.upgrade = Script{tidy_script(schema::script_of(statements_to_build(comparison.live, comparison.schemas)))};
    });
    revision.message = message;
    return std::optional(std::move(revision));
  });
  count_as_applied(*id);
  return datum_of(*id);
}
