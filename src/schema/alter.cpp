#include "schema/alter.hpp"

#include <algorithm>

#include "core/literal.hpp"
#include "schema/alter_table.hpp"
#include "schema/lists.hpp"
#include "schema/lock_level.hpp"
#include "schema/names.hpp"
#include "schema/privileges.hpp"

namespace strata::schema {
namespace {

bool same(const Object& a, const Object& b, std::initializer_list<const char*> properties) {
  return std::all_of(properties.begin(), properties.end(), [&](const char* name) { return a.get(name) == b.get(name) && a.has(name) == b.has(name); });
}

// Arguments without their defaults, and which of them have one.
struct Arguments {
  std::vector<std::string> types;
  std::vector<bool> defaulted;
};

Arguments arguments_of(const Object& function) {
  Arguments result;
  for (const std::string& argument : split_list(function.get("arguments"))) {
    const auto at = find_outside(argument, " DEFAULT ");
    result.types.push_back(argument.substr(0, at));
    result.defaulted.push_back(at != std::string::npos);
  }
  return result;
}

// What CREATE OR REPLACE FUNCTION accepts (CreateFunction, ProcedureCreate): same result, same names, no default taken away.
bool is_replaceable_function(const Object& from, const Object& to) {
  if (!same(from, to, {"kind", "returns"})) return false;
  if (from.get("definition").find("\n WINDOW") != to.get("definition").find("\n WINDOW")) return false;
  const Arguments a = arguments_of(from), b = arguments_of(to);
  if (a.types != b.types) return false;
  for (std::size_t i = 0; i < a.defaulted.size(); i++)
    if (a.defaulted[i] && !b.defaulted[i]) return false;
  return true;
}

bool is_replaceable_view(const Object& from, const Object& to) {
  return from.get("columns") == to.get("columns") || to.get("columns").starts_with(from.get("columns") + ", ");
}

// Only foreign keys can change when they are checked (ALTER CONSTRAINT).
std::string without_timing(std::string definition) {
  for (const char* words : {" INITIALLY DEFERRED", " DEFERRABLE"})
    if (definition.ends_with(words)) definition.resize(definition.size() - std::string(words).size());
  return definition;
}

bool is_alterable_constraint(const Object& from, const Object& to) {
  if (!same(from, to, {"type", "tablespace"})) return false;
  if (!from.has("not_valid") && to.has("not_valid")) return false;
  if (from.get("definition") == to.get("definition")) return true;
  return to.get("type") == "f" && without_timing(from.get("definition")) == without_timing(to.get("definition"));
}

bool is_alterable_policy(const Object& from, const Object& to) {
  if (!same(from, to, {"permissive", "command"})) return false;
  return !(from.has("using") && !to.has("using")) && !(from.has("check") && !to.has("check"));
}

Statement altered(const Object& to, std::string sql, LockLevel lock = LockLevel::none) { return {Operation::alter, to.key, std::move(sql), "", lock, false, false}; }

void append(Statements& all, Statements more) {
  for (Statement& statement : more) all.push_back(std::move(statement));
}

Statements alter_enum(const Object& from, const Object& to) {
  Statements all;
  const std::vector<std::string> wanted = split_list(to.get("labels"));
  std::vector<std::string> present = split_list(from.get("labels"));
  for (std::size_t i = 0; i < wanted.size(); i++) {
    if (std::find(present.begin(), present.end(), wanted[i]) != present.end()) continue;
    std::string sql = "ALTER TYPE " + qualified_name(to.key) + " ADD VALUE " + wanted[i];
    if (i == 0) {
      if (!present.empty()) sql += " BEFORE " + present.front();
      present.insert(present.begin(), wanted[i]);
    } else {
      const auto before = std::find(present.begin(), present.end(), wanted[i - 1]);
      if (before + 1 != present.end()) sql += " AFTER " + wanted[i - 1];
      present.insert(before + 1, wanted[i]);
    }
    all.push_back(altered(to, std::move(sql)));
  }
  return all;
}

Statements alter_domain(const Object& from, const Object& to) {
  Statements all;
  const std::string domain = "ALTER DOMAIN " + qualified_name(to.key);
  if (from.get("default") != to.get("default")) all.push_back(altered(to, domain + (to.has("default") ? " SET DEFAULT " + to.get("default") : " DROP DEFAULT")));
  if (from.has("not_null") != to.has("not_null")) all.push_back(altered(to, domain + (to.has("not_null") ? " SET NOT NULL" : " DROP NOT NULL"), to.has("not_null") ? LockLevel::share : LockLevel::none));
  return all;
}

Statements alter_view(const Object& from, const Object& to) {
  Statements all;
  if (!same(from, to, {"definition", "columns"}) || from.get("options") != to.get("options")) {
    if (to.key.kind == Kind::view)
      all.push_back(altered(to, create(to, {}, {}).front().sql, LockLevel::access_exclusive));
    else
      append(all, alter_options(from, to, "MATERIALIZED VIEW"));
  }
  if (from.get("access_method") != to.get("access_method"))
    all.push_back(altered(to, "ALTER MATERIALIZED VIEW " + qualified_name(to.key) + " SET ACCESS METHOD " + (to.has("access_method") ? to.get("access_method") : "heap"), LockLevel::access_exclusive));
  if (from.get("tablespace") != to.get("tablespace"))
    all.push_back(altered(to, "ALTER MATERIALIZED VIEW " + qualified_name(to.key) + " SET TABLESPACE " + (to.has("tablespace") ? to.get("tablespace") : "pg_default"), LockLevel::access_exclusive));
  return all;
}

Statements alter_constraint(const Object& from, const Object& to) {
  Statements all;
  const std::string table = "ALTER TABLE " + qualified_parent(to.key);
  if (from.get("definition") != to.get("definition")) {
    const std::string timing = to.get("definition").substr(without_timing(to.get("definition")).size());
    all.push_back(altered(to, table + " ALTER CONSTRAINT " + to.key.name + (timing.empty() ? " NOT DEFERRABLE" : timing), LockLevel::access_exclusive));
  }
  if (from.has("not_valid") && !to.has("not_valid"))
    all.push_back(altered(to, table + " VALIDATE CONSTRAINT " + to.key.name, LockLevel::share_update_exclusive));
  return all;
}

Statements alter_policy(const Object& from, const Object& to) {
  if (same(from, to, {"roles", "using", "check"})) return {};
  std::string sql = "ALTER POLICY " + to.key.name + " ON " + qualified_parent(to.key);
  if (from.get("roles") != to.get("roles")) sql += " TO " + to.get("roles");
  if (from.get("using") != to.get("using")) sql += " USING (" + to.get("using") + ")";
  if (from.get("check") != to.get("check")) sql += " WITH CHECK (" + to.get("check") + ")";
  return {altered(to, std::move(sql), LockLevel::access_exclusive)};
}

Statements alter_enabled(const Object& from, const Object& to) {
  if (from.get("enabled") == to.get("enabled") && from.get("cloned") == to.get("cloned")) return {};
  const std::string& enabled = to.get("enabled");
  const std::string clause = enabled == "disabled" ? "DISABLE" : enabled == "replica" ? "ENABLE REPLICA" : enabled == "always" ? "ENABLE ALWAYS" : "ENABLE";
  if (to.key.kind == Kind::event_trigger) return {altered(to, "ALTER EVENT TRIGGER " + to.key.name + " " + clause)};
  return {altered(to, "ALTER TABLE " + qualified_parent(to.key) + " " + clause + " " + noun_of(to) + " " + to.key.name, to.key.kind == Kind::rule ? LockLevel::access_exclusive : LockLevel::share_row_exclusive)};
}

Statements alter_index(const Object& from, const Object& to) {
  Statements all;
  const std::vector<std::string> before = split_list(from.get("statistics")), after = split_list(to.get("statistics"));
  const auto number = [](const std::string& column) { return column.substr(0, column.find(':')); };
  const auto say = [&](const std::string& column, const std::string& target) {
    all.push_back(altered(to, "ALTER INDEX " + qualified_name(to.key) + " ALTER COLUMN " + column + " SET STATISTICS " + target, LockLevel::share_update_exclusive));
  };
  for (const std::string& column : before)
    if (std::none_of(after.begin(), after.end(), [&](const std::string& other) { return number(other) == number(column); })) say(number(column), "-1");
  for (const std::string& column : after)
    if (std::find(before.begin(), before.end(), column) == before.end()) say(number(column), column.substr(column.find(':') + 1));
  if (from.get("tablespace") != to.get("tablespace"))
    all.push_back(altered(to, "ALTER INDEX " + qualified_name(to.key) + " SET TABLESPACE " + (to.has("tablespace") ? to.get("tablespace") : "pg_default"), LockLevel::access_exclusive));
  return all;
}

Statements alter_extension(const Object& from, const Object& to) {
  Statements all;
  if (to.has("version") && from.get("version") != to.get("version")) all.push_back(altered(to, "ALTER EXTENSION " + to.key.name + " UPDATE TO " + sql_literal(to.get("version"))));
  if (to.has("schema") && from.get("schema") != to.get("schema")) all.push_back(altered(to, "ALTER EXTENSION " + to.key.name + " SET SCHEMA " + to.get("schema")));
  return all;
}

Statements alter_view_column(const Object& from, const Object& to) {
  Statements all;
  if (from.get("default") != to.get("default"))
    all.push_back(altered(to, "ALTER VIEW " + qualified_parent(to.key) + " ALTER COLUMN " + to.key.name + (to.has("default") ? " SET DEFAULT " + to.get("default") : " DROP DEFAULT"),
                          LockLevel::access_exclusive));
  if (from.get("statistics") != to.get("statistics"))
    all.push_back(altered(to, "ALTER MATERIALIZED VIEW " + qualified_parent(to.key) + " ALTER COLUMN " + to.key.name + " SET STATISTICS " + (to.has("statistics") ? to.get("statistics") : "-1"), LockLevel::share_update_exclusive));
  return all;
}

Statements own_statements(const Alteration& change, const Casts& casts) {
  const Object &from = change.from, &to = change.to;
  const std::string name = qualified_name(to.key);
  switch (to.key.kind) {
    case Kind::enum_type: return alter_enum(from, to);
    case Kind::domain: return alter_domain(from, to);
    case Kind::domain_constraint:
      if (from.has("not_valid") && !to.has("not_valid")) return {altered(to, "ALTER DOMAIN " + qualified_parent(to.key) + " VALIDATE CONSTRAINT " + to.key.name, LockLevel::share)};
      return {};
    case Kind::attribute:
      if (change.type == TypeIdentity::same && same(from, to, {"type", "collation"})) return {};
      return {altered(to, "ALTER TYPE " + qualified_parent(to.key) + " ALTER ATTRIBUTE " + to.key.name + " TYPE " + to.get("type") +
                              (to.has("collation") ? " COLLATE " + to.get("collation") : ""))};
    case Kind::function:
      return from.get("definition") == to.get("definition") ? Statements() : Statements{altered(to, to.get("definition"))};
    case Kind::sequence: {
      Statements all;
      if (from.has("unlogged") != to.has("unlogged")) all.push_back(altered(to, "ALTER SEQUENCE " + name + (to.has("unlogged") ? " SET UNLOGGED" : " SET LOGGED"), LockLevel::access_exclusive));
      if (!same(from, to, {"type", "start", "increment", "min", "max", "cache", "cycle"}))
        all.push_back(altered(to, "ALTER SEQUENCE " + name + sequence_options(to, "", Extent::all) + (from.get("increment").starts_with('-') != to.get("increment").starts_with('-') ? " RESTART" : ""), LockLevel::share_row_exclusive));
      return all;
    }
    case Kind::table: return alter_table(from, to);
    case Kind::foreign_table: return alter_foreign_table(from, to);
    case Kind::column: return alter_column(change, casts);
    case Kind::view:
    case Kind::materialized_view: return alter_view(from, to);
    case Kind::view_column: return alter_view_column(from, to);
    case Kind::column_default: return create(to, {}, {});
    case Kind::sequence_owner: return {altered(to, "ALTER SEQUENCE " + name + " OWNED BY " + to.get("column"), LockLevel::share_row_exclusive)};
    case Kind::replica_identity: return {altered(to, "ALTER TABLE ONLY " + name + " REPLICA IDENTITY " + to.get("value"), LockLevel::access_exclusive)};
    case Kind::clustering: return {altered(to, "ALTER TABLE " + name + " CLUSTER ON " + to.get("index"), LockLevel::share_update_exclusive)};
    case Kind::index: return alter_index(from, to);
    case Kind::constraint: return alter_constraint(from, to);
    case Kind::policy: return alter_policy(from, to);
    case Kind::trigger:
    case Kind::rule:
    case Kind::event_trigger: return alter_enabled(from, to);
    case Kind::statistics:
      if (from.get("target") == to.get("target")) return {};
      return {altered(to, "ALTER STATISTICS " + name + " SET STATISTICS " + (to.has("target") ? to.get("target") : "-1"))};
    case Kind::extension: return alter_extension(from, to);
    case Kind::default_privileges: return default_grants(&from, &to);
    default: return {};
  }
}

}  // namespace

std::optional<std::vector<std::string>> added_labels(const Object& from, const Object& to) {
  const std::vector<std::string> before = split_list(from.get("labels")), after = split_list(to.get("labels"));
  std::vector<std::string> added;
  std::size_t next = 0;
  for (const std::string& label : after) {
    if (next < before.size() && before[next] == label) next++;
    else added.push_back(label);
  }
  if (next < before.size()) return std::nullopt;
  return added;
}

std::vector<std::string> removed_labels(const Object& from, const Object& to) {
  std::vector<std::string> removed;
  const std::vector<std::string> after = split_list(to.get("labels"));
  for (const std::string& label : split_list(from.get("labels")))
    if (std::find(after.begin(), after.end(), label) == after.end()) removed.push_back(label);
  return removed;
}

bool is_alterable(const Object& from, const Object& to) {
  switch (to.key.kind) {
    case Kind::enum_type: return added_labels(from, to).has_value();
    case Kind::domain: return same(from, to, {"type", "collation"});
    case Kind::domain_constraint: return same(from, to, {"definition"}) && !(!from.has("not_valid") && to.has("not_valid"));
    case Kind::function: return is_replaceable_function(from, to);
    case Kind::table: return same(from, to, {"partition_key"});
    case Kind::foreign_table: return same(from, to, {"server"});
    case Kind::column: return same(from, to, {"generated"}) || !to.has("generated");  // DROP EXPRESSION keeps the values
    case Kind::view: return is_replaceable_view(from, to);
    case Kind::materialized_view: return same(from, to, {"definition", "columns"});
    case Kind::constraint: return is_alterable_constraint(from, to);
    case Kind::policy: return is_alterable_policy(from, to);
    case Kind::index: return same(from, to, {"definition", "invalid"});
    case Kind::partition:
    case Kind::index_attachment: return false;
    default: return same(from, to, {"definition"});
  }
}

std::optional<Statements> alter(const Alteration& change, const Surroundings& around, const Casts& casts) {
  const Object &from = change.from, &to = change.to;
  if (!is_alterable(from, to)) return std::nullopt;
  Statements all = own_statements(change, casts);
  if (from.get("owner") != to.get("owner") && to.has("owner"))
    all.push_back(altered(to, "ALTER " + address_of(to) + " OWNER TO " + to.get("owner"), lock_of_giving_away(to.key.kind)));
  const bool default_acls = to.key.kind == Kind::default_privileges;
  if (!default_acls && (from.get("acl") != to.get("acl") || from.has("acl") != to.has("acl"))) append(all, grants(to, privileges_of(from), privileges_of(to), around.role));
  if (from.get("comment") != to.get("comment")) all.push_back(altered(to, comment_statement(to), lock_of_comment(to.key.kind)));
  if (from.get("index_comment") != to.get("index_comment")) all.push_back(altered(to, index_comment_statement(to), lock_of_comment(Kind::index)));
  return all;
}

}  // namespace strata::schema
