#include "pg/schema_proof.hpp"

#include <algorithm>
#include <set>

#include "pg/catalog.hpp"
#include "pg/desired.hpp"
#include "pg/encoding.hpp"
#include "pg/schema_reader.hpp"

extern "C" {
#include "miscadmin.h"
#include "utils/builtins.h"
}

namespace strata::pg {
namespace {

using schema::Kind;
using schema::Model;
using schema::Object;

constexpr const char* kProofHint = "This is a limit of pg_strata: write this migration by hand, or take it unproven with verify => false and mend it.";

std::string current_role() { return to_utf8(call(quote_identifier, call(GetUserNameFromId, GetUserId(), false))); }

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

// What of a model can be told of in a world that has no part of what the comparison leaves as it is.
class Provable {
 public:
  Provable(const Comparison& comparison, const MigrationPair& pair) : comparison_(comparison) {
    if (!call(superuser) && comparison.scope.ignores("owner") && comparison.scope.ignores("privileges"))
      own_all_ = std::all_of(comparison.live.objects().begin(), comparison.live.objects().end(), [&](const Object& object) { return !object.has("owner") || object.get("owner") == role_ || is_of_database(object.key.kind) || object.key.kind == Kind::schema; });
    for (const schema::Migration* migration : {&pair.upgrade, &pair.downgrade})
      for (const schema::Statement& statement : migration->statements) touched_.insert(statement.object);
  }

  Model operator()(const Model& model) const {
    std::vector<Object> objects;
    for (const Object& object : model.objects()) {
      if (object.key.kind == Kind::extension || is_there_anyway(object.key, comparison_.live) || is_left_alone(object.key)) continue;
      objects.push_back(object);
      if (!own_all_)
        for (const char* property : {"owner", "acl"}) objects.back().properties.erase(property);
    }
    return Model(std::move(objects), model.not_compared());
  }

  // Otherwise all that is there is the caller's, and nobody has granted anything on it.
  bool knows_owners() const { return own_all_; }

 private:
  bool is_left_alone(const schema::Key& key) const {
    if (!is_of_database(key.kind) || touched_.contains(key)) return false;
    // What the caller makes is born with his own.
    if (key.kind == Kind::default_privileges) return comparison_.scope.ignores("privileges") && !key.name.starts_with("FOR ROLE " + role_ + " ");
    return comparison_.scope.ignores(std::string(name_of(key.kind)));
  }

  const Comparison& comparison_;
  std::set<schema::Key> touched_;
  std::string role_ = current_role();
  bool own_all_ = true;  // or may have it
};

// A foreign table needs the server that is left alone.
WorldScope scope_of(const Comparison& comparison) {
  return {comparison.schemas, {}, comparison.scope.ignores("server") ? WorldScope::Servers::visible : WorldScope::Servers::hidden};
}

void run(World& world, const schema::Statements& statements, const Comparison& comparison, const char* what) { run_statements(world, sql_of(statements, comparison.live), what); }

void build_live(World& world, const Comparison& comparison, const Provable& provable) {
  const Model base = provable(read_world(comparison.schemas, world)), live = provable(comparison.live);
  run(world, schema::plan_migration(base, live, plan_options({})).statements, comparison, "building the present schema from its own DDL");
}

// What it is called at present.
schema::Key key_before(schema::Key key, const std::vector<schema::Rename>& renamings) {
  for (const schema::Rename& renaming : renamings)
    if (renaming.from.kind == Kind::schema && key.schema == renaming.new_name) key.schema = renaming.from.name;
  for (const schema::Rename& renaming : renamings)
    if (renaming.from.kind == key.kind && renaming.from.schema == key.schema && renaming.from.parent == key.parent && schema::name_alone(key) == renaming.new_name) return renaming.from;
  return key;
}

// They were built by the caller, and belong to whom they belong.
Model with_owners_of_live(const Model& renamed, const Comparison& comparison) {
  std::vector<Object> objects = renamed.objects();
  for (Object& object : objects)
    if (const Object* live = comparison.live.find(key_before(object.key, comparison.renamings)); live)
      for (const char* property : {"owner", "acl"})
        if (live->has(property)) object.properties.set(property, live->get(property));
  return Model(std::move(objects), renamed.not_compared());
}

}  // namespace

schema::PlanOptions plan_options(const ComparisonOptions& options) { return {current_role(), casts(), options.building, options.validation, extension_updates()}; }

bool is_there_anyway(const schema::Key& key, const Model& live) {
  if (key.kind == Kind::extension) return live.find(key) != nullptr;
  return key.kind == Kind::schema && key.name != "public" &&
         std::any_of(live.objects().begin(), live.objects().end(), [&](const Object& object) { return object.key.kind == Kind::extension && object.get("schema") == key.name; });
}

bool is_of_database(Kind kind) {
  return kind == Kind::event_trigger || kind == Kind::publication || kind == Kind::server || kind == Kind::foreign_data_wrapper || kind == Kind::user_mapping || kind == Kind::default_privileges;
}

Model read_world(const Texts& schemas, const World& world) { return read_schema({schemas, ReadScope::Needs::read, world.before}); }

Model renamed_in_a_world(const Comparison& comparison) {
  const Provable provable(comparison, {});
  Model renamed;
  in_hidden_world(scope_of(comparison), [&](World& world) {
    build_live(world, comparison, provable);
    run(world, comparison.renames, comparison, "renaming");
    renamed = provable(read_world(comparison.schemas, world));
  });
  return provable.knows_owners() ? renamed : with_owners_of_live(renamed, comparison);
}

void prove(const Comparison& comparison, const MigrationPair& pair) {
  const Provable provable(comparison, pair);
  in_hidden_world(scope_of(comparison), [&](World& world) {
    const Model live = provable(comparison.live), desired = provable(comparison.desired);
    const auto reached = [&] { return provable(read_world(comparison.schemas, world)); };
    build_live(world, comparison, provable);
    require_equal(reached(), live, "the present schema cannot be built from its own DDL", kProofHint);
    if (pair.upgrade.statements.empty()) return;
    run(world, pair.upgrade.statements, comparison, "trying the upgrade");
    require_equal(schema::within(comparison.scope, reached(), desired), desired, "the generated upgrade does not lead to the desired schema", kProofHint);
    if (!pair.downgrade.impossible.empty()) return;  // it is irreversible
    run(world, pair.downgrade.statements, comparison, "trying the downgrade");
    require_equal(reached(), live, "the generated downgrade does not lead back to the present schema", kProofHint);
  });
}

}  // namespace strata::pg
