#include "pg/schema_engine.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "parse/renamed.hpp"
#include "pg/catalog.hpp"
#include "pg/desired.hpp"
#include "pg/encoding.hpp"
#include "pg/hidden_world.hpp"
#include "pg/schema_proof.hpp"
#include "pg/schema_reader.hpp"
#include "pg/settings.hpp"
#include "pg/snapshot.hpp"
#include "schema/names.hpp"
#include "schema/rename.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "utils/lsyscache.h"
}

namespace strata::pg {
namespace {

using schema::Kind;
using schema::Model;
using schema::Object;

// What a desired DDL does not speak of is left alone.
Texts unsaid_by(const Desired& says) {
  Texts unsaid;
  const auto leave = [&](bool mentioned, std::initializer_list<const char*> names) {
    if (!mentioned) unsaid.insert(unsaid.end(), names.begin(), names.end());
  };
  leave(says.mentions_owner, {"owner"});
  leave(says.mentions_privileges, {"privileges"});
  leave(says.mentions_comment, {"comment"});
  // A dump names pg_strata itself, whoever has made it.
  leave(std::any_of(says.extensions.begin(), says.extensions.end(), [](const ExtensionMention& mention) { return mention.name != "pg_strata"; }), {"extension"});
  leave(says.mentions_publication, {"publication"});
  leave(says.mentions_event_trigger, {"event trigger"});
  leave(says.mentions_server, {"server", "foreign-data wrapper", "user mapping"});
  return unsaid;
}

Model read_live(const Texts& schemas, ReadScope::Needs needs) {
  Model live;
  in_passing([&] { live = read_schema({schemas, needs, {}}); });
  return live;
}

// Schemas that are there for the sake of extensions alone and that the DDL has not asked for.
Model with_unasked_marked(const Model& built, const World& world, const Texts& asked_for) {
  std::vector<Object> objects = built.objects();
  for (Object& object : objects) {
    if (object.key.kind != Kind::schema || object.key.name == "public") continue;
    for (const std::string& name : world.precreated)
      if (quoted_identifier(name) == object.key.name && std::find(asked_for.begin(), asked_for.end(), name) == asked_for.end()) object.properties.set("unasked", "true");
  }
  return Model(std::move(objects), built.not_compared());
}

// They count where something is in them.
Model without_unasked(const Model& desired) {
  std::set<std::string> used;
  for (const Object& object : desired.objects()) {
    used.insert(object.key.schema);
    if (object.key.kind == Kind::extension) used.insert(object.get("schema"));
  }
  std::vector<Object> objects;
  for (const Object& object : desired.objects()) {
    if (object.has("unasked") && !used.contains(object.key.name)) continue;
    objects.push_back(object);
    objects.back().properties.erase("unasked");
  }
  return Model(std::move(objects), desired.not_compared());
}

// Their tables hold rows, and the monitoring has its own: an extension that a DDL does not name is not to be dropped by the way.
Model with_extensions_left_alone(const Model& built, const Model& present) {
  std::vector<Object> objects = built.objects();
  for (const Object& object : present.objects())
    if (object.key.kind == Kind::extension && !built.find(object.key)) objects.push_back(object);
  return Model(std::move(objects), built.not_compared());
}

// A file that is not there is an empty text for psql.
void require_statements(const DesiredDdl& ddl, const Model& live) {
  if (ddl.statements() > 0) return;
  const bool empty = std::all_of(live.objects().begin(), live.objects().end(), [](const Object& object) { return object.key.kind == Kind::schema || object.key.kind == Kind::extension; });
  if (empty) return;
  throw Error(sqlstate::invalid_parameter, "the desired DDL is empty")
      .with_detail("Everything that is there would be dropped.")
      .with_hint("Is the file there? An empty schema is asked for by a statement that makes nothing: SELECT;");
}

schema::Scope scope_of(const Comparison& comparison, const std::optional<Texts>& ignore) { return schema::Scope(ignore ? *ignore : comparison.unsaid); }

void apply_scope(Comparison& comparison, const std::optional<Texts>& ignore) {
  comparison.scope = scope_of(comparison, ignore);
  const Model built = ignore ? comparison.built : with_extensions_left_alone(comparison.built, comparison.renamed);
  comparison.desired = without_unasked(schema::within(comparison.scope, built, comparison.renamed));
}

// What cannot be built in a world, and what was left out of it, is not renamed.
Model with_those_there_anyway(const Model& renamed, const Model& live) {
  std::vector<Object> objects = renamed.objects();
  for (const Object& object : live.objects())
    if (is_there_anyway(object.key, live) || (is_of_database(object.key.kind) && !renamed.find(object.key))) objects.push_back(object);
  return Model(std::move(objects), live.not_compared());
}

Texts search_path() {
  Texts names;
  List* path = call(fetch_search_path, false);
  const ListCell* cell;
  foreach (cell, path)
    if (const char* name = call(get_namespace_name, lfirst_oid(cell)); name) names.push_back(to_utf8(name));
  return names;
}

std::vector<schema::RenameMark> marks_in(const std::string& ddl) {
  std::vector<schema::RenameMark> marks;
  for (RenamedMarker& marker : renames_in(ddl, check_for_interrupts))
    marks.push_back({marker.line, std::move(marker.what), std::move(marker.old_name), std::move(marker.schema), std::move(marker.owner), std::move(marker.name)});
  return marks;
}

}  // namespace

void add_missing(Texts& names, const Texts& more) {
  for (const std::string& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

Texts present_schemas() {
  const auto names = managed_schemas();
  // With *, a schema that was made for pg_strata is not anybody else's.
  const auto own = query("SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace"
                         " WHERE e.extname OPERATOR(pg_catalog.=) 'pg_strata' AND n.nspname OPERATOR(pg_catalog.<>) 'public'", {});
  Texts present;
  for (const TextRow& row : query("SELECT n.nspname FROM pg_catalog.pg_namespace n"
                                  " WHERE n.nspname OPERATOR(pg_catalog.!~) '^pg_' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'"
                                  " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass"
                                  " AND d.objid OPERATOR(pg_catalog.=) n.oid AND d.deptype OPERATOR(pg_catalog.=) 'e') ORDER BY 1", {}))
    if (row[0] && (!names ? own.empty() || own[0][0] != row[0] : std::find(names->begin(), names->end(), *row[0]) != names->end())) present.push_back(*row[0]);
  return present;
}

Model live_model(const Texts& schemas) { return read_live(schemas, ReadScope::Needs::read); }

Model live_model_without_needs(const Texts& schemas) { return read_live(schemas, ReadScope::Needs::leave_out); }

// Extensions are installed once in a database, so the hidden world has those of the live one; what the DDL says of them counts.
Model with_extensions(const Model& desired, const Model& live, const std::vector<ExtensionMention>& mentions) {
  std::vector<Object> objects = desired.objects();
  for (Object& object : objects)
    if (object.key.kind == Kind::extension) object.properties.erase("version");
  for (const ExtensionMention& mention : mentions) {
    const schema::Key key{Kind::extension, "", "", quoted_identifier(mention.name)};
    const Object* present = live.find(key);
    Object* made = nullptr;
    for (Object& object : objects)
      if (object.key == key) made = &object;
    if (!made && present) {
      objects.push_back(*present);
      made = &objects.back();
    }
    if (!made) continue;
    if (mention.schema) made->properties.set("schema", quoted_identifier(*mention.schema));
    if (mention.version) made->properties.set("version", *mention.version);
  }
  return Model(std::move(objects), desired.not_compared());
}

// Built from its own DDL it can be renamed without touching anything.
void rename_live(Comparison& comparison, const std::vector<schema::RenameMark>& marks) {
  if (marks.empty()) return;
  const std::vector<schema::Rename> renames = schema::resolve_renames(marks, comparison.live, comparison.desired, search_path());
  if (renames.empty()) return;
  comparison.renamings = renames;
  comparison.renames = schema::rename_statements(renames, comparison.live);
  comparison.unrenames = schema::undo_statements(renames, comparison.live);
  for (const schema::Rename& renamed : renames)
    if (renamed.from.kind == Kind::schema) add_missing(comparison.schemas, {schema::unquoted(renamed.new_name)});
  comparison.renamed = with_those_there_anyway(renamed_in_a_world(comparison), comparison.live);
}

Comparison compare_with(const std::string& desired_ddl, const ComparisonOptions& options) {
  const DesiredDdl ddl(desired_ddl);
  Comparison result;
  result.schemas = present_schemas();
  Texts precreated;
  if (const auto named = managed_schemas(); named) precreated = *named;
  const std::vector<schema::RenameMark> marks = marks_in(desired_ddl);
  for (const schema::RenameMark& mark : marks)
    if (mark.what == "SCHEMA") {  // the managed one under its old name: to be read, not to be there
      std::erase(precreated, mark.old_name);
      add_missing(result.schemas, {mark.old_name});
    }
  add_missing(result.schemas, precreated);
  add_missing(result.schemas, ddl.says().schemas_created);
  result.live = read_live(result.schemas, ReadScope::Needs::read);
  require_statements(ddl, result.live);
  result.unsaid = unsaid_by(ddl.says());
  const auto servers = ddl.says().mentions_server ? WorldScope::Servers::hidden : WorldScope::Servers::visible;
  in_hidden_world({result.schemas, precreated, servers}, [&](World& world) {
    ddl.run(world);
    result.built = with_extensions(with_unasked_marked(read_world(result.schemas, world), world, precreated), result.live, ddl.says().extensions);
  });
  result.renamed = result.live;
  result.desired = result.built;
  result.scope = scope_of(result, options.ignore);
  rename_live(result, marks);
  apply_scope(result, options.ignore);
  return result;
}

Comparison check_against(const std::string& desired_ddl, const std::optional<Texts>& ignore) {
  Comparison result;
  if (auto kept = kept_desired(desired_ddl); kept) {
    result.schemas = std::move(kept->schemas);
    result.built = std::move(kept->model);
    result.unsaid = std::move(kept->unsaid);
    result.live = read_live(result.schemas, ReadScope::Needs::leave_out);
  } else {
    result = compare_with(desired_ddl, {});
    keep_desired(desired_ddl, {result.built, result.schemas, result.unsaid});
  }
  result.live = result.renamed = without_secrets(result.live);
  result.built = without_secrets(result.built);
  apply_scope(result, ignore);
  return result;
}

void require_possible(const schema::Migration& migration) {
  if (migration.impossible.empty()) return;
  throw Error(SqlState{"0A000"}, "PostgreSQL cannot go to the desired schema")
      .with_detail(fmt::format("{}", fmt::join(migration.impossible, "\n")))
      .with_hint("Leave that out of the desired DDL, or out of the comparison with ignore.");
}

// What the DDL does not speak of stays as it is, so what that needs has to stay as well.
void require_needs_stay(const Comparison& comparison) {
  Texts lines;
  for (const Object& object : comparison.desired.objects())
    for (const schema::Key& need : object.needs)
      if (need.kind != Kind::schema && !comparison.desired.find(need) && comparison.renamed.find(need)) lines.push_back(fmt::format("{} needs {}", title_of(object.key), title_of(need)));
  if (lines.empty()) return;
  throw Error(SqlState{"2BP01"}, "the desired DDL leaves out what other objects need that it does not speak of")
      .with_detail(fmt::format("{}", fmt::join(lines, "\n")))
      .with_hint("Put what is needed into the desired DDL, or these objects as they shall be; ignore => '{}' compares everything, and drops what the DDL does not have.");
}

MigrationPair migration_between(const Comparison& comparison, const ComparisonOptions& options) {
  schema::PlanOptions plan = plan_options(options);
  MigrationPair pair{schema::plan_migration(comparison.renamed, comparison.desired, plan), {}};
  if (pair.upgrade.statements.empty() && comparison.renames.empty()) return pair;
  require_possible(pair.upgrade);
  require_needs_stay(comparison);
  plan.building = schema::Building::plain;
  plan.validation = schema::Validation::at_once;
  plan.in_one_transaction = true;
  pair.downgrade = schema::plan_migration(comparison.desired, comparison.renamed, plan);
  pair.downgrade.statements.insert(pair.downgrade.statements.end(), comparison.unrenames.begin(), comparison.unrenames.end());
  pair.upgrade.statements.insert(pair.upgrade.statements.begin(), comparison.renames.begin(), comparison.renames.end());
  if (options.proof == Proof::demanded) prove(comparison, pair);
  return pair;
}

schema::Statements statements_to_build(const Model& live, const Texts& schemas) {
  Model nothing;
  // Every database has a schema public.
  if (std::find(schemas.begin(), schemas.end(), "public") != schemas.end()) {
    Object object;
    object.key = {Kind::schema, "", "", "public"};
    object.properties.set("owner", "pg_database_owner");
    object.properties.set("acl", "@owner:CREATE,USAGE\n@public:USAGE");
    object.properties.set("comment", "standard public schema");
    nothing = Model({object});
  }
  return plan_between(nothing, live).statements;
}

// Of an extension that is made the version that is there may not be the one elsewhere.
schema::Migration plan_between(const Model& from, const Model& to) {
  std::vector<Object> wanted = to.objects();
  for (Object& object : wanted)
    if (object.key.kind == Kind::extension && !from.find(object.key)) object.properties.erase("version");
  return schema::plan_migration(from, Model(std::move(wanted)), plan_options({}));
}

}  // namespace strata::pg
