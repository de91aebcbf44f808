#include "pg/record_downgrade.hpp"


#include "pg/encoding.hpp"
#include "pg/executor.hpp"
#include "pg/hidden_world.hpp"
#include "pg/schema_engine.hpp"
#include "schema/names.hpp"
#include "schema/script.hpp"
#include "schema/trace.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace strata::pg {
namespace {

std::string text_or_empty(const char* text) { return text ? to_utf8(text) : std::string(); }

std::vector<schema::RanRename> renames_of(const std::string& upgrade) {
  using What = schema::RanRename::What;
  std::vector<schema::RanRename> renames;
  const ScriptRun script(upgrade, {"recorded upgrade", 1});
  for (int i = 0; i < script.size(); i++) {
    const Node* node = script.statement(i);
    if (!IsA(node, RenameStmt)) continue;
    const auto* statement = reinterpret_cast<const RenameStmt*>(node);
    if (!statement->relation) continue;
    What what = What::relation;
    if (statement->renameType == OBJECT_COLUMN) what = What::column;
    else if (statement->renameType == OBJECT_TABCONSTRAINT) what = What::constraint;
    else if (statement->subname) continue;
    renames.push_back({what, text_or_empty(statement->relation->schemaname), text_or_empty(statement->relation->relname), text_or_empty(statement->subname),
                       text_or_empty(statement->newname)});
  }
  return renames;
}

}  // namespace

schema::Model read_managed_schema() { return live_model(present_schemas()); }

std::optional<std::string> recorded_downgrade(const schema::Model& before, const schema::Model& after, const std::string& upgrade) {
  Comparison comparison;
  comparison.schemas = present_schemas();
  for (const schema::Object& object : before.objects())
    if (object.key.kind == schema::Kind::schema) add_missing(comparison.schemas, {schema::unquoted(object.key.name)});
  if (const auto reason = reason_against_world(comparison.schemas); reason) {
    say(WARNING, "the recorded revision is irreversible: its downgrade cannot be proven", {fmt::format("{}.", *reason), "Write its downgrade by hand and load it; an applied revision may get one."});
    return std::nullopt;
  }
  comparison.live = comparison.renamed = after;
  comparison.desired = before;
  rename_live(comparison, schema::marks_back(renames_of(upgrade), before, after));
  return schema::script_of(migration_between(comparison, {}).upgrade.statements);
}

}  // namespace strata::pg
