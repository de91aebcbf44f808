#include "schema/create.hpp"

#include <algorithm>

#include "core/literal.hpp"
#include "schema/lists.hpp"
#include "schema/lock_level.hpp"
#include "schema/names.hpp"
#include "schema/privileges.hpp"

namespace strata::schema {
namespace {

Statement made(const Object& object, std::string sql, LockLevel lock = LockLevel::none) { return {Operation::create, object.key, std::move(sql), "", lock, false, false}; }

std::string with_clause(const Object& object) { return object.has("options") ? " WITH (" + object.get("options") + ")" : ""; }

const Object* default_of(const Object& column, const std::vector<const Object*>& parts) {
  for (const Object* part : parts)
    if (part->key.kind == Kind::column_default && part->key.name == column.key.name) return part;
  return nullptr;
}

// What may follow the name of a column in any table.
std::string column_options(const Object& column, const Object* expression) {
  std::string sql;
  if (column.has("generated")) sql += " GENERATED ALWAYS AS (" + column.get("generated") + ") STORED";
  if (expression) sql += " DEFAULT " + expression->get("expression");
  if (column.has("identity")) {
    std::string options;
    if (column.has("identity_sequence")) options = " SEQUENCE NAME " + column.get("identity_sequence");
    options += sequence_options(column, "identity_", Extent::differing);
    sql += " GENERATED " + column.get("identity") + " AS IDENTITY" + (options.empty() ? "" : " (" + options.substr(1) + ")");
  }
  if (column.has("not_null")) sql += " NOT NULL";
  return sql;
}

// CREATE TABLE and CREATE FOREIGN TABLE with their columns and constraints.
std::string table_sql(const Object& table, const std::vector<const Object*>& parts) {
  const bool foreign = table.key.kind == Kind::foreign_table;
  std::vector<std::string> lines;
  for (const Object* part : parts) {
    if (part->key.kind != Kind::column) continue;
    const Object* expression = default_of(*part, parts);
    if (!table.has("of_type")) lines.push_back("    " + column_clause(*part, expression));
    else if (const std::string options = column_options(*part, expression); !options.empty()) lines.push_back("    " + part->key.name + " WITH OPTIONS" + options);
  }
  for (const Object* part : parts)
    if (part->key.kind == Kind::constraint) lines.push_back("    CONSTRAINT " + part->key.name + " " + part->get("definition"));
  std::string sql = foreign ? "CREATE FOREIGN TABLE " : table.has("unlogged") ? "CREATE UNLOGGED TABLE " : "CREATE TABLE ";
  sql += qualified_name(table.key);
  if (table.has("of_type"))
    sql += " OF " + table.get("of_type") + (lines.empty() ? "" : " (\n" + join(lines, ",\n") + "\n)");
  else
    sql += lines.empty() ? " ()" : " (\n" + join(lines, ",\n") + "\n)";
  if (table.has("inherits")) sql += "\nINHERITS (" + table.get("inherits") + ")";
  if (table.has("partition_key")) sql += "\nPARTITION BY " + table.get("partition_key");
  if (foreign) {
    sql += "\nSERVER " + table.get("server");
    if (table.has("fdw_options")) sql += " OPTIONS (" + table.get("fdw_options") + ")";
    return sql;
  }
  if (table.has("access_method")) sql += "\nUSING " + table.get("access_method");
  sql += with_clause(table);
  if (table.has("tablespace")) sql += " TABLESPACE " + table.get("tablespace");
  return sql;
}

std::string domain_sql(const Object& domain, const std::vector<const Object*>& parts) {
  std::string sql = "CREATE DOMAIN " + qualified_name(domain.key) + " AS " + domain.get("type");
  if (domain.has("collation")) sql += " COLLATE " + domain.get("collation");
  if (domain.has("default")) sql += " DEFAULT " + domain.get("default");
  if (domain.has("not_null")) sql += " NOT NULL";
  for (const Object* part : parts)
    if (part->key.kind == Kind::domain_constraint && !part->has("not_valid")) sql += " CONSTRAINT " + part->key.name + " " + part->get("definition");
  return sql;
}

std::string composite_sql(const Object& type, const std::vector<const Object*>& parts) {
  std::vector<std::string> lines;
  for (const Object* part : parts)
    if (part->key.kind == Kind::attribute)
      lines.push_back("    " + part->key.name + " " + part->get("type") + (part->has("collation") ? " COLLATE " + part->get("collation") : ""));
  return "CREATE TYPE " + qualified_name(type.key) + " AS (" + (lines.empty() ? "" : "\n" + join(lines, ",\n") + "\n") + ")";
}

std::string view_sql(const Object& view) {
  const std::string name = qualified_name(view.key);
  if (view.key.kind == Kind::view) return "CREATE OR REPLACE VIEW " + name + with_clause(view) + " AS\n" + view.get("definition");
  std::string sql = "CREATE MATERIALIZED VIEW " + name;
  if (view.has("access_method")) sql += " USING " + view.get("access_method");
  sql += with_clause(view);
  if (view.has("tablespace")) sql += " TABLESPACE " + view.get("tablespace");
  return sql + " AS\n" + view.get("definition");
}

std::string policy_sql(const Object& policy) {
  std::string sql = "CREATE POLICY " + policy.key.name + " ON " + qualified_parent(policy.key);
  if (policy.get("permissive") == "RESTRICTIVE") sql += " AS RESTRICTIVE";
  if (policy.has("command") && policy.get("command") != "ALL") sql += " FOR " + policy.get("command");
  sql += " TO " + policy.get("roles");
  if (policy.has("using")) sql += " USING (" + policy.get("using") + ")";
  if (policy.has("check")) sql += " WITH CHECK (" + policy.get("check") + ")";
  return sql;
}

std::string constraint_sql(const Object& constraint) {
  // A foreign key reaches the partitions by itself and may not say ONLY; a check of a table with children reaches them as well.
  const bool only = constraint.get("type") == "p" || constraint.get("type") == "u" || constraint.get("type") == "x";
  return "ALTER TABLE " + std::string(only ? "ONLY " : "") + qualified_parent(constraint.key) + " ADD CONSTRAINT " + constraint.key.name + " " +
         constraint.get("definition") + (constraint.has("not_valid") ? " NOT VALID" : "");
}

std::string enabled_clause(const Object& object) {
  const std::string& enabled = object.get("enabled");
  return enabled == "disabled" ? "DISABLE " : enabled == "replica" ? "ENABLE REPLICA " : enabled == "always" ? "ENABLE ALWAYS " : "ENABLE ";
}

std::string main_statement(const Object& object, const std::vector<const Object*>& parts) {
  const std::string name = qualified_name(object.key), parent = qualified_parent(object.key);
  switch (object.key.kind) {
    case Kind::schema: return "CREATE SCHEMA " + name;
    case Kind::extension:
      return "CREATE EXTENSION " + name + (object.has("schema") ? " WITH SCHEMA " + object.get("schema") : "") +
             (object.has("version") ? " VERSION " + sql_literal(object.get("version")) : "");
    case Kind::enum_type: return "CREATE TYPE " + name + " AS ENUM (" + object.get("labels") + ")";
    case Kind::composite_type: return composite_sql(object, parts);
    case Kind::domain: return domain_sql(object, parts);
    case Kind::domain_constraint:
      return "ALTER DOMAIN " + parent + " ADD CONSTRAINT " + object.key.name + " " + object.get("definition") + (object.has("not_valid") ? " NOT VALID" : "");
    case Kind::attribute:
      return "ALTER TYPE " + parent + " ADD ATTRIBUTE " + object.key.name + " " + object.get("type") + (object.has("collation") ? " COLLATE " + object.get("collation") : "");
    case Kind::sequence: return "CREATE " + std::string(object.has("unlogged") ? "UNLOGGED " : "") + "SEQUENCE " + name + sequence_options(object, "", Extent::differing);
    case Kind::sequence_owner: return "ALTER SEQUENCE " + name + " OWNED BY " + object.get("column");
    case Kind::table:
    case Kind::foreign_table: return table_sql(object, parts);
    case Kind::column: return "ALTER TABLE " + parent + " ADD COLUMN " + column_clause(object, default_of(object, parts));
    case Kind::column_default: return "ALTER TABLE ONLY " + parent + " ALTER COLUMN " + object.key.name + " SET DEFAULT " + object.get("expression");
    case Kind::partition: return "ALTER TABLE ONLY " + object.get("parent") + " ATTACH PARTITION " + name + " " + object.get("bound");
    case Kind::view:
    case Kind::materialized_view: return view_sql(object);
    case Kind::view_column: return {};
    case Kind::constraint: return constraint_sql(object);
    case Kind::index_attachment: return "ALTER INDEX " + object.get("to") + " ATTACH PARTITION " + name;
    case Kind::replica_identity: return "ALTER TABLE ONLY " + name + " REPLICA IDENTITY " + object.get("value");
    case Kind::clustering: return "ALTER TABLE " + name + " CLUSTER ON " + object.get("index");
    case Kind::policy: return policy_sql(object);
    case Kind::default_privileges: return {};
    default: return object.get("definition");  // language, collation, function, aggregate, operator, cast, trigger, rule, index, publication, ...
  }
}

// What only an ALTER after the creation can say.
Statements settings_of_new(const Object& object) {
  Statements all;
  const std::string name = qualified_name(object.key), parent = qualified_parent(object.key);
  const auto say = [&](const std::string& sql, LockLevel lock = LockLevel::access_exclusive) { all.push_back({Operation::alter, object.key, sql, "", lock, false, false}); };
  switch (object.key.kind) {
    case Kind::table:
      if (object.has("row_security")) say("ALTER TABLE " + name + " ENABLE ROW LEVEL SECURITY");
      if (object.has("force_row_security")) say("ALTER TABLE ONLY " + name + " FORCE ROW LEVEL SECURITY");
      break;
    case Kind::column: return column_settings(object, nullptr);
    case Kind::view_column:
      if (object.has("default")) say("ALTER VIEW " + parent + " ALTER COLUMN " + object.key.name + " SET DEFAULT " + object.get("default"));
      if (object.has("statistics")) say("ALTER MATERIALIZED VIEW " + parent + " ALTER COLUMN " + object.key.name + " SET STATISTICS " + object.get("statistics"), LockLevel::share_update_exclusive);
      if (object.has("storage")) say("ALTER MATERIALIZED VIEW " + parent + " ALTER COLUMN " + object.key.name + " SET STORAGE " + object.get("storage"));
      if (object.has("compression")) say("ALTER MATERIALIZED VIEW " + parent + " ALTER COLUMN " + object.key.name + " SET COMPRESSION " + object.get("compression"));
      break;
    case Kind::index:
      for (const std::string& column : split_list(object.get("statistics"))) {
        const auto colon = column.find(':');
        say("ALTER INDEX " + name + " ALTER COLUMN " + column.substr(0, colon) + " SET STATISTICS " + column.substr(colon + 1), LockLevel::share_update_exclusive);
      }
      break;
    case Kind::statistics:
      if (object.has("target")) say("ALTER STATISTICS " + name + " SET STATISTICS " + object.get("target"), LockLevel::none);
      break;
    case Kind::trigger:
    case Kind::rule:
      if (object.has("enabled")) say("ALTER TABLE " + parent + " " + enabled_clause(object) + noun_of(object) + " " + object.key.name, lock_of_new(object));
      break;
    case Kind::event_trigger: {
      std::string clause = enabled_clause(object);
      clause.pop_back();
      if (object.has("enabled")) say("ALTER EVENT TRIGGER " + name + " " + clause);
      break;
    }
    default: break;
  }
  return all;
}

bool has_owner(Kind kind) { return kind != Kind::column && kind != Kind::constraint && kind != Kind::index; }

void append(Statements& all, Statements more) {
  for (Statement& statement : more) all.push_back(std::move(statement));
}

}  // namespace

std::string sequence_options(const Object& object, const std::string& prefix, Extent extent) {
  const std::string& type = object.get("type");
  const std::string increment = object.get(prefix + "increment");
  const bool descending = increment.starts_with("-");
  const std::string largest = type == "smallint" ? "32767" : type == "integer" ? "2147483647" : "9223372036854775807";
  const std::string smallest = type == "smallint" ? "-32768" : type == "integer" ? "-2147483648" : "-9223372036854775808";
  const std::string min = descending ? smallest : "1", max = descending ? "-1" : largest;
  std::string sql;
  const auto add = [&](const char* words, const std::string& property, const std::string& usual) {
    const std::string* value = object.properties.find(prefix + property);
    if (value && (extent == Extent::all || *value != usual)) sql += std::string(" ") + words + " " + *value;
  };
  if (prefix.empty()) add("AS", "type", "bigint");
  add("INCREMENT BY", "increment", "1");
  add("MINVALUE", "min", min);
  add("MAXVALUE", "max", max);
  add("START WITH", "start", descending ? object.get(prefix + "max") : object.get(prefix + "min"));
  add("CACHE", "cache", "1");
  if (object.has(prefix + "cycle")) sql += " CYCLE";
  else if (extent == Extent::all) sql += " NO CYCLE";
  return sql;
}

std::string column_clause(const Object& column, const Object* expression) {
  std::string sql = column.key.name + " " + column.get("type");
  if (column.has("fdw_options")) sql += " OPTIONS (" + column.get("fdw_options") + ")";
  if (column.has("compression")) sql += " COMPRESSION " + column.get("compression");
  if (column.has("collation")) sql += " COLLATE " + column.get("collation");
  return sql + column_options(column, expression);
}

Statements column_settings(const Object& column, const Object* from) {
  Statements all;
  const std::string alter = "ALTER TABLE ONLY " + qualified_parent(column.key) + " ALTER COLUMN " + column.key.name + " ";
  const auto say = [&](const std::string& sql, LockLevel lock) { all.push_back({Operation::alter, column.key, alter + sql, "", from ? lock : LockLevel::none, false, false}); };
  const auto differs = [&](const char* property) { return from ? from->get(property) != column.get(property) : column.has(property); };
  if (differs("storage")) say("SET STORAGE " + (column.has("storage") ? column.get("storage") : from->has("usual_storage") ? from->get("usual_storage") : "DEFAULT"), LockLevel::access_exclusive);
  if (from && differs("compression")) say("SET COMPRESSION " + (column.has("compression") ? column.get("compression") : "DEFAULT"), LockLevel::access_exclusive);
  if (differs("statistics")) say("SET STATISTICS " + (column.has("statistics") ? column.get("statistics") : "-1"), LockLevel::share_update_exclusive);
  if (differs("options")) {
    std::vector<std::string> gone;
    for (const std::string& option : from ? split_list(from->get("options")) : std::vector<std::string>()) gone.push_back(option.substr(0, option.find('=')));
    if (!gone.empty()) say("RESET (" + join(gone, ", ") + ")", LockLevel::share_update_exclusive);
    if (column.has("options")) say("SET (" + column.get("options") + ")", LockLevel::share_update_exclusive);
  }
  return all;
}

std::string comment_statement(const Object& object) {
  return "COMMENT ON " + address_of(object) + " IS " + (object.has("comment") ? sql_literal(object.get("comment")) : "NULL");
}

std::string index_comment_statement(const Object& constraint) {
  return "COMMENT ON INDEX " + qualified_name(constraint.key) + " IS " + (constraint.has("index_comment") ? sql_literal(constraint.get("index_comment")) : "NULL");
}

Statements attributes_of_new(const Object& object, const Surroundings& around) {
  Statements all;
  if (object.has("owner") && object.get("owner") != around.role && has_owner(object.key.kind))
    all.push_back({Operation::alter, object.key, "ALTER " + address_of(object) + " OWNER TO " + object.get("owner"), "", LockLevel::none, false, false});
  if (!grant_target_of(object).empty()) {
    // What default privileges have given the creator stays with him as the owner.
    const Privileges birth = around.present ? privileges_at_birth(object, *around.present, around.role) : inborn_privileges(object);
    append(all, grants(object, birth, privileges_of(object), around.role));
  }
  if (object.has("comment")) all.push_back({Operation::alter, object.key, comment_statement(object), "", lock_of_comment(object.key.kind), false, false});
  if (object.has("index_comment")) all.push_back({Operation::alter, object.key, index_comment_statement(object), "", lock_of_comment(Kind::index), false, false});
  return all;
}

Statements create(const Object& object, const std::vector<const Object*>& parts, const Surroundings& around) {
  Statements all;
  if (object.key.kind == Kind::default_privileges) return default_grants(nullptr, &object);
  if (std::string sql = main_statement(object, parts); !sql.empty()) all.push_back(made(object, std::move(sql), lock_of_new(object)));
  append(all, settings_of_new(object));
  append(all, attributes_of_new(object, around));
  for (const Object* part : parts) {
    if (part->key.kind == Kind::column_default) continue;
    append(all, settings_of_new(*part));
    if (part->key.kind == Kind::domain_constraint && part->has("not_valid")) all.push_back(made(*part, main_statement(*part, {})));
    append(all, attributes_of_new(*part, around));
  }
  return all;
}

Statement create_dummy(const Object& object) {
  if (object.key.kind == Kind::function) {  // check_function_bodies is off: it is a body until the real one comes
    const std::string& definition = object.get("definition");
    const std::size_t body = std::min(find_outside(definition, "\nBEGIN ATOMIC"), find_outside(definition, "\nRETURN "));
    return made(object, definition.substr(0, body) + "\nAS ''");
  }
  std::vector<std::string> columns;
  for (const std::string& column : split_list(object.get("columns"))) {
    const auto end = find_outside(column, " ");  // a quoted name may hold spaces
    const std::string type = column.substr(end + 1);
    const auto collate = find_outside(type, " COLLATE ");
    columns.push_back("NULL::" + type.substr(0, collate) + (collate == std::string::npos ? "" : type.substr(collate)) + " AS " + column.substr(0, end));
  }
  return made(object, "CREATE VIEW " + qualified_name(object.key) + " AS\n SELECT " + join(columns, ",\n    "));
}

Statement drop(const Object& object) {
  const std::string name = qualified_name(object.key), parent = qualified_parent(object.key);
  Statement statement{Operation::drop, object.key, "", "", lock_of_dropping(object.key.kind), false, false};
  switch (object.key.kind) {
    case Kind::column:
      statement.sql = "ALTER TABLE " + parent + " DROP COLUMN " + object.key.name;
      if (!object.has("generated")) statement.lost = "the values of column " + object.key.name + " of " + parent;
      break;
    case Kind::column_default: statement.sql = "ALTER TABLE ONLY " + parent + " ALTER COLUMN " + object.key.name + " DROP DEFAULT"; break;
    case Kind::attribute:
      statement.sql = "ALTER TYPE " + parent + " DROP ATTRIBUTE " + object.key.name;
      statement.lost = "attribute " + object.key.name + " of every value of " + parent;
      break;
    case Kind::constraint: statement.sql = "ALTER TABLE " + parent + " DROP CONSTRAINT " + object.key.name; break;
    case Kind::domain_constraint: statement.sql = "ALTER DOMAIN " + parent + " DROP CONSTRAINT " + object.key.name; break;
    case Kind::partition: statement.sql = "ALTER TABLE " + object.get("parent") + " DETACH PARTITION " + name; break;
    case Kind::sequence_owner: statement.sql = "ALTER SEQUENCE " + name + " OWNED BY NONE"; break;
    case Kind::replica_identity: statement.sql = "ALTER TABLE ONLY " + name + " REPLICA IDENTITY DEFAULT"; break;
    case Kind::clustering: statement.sql = "ALTER TABLE " + name + " SET WITHOUT CLUSTER"; break;
    case Kind::trigger:
      if (object.has("cloned")) statement.lock = LockLevel::share_row_exclusive;
      statement.sql = object.has("cloned") ? "ALTER TABLE " + parent + " " + object.get("cloned") + " TRIGGER " + object.key.name : "DROP " + address_of(object);
      break;
    default: statement.sql = "DROP " + address_of(object); break;
  }
  if (object.key.kind == Kind::table) statement.lost = "all rows of " + name;
  if (object.key.kind == Kind::sequence) statement.lost = "the position of sequence " + name;
  return statement;
}

}  // namespace strata::schema
