#include "pg/schema_engine.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "parse/renamed.hpp"
#include "pg/catalog.hpp"
#include "pg/desired.hpp"
#include "pg/encoding.hpp"
#include "pg/hidden_world.hpp"
#include "pg/schema_reader.hpp"
#include "pg/settings.hpp"
#include "pg/snapshot.hpp"
#include "schema/names.hpp"
#include "schema/rename.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
}

namespace strata::pg {
namespace {

using schema::Kind;
using schema::Model;
using schema::Object;

std::string quoted_identifier(const std::string& name) { return to_utf8(call(quote_identifier, to_server(name).c_str())); }

std::string current_role() { return quoted_identifier(to_utf8(call(GetUserNameFromId, GetUserId(), false))); }

schema::Casts casts() {
  schema::Casts all;
  for (const TextRow& row : query("SELECT pg_catalog.format_type(castsource, NULL), pg_catalog.format_type(casttarget, NULL) FROM pg_catalog.pg_cast", {}))
    if (row[0] && row[1]) all.emplace(*row[0], *row[1]);
  return all;
}

// Of the extensions that are installed: from which version to which there is a way.
schema::ExtensionUpdates extension_updates() {
  schema::ExtensionUpdates all;
  for (const TextRow& row : query("SELECT pg_catalog.quote_ident(e.extname), u.source, u.target FROM pg_catalog.pg_extension e CROSS JOIN LATERAL pg_catalog.pg_extension_update_paths(e.extname) u"
                                  " WHERE u.path IS NOT NULL", {}))
    if (row[0] && row[1] && row[2]) all.insert({*row[0], *row[1], *row[2]});
  return all;
}

void add(Texts& names, const Texts& more) {
  for (const std::string& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

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

Model read(const Texts& schemas, const World& world) { return read_schema({schemas, ReadScope::Needs::read, world.before}); }

Model read_live(const Texts& schemas, ReadScope::Needs needs) {
  Model live;
  in_passing([&] { live = read_schema({schemas, needs, {}}); });
  return live;
}

// Installed extensions, and the schemas that they live in, are there in the hidden world as well.
bool is_there_anyway(const schema::Key& key, const Model& live) {
  if (key.kind == Kind::extension) return live.find(key) != nullptr;
  return key.kind == Kind::schema && key.name != "public" &&
         std::any_of(live.objects().begin(), live.objects().end(), [&](const Object& object) { return object.key.kind == Kind::extension && object.get("schema") == key.name; });
}

// CONCURRENTLY cannot run in a transaction; it leads to the same.
std::string inside_transaction(const schema::Statement& statement) {
  constexpr std::string_view word = " CONCURRENTLY";
  std::string sql = statement.sql;
  if (const auto at = sql.find(word); statement.outside_transaction && at != std::string::npos) sql.erase(at, word.size());
  return sql;
}

Texts sql_of(const schema::Statements& statements, const Model& live) {
  Texts all{"SET check_function_bodies = off"};
  for (const schema::Statement& statement : statements)
    if (!is_there_anyway(statement.object, live)) all.push_back(inside_transaction(statement));
  return all;
}

schema::PlanOptions plan_options(const ComparisonOptions& options) { return {current_role(), casts(), options.building, options.validation, extension_updates()}; }

schema::PlanOptions plain_options() { return {current_role(), casts(), schema::Building::plain, schema::Validation::at_once, extension_updates()}; }

std::string describe(const std::vector<schema::Finding>& findings) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < findings.size() && i < most; i++) {
    std::string detail = findings[i].detail;
    std::replace(detail.begin(), detail.end(), '\n', ';');
    text += fmt::format("{}{} is {}{}", text.empty() ? "" : "\n", title_of(findings[i].object), name_of(findings[i].difference), detail.empty() ? "" : " (" + detail + ")");
  }
  if (findings.size() > most) text += fmt::format("\nand {} more", findings.size() - most);
  return text;
}

void require_equal(const Model& present, const Model& wanted, const std::string& what, const std::string& hint) {
  const std::vector<schema::Finding> findings = schema::compare(present, wanted);
  if (findings.empty()) return;
  throw Error(sqlstate::schema_differs, what).with_detail(describe(findings)).with_hint(hint);
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

// What can be told of in there.
Model provable(const Model& model, const Model& live) {
  std::vector<Object> objects;
  for (const Object& object : model.objects())
    if (object.key.kind != Kind::extension && !is_there_anyway(object.key, live)) objects.push_back(object);
  return Model(std::move(objects), model.not_compared());
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

void apply_scope(Comparison& comparison, const std::optional<Texts>& ignore) {
  comparison.scope = schema::Scope(ignore ? *ignore : comparison.unsaid);
  const Model built = ignore ? comparison.built : with_extensions_left_alone(comparison.built, comparison.renamed);
  comparison.desired = without_unasked(schema::within(comparison.scope, built, comparison.renamed));
}

// Extensions, and the schemas that they live in, are not renamed.
Model with_those_there_anyway(const Model& renamed, const Model& live) {
  std::vector<Object> objects = provable(renamed, live).objects();
  for (const Object& object : live.objects())
    if (is_there_anyway(object.key, live)) objects.push_back(object);
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

constexpr const char* kProofHint = "This is a limit of pg_strata: write this migration by hand, or take it unproven with verify => false and mend it.";

}  // namespace

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

// Builds the live schema from its own DDL, goes to the desired one and back.
void prove(const Comparison& comparison, const MigrationPair& pair) {
  in_hidden_world({comparison.schemas, {}, WorldScope::Servers::hidden}, [&](World& world) {
    const Model live = provable(comparison.live, comparison.live), desired = provable(comparison.desired, comparison.live);
    const auto reached = [&] { return provable(read(comparison.schemas, world), comparison.live); };
    const auto run = [&](const schema::Statements& statements, const char* what) { run_statements(world, sql_of(statements, comparison.live), what); };
    run(schema::plan_migration(reached(), live, plain_options()).statements, "building the present schema from its own DDL");
    require_equal(reached(), live, "the present schema cannot be built from its own DDL", kProofHint);
    if (pair.upgrade.statements.empty()) return;
    run(pair.upgrade.statements, "trying the upgrade");
    require_equal(schema::within(comparison.scope, reached(), desired), desired, "the generated upgrade does not lead to the desired schema", kProofHint);
    if (!pair.downgrade.impossible.empty()) return;  // it is irreversible
    run(pair.downgrade.statements, "trying the downgrade");
    require_equal(reached(), live, "the generated downgrade does not lead back to the present schema", kProofHint);
  });
}

// Built from its own DDL it can be renamed without touching anything.
void rename_live(Comparison& comparison, const std::vector<schema::RenameMark>& marks) {
  if (marks.empty()) return;
  const std::vector<schema::Rename> renames = schema::resolve_renames(marks, comparison.live, comparison.desired, search_path());
  if (renames.empty()) return;
  comparison.renames = schema::rename_statements(renames, comparison.live);
  comparison.unrenames = schema::undo_statements(renames, comparison.live);
  for (const schema::Rename& renamed : renames)
    if (renamed.from.kind == Kind::schema) add(comparison.schemas, {schema::unquoted(renamed.new_name)});
  in_hidden_world({comparison.schemas, {}, WorldScope::Servers::hidden}, [&](World& world) {
    const Model base = provable(read(comparison.schemas, world), comparison.live), live = provable(comparison.live, comparison.live);
    run_statements(world, sql_of(schema::plan_migration(base, live, plain_options()).statements, comparison.live), "building the present schema from its own DDL");
    run_statements(world, sql_of(comparison.renames, comparison.live), "renaming");
    comparison.renamed = with_those_there_anyway(read(comparison.schemas, world), comparison.live);
  });
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
      add(result.schemas, {mark.old_name});
    }
  add(result.schemas, precreated);
  add(result.schemas, ddl.says().schemas_created);
  result.live = read_live(result.schemas, ReadScope::Needs::read);
  require_statements(ddl, result.live);
  result.unsaid = unsaid_by(ddl.says());
  const auto servers = ddl.says().mentions_server ? WorldScope::Servers::hidden : WorldScope::Servers::visible;
  in_hidden_world({result.schemas, precreated, servers}, [&](World& world) {
    ddl.run(world);
    result.built = with_extensions(with_unasked_marked(read(result.schemas, world), world, precreated), result.live, ddl.says().extensions);
  });
  result.renamed = result.live;
  result.desired = result.built;
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
      if (need.kind != Kind::schema && need.kind != Kind::extension && !comparison.desired.find(need) && comparison.renamed.find(need)) lines.push_back(fmt::format("{} needs {}", title_of(object.key), title_of(need)));
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
  return schema::plan_migration(nothing, live, plain_options()).statements;
}

schema::Migration plan_between(const Model& from, const Model& to) { return schema::plan_migration(from, to, plain_options()); }

}  // namespace strata::pg
