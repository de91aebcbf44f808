// snapshot.hpp - the schema as the last migration has left it (migrate.snapshot), and desired schemas that were built before (migrate.desired).
//
// Both are models as text. The surprise: no migration fails because its end could not be noted; then there is no snapshot of that state, and who
// asks for drift is told so.
#pragma once

#include "pg/value.hpp"
#include "schema/model.hpp"

namespace strata::pg {

// Notes the managed schemas as they are. Does nothing where migrate.keep_snapshot is off. Raises a cancel alone.
void keep_snapshot();
// The same snapshot at other version rows: nobody has looked at the schema in between.
void move_snapshot(const Texts& before);
// There is none any more.
void forget_snapshot();

struct KeptSchema {
  schema::Model model;
  Texts schemas;
};
// Raises 55000 where there is none of the present version rows.
KeptSchema kept_snapshot();

// Secrets (the options of user mappings) as a checksum, as snapshots have them.
schema::Model without_secrets(const schema::Model& model);

// What a desired DDL has built before, under the same circumstances.
struct KeptDesired {
  schema::Model model;
  Texts schemas;
  Texts unsaid;  // what it does not speak of
};
std::optional<KeptDesired> kept_desired(const std::string& ddl);
// Does nothing where nothing can be written.
void keep_desired(const std::string& ddl, const KeptDesired& desired);

}  // namespace strata::pg
