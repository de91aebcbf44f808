// functions_schema.cpp - migrate_diff, migrate_autogenerate, migrate_schema_sql and migrate_baseline.
#include "core/health.hpp"
#include "core/text.hpp"
#include "pg/author.hpp"
#include "pg/deadline.hpp"
#include "pg/schema_report.hpp"
#include "pg/settings.hpp"
#include "schema/script.hpp"

using namespace strata;
using namespace strata::pg;

namespace {

std::optional<Texts> ignored(const Arguments& arguments, int position) {
  if (!arguments.has(position)) return std::nullopt;
  return arguments.texts(position, "ignore");
}

// The arguments ignore, concurrently, not_valid and verify, in this order.
ComparisonOptions comparison_options(const Arguments& arguments, int position) {
  ComparisonOptions options;
  options.ignore = ignored(arguments, position);
  if (arguments.flag(position + 1, "concurrently")) options.building = schema::Building::concurrently;
  if (arguments.flag(position + 2, "not_valid")) options.validation = schema::Validation::afterwards;
  if (!arguments.flag(position + 3, "verify")) options.proof = Proof::skipped;
  return options;
}

Script script_from(const schema::Migration& migration) {
  return {tidy_script(schema::script_of(migration.statements)), migration.barrier ? Transaction::forbidden : Transaction::allowed};
}

void require_no_losses(const schema::Statements& statements) {
  const Texts losses = schema::losses_of(statements);
  if (losses.empty()) return;
  throw Error(sqlstate::refused_by_policy, "this migration loses data")
      .with_detail(fmt::format("{}", fmt::join(losses, "\n")))
      .with_hint("allow_drops => true generates it all the same; a rename is told by a line -- migrate:renamed old_name in the desired DDL.");
}

}  // namespace

STRATA_FUNCTION(migrate_diff) {
  const Arguments arguments(fcinfo);
  const std::string ddl = arguments.text(0, "desired_ddl");
  const ComparisonOptions options = comparison_options(arguments, 1);
  Rows out(fcinfo);
  with_deadline(settings().check_timeout, [&] {
    const Comparison comparison = compare_with(ddl, options);
    const MigrationPair pair = migration_between(comparison, options);
    int step = 0;
    for (const schema::Statement& statement : pair.upgrade.statements)
      out.add({value(++step), value(name_of(statement.operation)), value(name_of(statement.object.kind)), value(title_of(statement.object)), value(statement.sql),
               statement.lost.empty() ? Value() : value(statement.lost), value(name_of(statement.lock)), value(statement.rewrites_table)});
    tell_about(comparison);
  });
  return 0;
}

STRATA_FUNCTION(migrate_autogenerate) {
  const Arguments arguments(fcinfo);
  const std::string message = arguments.text(0, "message"), ddl = arguments.text(1, "desired_ddl"), head = arguments.text(3, "head");
  const bool allow_drops = arguments.flag(4, "allow_drops");
  const ComparisonOptions options = comparison_options(arguments, 5);
  const auto id = write_revision(arguments.optional_text(2), [&](const Graph& known, const Texts& rows, Snapshot) {
    require_up_to_date(known, rows);
    std::optional<Revision> revision;
    with_deadline(settings().check_timeout, [&] {
      const Comparison comparison = compare_with(ddl, options);
      const MigrationPair pair = migration_between(comparison, options);
      tell_about(comparison);
      if (pair.upgrade.statements.empty()) return;
      if (!allow_drops) require_no_losses(pair.upgrade.statements);
      revision.emplace();
      revision->upgrade = script_from(pair.upgrade);
      if (pair.downgrade.impossible.empty()) revision->downgrade = script_from(pair.downgrade);
      else say(NOTICE, "the revision is irreversible", {fmt::format("{}", fmt::join(pair.downgrade.impossible, "\n")), ""});
    });
    if (!revision) return revision;
    revision->lineage = {"", parents_at(known, head, Branching::refuse, locate(known, rows)), {}, {}};
    revision->message = message;
    return revision;
  });
  if (!id) {
    say(INFO, "no changes");
    PG_RETURN_NULL();
  }
  return datum_of(*id);
}

STRATA_FUNCTION(migrate_schema_sql) {
  const Texts schemas = present_schemas();
  const schema::Model live = live_model(schemas);
  tell_not_compared(live);
  return datum_of(schema::script_of(statements_to_build(live, schemas)));
}
