#include "pg/record_downgrade.hpp"

#include "pg/schema_engine.hpp"
#include "schema/script.hpp"

namespace strata::pg {

schema::Model read_managed_schema() { return live_model(present_schemas()); }

std::optional<std::string> recorded_downgrade(const schema::Model& before, const schema::Model& after) {
  Comparison comparison;
  comparison.schemas = present_schemas();
  for (const schema::Object& object : before.objects())
    if (object.key.kind == schema::Kind::schema) comparison.schemas.push_back(object.key.name);
  comparison.live = comparison.renamed = after;
  comparison.desired = before;
  prove(comparison);
  return schema::script_of(plan_between(after, before).statements);
}

}  // namespace strata::pg
