#include "schema/alter_table.hpp"

#include <algorithm>
#include <map>

#include "core/literal.hpp"
#include "schema/lists.hpp"
#include "schema/names.hpp"

namespace strata::schema {
namespace {

Statement altered(const Object& to, std::string sql, LockLevel lock = LockLevel::access_exclusive) {
  return {Operation::alter, to.key, std::move(sql), "", lock, false, false};
}

std::map<std::string, std::string> options_of(const std::string& list, char separator) {
  std::map<std::string, std::string> options;
  for (const std::string& option : split_list(list)) options[option.substr(0, option.find(separator))] = option;
  return options;
}

// OPTIONS (ADD a 'x', SET b 'y', DROP c)
std::string generic_options(const Object& from, const Object& to) {
  const auto before = options_of(from.get("fdw_options"), ' '), after = options_of(to.get("fdw_options"), ' ');
  std::vector<std::string> changes;
  for (const auto& [name, _] : before)
    if (!after.contains(name)) changes.push_back("DROP " + name);
  for (const auto& [name, option] : after) {
    const auto present = before.find(name);
    if (present == before.end()) changes.push_back("ADD " + option);
    else if (present->second != option) changes.push_back("SET " + option);
  }
  return changes.empty() ? "" : " OPTIONS (" + join(changes, ", ") + ")";
}

bool is_retyped(const Alteration& change) {
  return change.type == TypeIdentity::made_anew || change.from.get("type") != change.to.get("type") || change.from.get("collation") != change.to.get("collation");
}

void alter_type(Statements& all, const Alteration& change, const Casts& casts) {
  const Object &from = change.from, &to = change.to;
  const bool anew = change.type == TypeIdentity::made_anew;
  if (!is_retyped(change)) return;
  Statement statement = altered(to, "ALTER TABLE " + qualified_parent(to.key) + " ALTER COLUMN " + to.key.name + " TYPE " + to.get("type"));
  if (to.has("collation")) statement.sql += " COLLATE " + to.get("collation");
  // A column goes from a type to its successor of the same name by way of text, unless both are domains over types with a cast.
  if (anew && !change.by_way_of.empty()) statement.sql += " USING " + change.by_way_of + "::" + to.get("type");
  else if (anew) statement.sql += " USING " + to.key.name + "::text" + (to.get("type").ends_with("[]") ? "::text[]" : "") + "::" + to.get("type");
  else if (from.get("type") != to.get("type") && !is_assigned(from.get("type"), to.get("type"))) statement.sql += " USING " + conversion(to.key.name, from.get("type"), to.get("type"), casts);
  if (!anew && from.get("type") != to.get("type")) {
    const std::string what = narrowing(from.get("type"), to.get("type"));
    if (!what.empty()) statement.lost = what + " in column " + to.key.name + " of " + qualified_parent(to.key);
  }
  statement.rewrites_table = anew || requires_rewrite(from.get("type"), to.get("type"));
  all.push_back(std::move(statement));
}

void alter_identity(Statements& all, const Object& from, const Object& to) {
  const std::string column = "ALTER TABLE " + qualified_parent(to.key) + " ALTER COLUMN " + to.key.name;
  if (!to.has("identity")) {
    if (!from.has("identity")) return;
    all.push_back(altered(to, column + " DROP IDENTITY"));
    all.back().lost = "the position of the sequence of column " + to.key.name + " of " + qualified_parent(to.key);
    return;
  }
  if (!from.has("identity")) {
    const bool descending = to.get("identity_increment").starts_with('-');
    std::string options = to.has("identity_sequence") ? " SEQUENCE NAME " + to.get("identity_sequence") : "";
    options += sequence_options(to, "identity_", Extent::differing);
    all.push_back(altered(to, column + " ADD GENERATED " + to.get("identity") + " AS IDENTITY" + (options.empty() ? "" : " (" + options.substr(1) + ")")));
    if (to.has("identity_sequence")) all.push_back(continue_sequence(to, to.get("identity_sequence"), descending));
    return;
  }
  std::string sets;
  if (from.get("identity") != to.get("identity")) sets += " SET GENERATED " + to.get("identity");
  const std::pair<const char*, const char*> options[] = {{"identity_increment", "INCREMENT BY"}, {"identity_min", "MINVALUE"}, {"identity_max", "MAXVALUE"},
                                                         {"identity_start", "START WITH"},      {"identity_cache", "CACHE"}};
  for (const auto& [property, words] : options)
    if (from.get(property) != to.get(property)) sets += std::string(" SET ") + words + " " + to.get(property);
  if (from.has("identity_cycle") != to.has("identity_cycle")) sets += to.has("identity_cycle") ? " SET CYCLE" : " SET NO CYCLE";
  // Its position is out of the bounds of a sequence that runs the other way.
  if (from.get("identity_increment").starts_with('-') != to.get("identity_increment").starts_with('-')) sets += " RESTART";
  if (!sets.empty()) all.push_back(altered(to, column + sets));
  if (from.get("identity_sequence") != to.get("identity_sequence") && from.has("identity_sequence") && to.has("identity_sequence"))
    all.push_back(altered(to, "ALTER SEQUENCE " + from.get("identity_sequence") + " RENAME TO " +
                                  to.get("identity_sequence").substr(to.key.schema.size() + 1)));
}

}  // namespace

Statement continue_sequence(const Object& column, const std::string& sequence, bool descending) {
  const std::string last = std::string(descending ? "pg_catalog.min(" : "pg_catalog.max(") + column.key.name + ")";
  return altered(column, "SELECT pg_catalog.setval(" + sql_literal(sequence) + ", " + last + ") FROM " + qualified_parent(column.key) + " HAVING " + last + (descending ? " <= " : " >= ") + "(SELECT last_value FROM " + sequence + ")",
                 LockLevel::none);
}

Statements alter_options(const Object& from, const Object& to, const std::string& noun) {
  const auto before = options_of(from.get("options"), '='), after = options_of(to.get("options"), '=');
  std::vector<std::string> reset, set;
  for (const auto& [name, _] : before)
    if (!after.contains(name)) reset.push_back(name);
  for (const auto& [name, option] : after)
    if (!before.contains(name) || before.at(name) != option) set.push_back(option);
  Statements all;
  const auto lock_of = [](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.starts_with("user_catalog_table"); }) ? LockLevel::access_exclusive : LockLevel::share_update_exclusive;
  };
  if (!reset.empty()) all.push_back(altered(to, "ALTER " + noun + " " + qualified_name(to.key) + " RESET (" + join(reset, ", ") + ")", lock_of(reset)));
  if (!set.empty()) all.push_back(altered(to, "ALTER " + noun + " " + qualified_name(to.key) + " SET (" + join(set, ", ") + ")", lock_of(set)));
  return all;
}

Statements alter_table(const Object& from, const Object& to) {
  Statements all;
  const std::string table = "ALTER TABLE " + qualified_name(to.key), only = "ALTER TABLE ONLY " + qualified_name(to.key);
  if (from.has("unlogged") != to.has("unlogged")) {
    all.push_back(altered(to, table + (to.has("unlogged") ? " SET UNLOGGED" : " SET LOGGED")));
    all.back().rewrites_table = true;
    if (to.has("unlogged")) all.back().lost = "in a crash all rows of " + qualified_name(to.key);
  }
  if (from.get("access_method") != to.get("access_method")) {
    all.push_back(altered(to, table + " SET ACCESS METHOD " + (to.has("access_method") ? to.get("access_method") : "heap")));
    all.back().rewrites_table = true;
  }
  if (from.get("tablespace") != to.get("tablespace")) {
    all.push_back(altered(to, table + " SET TABLESPACE " + (to.has("tablespace") ? to.get("tablespace") : "pg_default")));
    all.back().rewrites_table = true;
  }
  for (Statement& statement : alter_options(from, to, "TABLE")) all.push_back(std::move(statement));
  if (from.get("of_type") != to.get("of_type")) all.push_back(altered(to, table + (to.has("of_type") ? " OF " + to.get("of_type") : " NOT OF")));
  if (from.has("row_security") != to.has("row_security")) all.push_back(altered(to, table + (to.has("row_security") ? " ENABLE ROW LEVEL SECURITY" : " DISABLE ROW LEVEL SECURITY")));
  if (from.has("force_row_security") != to.has("force_row_security"))
    all.push_back(altered(to, only + (to.has("force_row_security") ? " FORCE ROW LEVEL SECURITY" : " NO FORCE ROW LEVEL SECURITY")));
  return all;
}

Statements alter_foreign_table(const Object& from, const Object& to) {
  Statements all;
  if (const std::string options = generic_options(from, to); !options.empty()) all.push_back(altered(to, "ALTER FOREIGN TABLE " + qualified_name(to.key) + options));
  return all;
}

Statements alter_column(const Alteration& change, const Casts& casts) {
  const Object &from = change.from, &to = change.to;
  Statements all;
  const std::string table = qualified_parent(to.key);
  if (from.has("identity") && !to.has("identity")) alter_identity(all, from, to);
  if (from.has("generated") && !to.has("generated")) all.push_back(altered(to, "ALTER TABLE " + table + " ALTER COLUMN " + to.key.name + " DROP EXPRESSION"));
  alter_type(all, change, casts);
  if (from.has("not_null") != to.has("not_null"))
    all.push_back(altered(to, "ALTER TABLE " + table + " ALTER COLUMN " + to.key.name + (to.has("not_null") ? " SET NOT NULL" : " DROP NOT NULL")));
  if (to.has("identity")) alter_identity(all, from, to);
  if (const std::string options = generic_options(from, to); !options.empty())
    all.push_back(altered(to, "ALTER FOREIGN TABLE " + table + " ALTER COLUMN " + to.key.name + options));
  Object settled = from;
  if (is_retyped(change)) {  // ALTER TYPE begins with what is usual for the new type
    settled.properties.erase("storage");
    settled.properties.erase("compression");
  }
  for (Statement& statement : column_settings(to, &settled)) all.push_back(std::move(statement));
  return all;
}

}  // namespace strata::schema
