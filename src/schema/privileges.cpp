#include "schema/privileges.hpp"

#include <sstream>
#include <vector>

#include "schema/lists.hpp"
#include "schema/names.hpp"

namespace strata::schema {
namespace {

const std::vector<std::string>& all_privileges(const Object& object) {
  static const std::vector<std::string> table = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"},
                                        column = {"SELECT", "INSERT", "UPDATE", "REFERENCES"}, sequence = {"SELECT", "UPDATE", "USAGE"},
                                        schema = {"USAGE", "CREATE"}, execute = {"EXECUTE"}, usage = {"USAGE"}, none;
  switch (object.key.kind) {
    case Kind::table:
    case Kind::foreign_table:
    case Kind::view:
    case Kind::materialized_view: return table;
    case Kind::column:
    case Kind::view_column: return column;
    case Kind::sequence: return sequence;
    case Kind::schema: return schema;
    case Kind::function:
    case Kind::aggregate: return execute;
    case Kind::language:
    case Kind::enum_type:
    case Kind::composite_type:
    case Kind::domain:
    case Kind::range_type:
    case Kind::foreign_data_wrapper:
    case Kind::server: return usage;
    default: return none;
  }
}

bool is_column(const Object& object) { return object.key.kind == Kind::column || object.key.kind == Kind::view_column; }

std::map<std::string, bool> without_grant_option(const std::vector<std::string>& names) {
  std::map<std::string, bool> privileges;
  for (const std::string& name : names) privileges[name] = false;
  return privileges;
}

std::string list_of(const Object& object, const std::vector<std::string>& privileges) {
  const bool all = privileges.size() == all_privileges(object).size() && !is_column(object);
  if (all) return "ALL";
  if (!is_column(object)) return join(privileges, ", ");
  std::vector<std::string> of_column;
  for (const std::string& privilege : privileges) of_column.push_back(privilege + "(" + object.key.name + ")");
  return join(of_column, ", ");
}

std::string grantee_name(const std::string& grantee, const std::string& owner) {
  return grantee == "@public" ? "PUBLIC" : grantee == "@owner" ? owner : grantee;
}

// The clause for default privileges of a kind of object: TABLES, SEQUENCES, ...
std::string plural_of(Kind kind) {
  switch (kind) {
    case Kind::table:
    case Kind::foreign_table:
    case Kind::view:
    case Kind::materialized_view: return "TABLES";
    case Kind::sequence: return "SEQUENCES";
    case Kind::function:
    case Kind::aggregate: return "FUNCTIONS";
    case Kind::enum_type:
    case Kind::composite_type:
    case Kind::domain:
    case Kind::range_type: return "TYPES";
    case Kind::schema: return "SCHEMAS";
    default: return {};
  }
}

// What REVOKE and GRANT have to say, in this order: the list of privileges, the grantee, with or for the grant option.
struct Clause {
  bool grants;
  bool option;
  std::vector<std::string> privileges;
  std::string grantee;
};

std::vector<Clause> clauses(const Privileges& before, const Privileges& after) {
  std::vector<Clause> all;
  std::set<std::string> grantees;
  for (const auto& [grantee, _] : before) grantees.insert(grantee);
  for (const auto& [grantee, _] : after) grantees.insert(grantee);
  static const std::map<std::string, bool> none;
  const auto of = [](const Privileges& privileges, const std::string& grantee) -> const std::map<std::string, bool>& {
    const auto found = privileges.find(grantee);
    return found == privileges.end() ? none : found->second;
  };
  for (const std::string& grantee : grantees) {
    Clause revoke{false, false, {}, grantee}, revoke_option{false, true, {}, grantee};
    for (const auto& [privilege, option] : of(before, grantee)) {
      const auto wanted = of(after, grantee).find(privilege);
      if (wanted == of(after, grantee).end())
        revoke.privileges.push_back(privilege);
      else if (option && !wanted->second)
        revoke_option.privileges.push_back(privilege);
    }
    if (!revoke.privileges.empty()) all.push_back(revoke);
    if (!revoke_option.privileges.empty()) all.push_back(revoke_option);
  }
  for (const std::string& grantee : grantees) {
    Clause grant{true, false, {}, grantee}, grant_option{true, true, {}, grantee};
    for (const auto& [privilege, option] : of(after, grantee)) {
      const auto present = of(before, grantee).find(privilege);
      if (present != of(before, grantee).end() && (present->second || !option)) continue;
      (option ? grant_option : grant).privileges.push_back(privilege);
    }
    if (!grant.privileges.empty()) all.push_back(grant);
    if (!grant_option.privileges.empty()) all.push_back(grant_option);
  }
  return all;
}

}  // namespace

Privileges parse_acl(const std::string& acl) {
  Privileges all;
  std::istringstream lines(acl);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.rfind(':');
    if (colon == std::string::npos) continue;
    for (std::string privilege : split_list(line.substr(colon + 1))) {
      const bool option = privilege.ends_with('*');
      if (option) privilege.pop_back();
      all[line.substr(0, colon)][privilege] = option;
    }
  }
  return all;
}

Privileges inborn_privileges(const Object& object) {
  if (is_column(object)) return {};
  Privileges all;
  if (!all_privileges(object).empty()) all["@owner"] = without_grant_option(all_privileges(object));
  switch (object.key.kind) {
    case Kind::function:
    case Kind::aggregate:
    case Kind::language:
    case Kind::enum_type:
    case Kind::composite_type:
    case Kind::domain:
    case Kind::range_type: all["@public"] = without_grant_option(all_privileges(object)); break;
    default: break;
  }
  return all;
}

Privileges privileges_of(const Object& object) {
  const std::string* acl = object.properties.find("acl");
  return acl ? parse_acl(*acl) : inborn_privileges(object);
}

Privileges privileges_at_birth(const Object& object, const Model& present, const std::string& role) {
  Privileges all = inborn_privileges(object);
  const std::string plural = plural_of(object.key.kind);
  if (plural.empty()) return all;
  const auto said = [&](const std::string& where) -> const Object* {
    return present.find({Kind::default_privileges, "", "", "FOR ROLE " + role + where + " ON " + plural});
  };
  if (const Object* global = said("")) all = parse_acl(global->get("acl"));
  if (const Object* local = object.key.schema.empty() ? nullptr : said(" IN SCHEMA " + object.key.schema))
    for (const auto& [grantee, privileges] : parse_acl(local->get("acl")))
      for (const auto& [privilege, option] : privileges) all[grantee == role ? "@owner" : grantee][privilege] |= option;
  // Given to somebody else, who was granted something: that is his as the owner now.
  if (const auto granted = all.find(object.get("owner")); granted != all.end()) {
    for (const auto& [privilege, option] : granted->second) all["@owner"].emplace(privilege, false);
    all.erase(object.get("owner"));
  }
  return all;
}

Statements grants(const Object& to, const Privileges& before, const Privileges& after, const std::string& role) {
  const std::string target = grant_target_of(to), owner = to.get("owner").empty() ? role : to.get("owner");
  Statements all;
  for (const Clause& clause : clauses(before, after)) {
    const std::string privileges = list_of(to, clause.privileges), grantee = grantee_name(clause.grantee, owner);
    const std::string sql = clause.grants ? "GRANT " + privileges + " ON " + target + " TO " + grantee + (clause.option ? " WITH GRANT OPTION" : "")
                                          : "REVOKE " + std::string(clause.option ? "GRANT OPTION FOR " : "") + privileges + " ON " + target + " FROM " + grantee;
    all.push_back({Operation::alter, to.key, sql, "", LockLevel::none, false, false});
  }
  return all;
}

Statements default_grants(const Object* from, const Object* to) {
  const Object& object = to ? *to : *from;
  // FOR ROLE r [IN SCHEMA s] ON TABLES
  const std::string& name = object.key.name;
  const auto on = name.rfind(" ON ");
  const std::string scope = name.substr(0, on), plural = name.substr(on + 4);
  static const std::map<std::string, Kind> kinds = {{"TABLES", Kind::table}, {"SEQUENCES", Kind::sequence}, {"FUNCTIONS", Kind::function},
                                                    {"ROUTINES", Kind::function}, {"TYPES", Kind::enum_type}, {"SCHEMAS", Kind::schema}};
  Object stand_in;
  stand_in.key.kind = kinds.contains(plural) ? kinds.at(plural) : Kind::table;
  // In a schema they are added to the global ones, and start from nothing.
  const auto in_schema = find_outside(scope, " IN SCHEMA ");
  const bool global = in_schema == std::string::npos;
  const std::string role = scope.substr(0, in_schema).substr(std::string("FOR ROLE ").size());
  const Privileges start = global ? inborn_privileges(stand_in) : Privileges();
  Statements all;
  for (const Clause& clause : clauses(from ? parse_acl(from->get("acl")) : start, to ? parse_acl(to->get("acl")) : start)) {
    const std::string privileges = list_of(stand_in, clause.privileges), grantee = grantee_name(clause.grantee, role);
    const std::string what = clause.grants ? "GRANT " + privileges + " ON " + plural + " TO " + grantee + (clause.option ? " WITH GRANT OPTION" : "")
                                           : "REVOKE " + std::string(clause.option ? "GRANT OPTION FOR " : "") + privileges + " ON " + plural + " FROM " + grantee;
    all.push_back({Operation::alter, object.key, "ALTER DEFAULT PRIVILEGES " + scope + " " + what, "", LockLevel::none, false, false});
  }
  return all;
}

}  // namespace strata::schema
