// schema_engine.hpp - the schema that is there, the one that is wanted, the migration between them, and its proof.
//
// Carries out what src/schema decides. The surprise: everything that runs here runs in a hidden world and is rolled back; what comes out are values.
#pragma once

#include <optional>
#include <string>

#include "pg/value.hpp"
#include "schema/compare.hpp"
#include "schema/plan.hpp"
#include "schema/rename.hpp"

namespace strata::pg {

enum class Proof { demanded, skipped };

struct ComparisonOptions {
  std::optional<Texts> ignore;  // none: what the desired DDL does not speak of
  schema::Building building = schema::Building::plain;
  schema::Validation validation = schema::Validation::at_once;
  Proof proof = Proof::demanded;
};

// Both sides of a comparison, under the same names.
struct Comparison {
  Texts schemas;           // that are compared; real names, not quoted
  schema::Scope scope;     // what is left out
  schema::Model live;
  schema::Model built;     // what the DDL has built
  Texts unsaid;            // what it does not speak of
  schema::Model desired;   // `built` with what is left out of the comparison taken from `live`
  std::vector<schema::Rename> renamings;
  schema::Statements renames;  // that lead from the live schema to `renamed`
  schema::Statements unrenames;  // and back
  schema::Model renamed;   // `live` with these done; equal to it where there are none
};

// Those that are not among the names yet, behind them.
void add_missing(Texts& names, const Texts& more);

// The schemas that migrate.managed_schemas names and that are there.
Texts present_schemas();
schema::Model live_model(const Texts& schemas);
// For a comparison alone: what needs what is not compared, nor kept.
schema::Model live_model_without_needs(const Texts& schemas);

// Runs the DDL in a hidden world. Raises what it raises, and 42501, 25006, 55P03 (see hidden_world.hpp).
Comparison compare_with(const std::string& desired_ddl, const ComparisonOptions& options);

// What the live schema is called in the desired one: fills in what has to do with renames. Raises 55000 for marks that mean nothing.
void rename_live(Comparison& comparison, const std::vector<schema::RenameMark>& marks);

// The same without the means to plan, from what the DDL has built before where it is known.
Comparison check_against(const std::string& desired_ddl, const std::optional<Texts>& ignore);
// The objects of the extensions that are installed, and what a script says of them.
struct ExtensionMention;
schema::Model with_extensions(const schema::Model& built, const schema::Model& live, const std::vector<ExtensionMention>& mentions);


// Raises 0A000 for what no statement can do.
void require_possible(const schema::Migration& migration);

struct MigrationPair {
  schema::Migration upgrade, downgrade;  // the downgrade runs in one transaction: nothing else runs it
};
// From the live schema to the desired one and back; proven (MG010 when either end is missed).
MigrationPair migration_between(const Comparison& comparison, const ComparisonOptions& options);

schema::Migration plan_between(const schema::Model& from, const schema::Model& to);

// What builds these schemas from nothing.
schema::Statements statements_to_build(const schema::Model& live, const Texts& schemas);

}  // namespace strata::pg
