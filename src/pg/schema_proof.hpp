// schema_proof.hpp - generated statements tried out in a hidden world before anybody gets them.
//
// The surprise: what belongs to the whole database and is left as it is (event triggers, publications, servers) is not built in there, so
// that who owns the schemas alone can have a proof, too.
#pragma once

#include "pg/hidden_world.hpp"
#include "pg/schema_engine.hpp"

namespace strata::pg {

// What the planner has to know of this server and of the caller.
schema::PlanOptions plan_options(const ComparisonOptions& options);

// Installed extensions, and the schemas that they live in, are there in the hidden world as well.
bool is_there_anyway(const schema::Key& key, const schema::Model& live);
// Event triggers, publications, servers, wrappers, user mappings, default privileges.
bool is_of_database(schema::Kind kind);

// What was made in the world.
schema::Model read_world(const Texts& schemas, const World& world);

// comparison.live built from its own DDL, with comparison.renames done: what it is called then.
schema::Model renamed_in_a_world(const Comparison& comparison);

// Raises MG010 unless the schema can be built from its own DDL, and the migrations lead from `live` to `desired` and back.
void prove(const Comparison& comparison, const MigrationPair& pair);

}  // namespace strata::pg
