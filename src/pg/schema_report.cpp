#include "pg/schema_report.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <sstream>

#include "pg/encoding.hpp"
#include "pg/settings.hpp"
#include "schema/names.hpp"

extern "C" {
#include "commands/dbcommands.h"
#include "miscadmin.h"
}

namespace strata::pg {
namespace {

using schema::Kind;
using schema::Model;

// As `ignore` calls it.
std::string_view name_of_property(std::string_view property) {
  if (property == "acl") return "privileges";
  return property == "index_comment" ? "comment" : property;
}

// Kinds and properties in which the two differ.
std::set<std::string> differing(const Model& present, const Model& built) {
  std::set<std::string> names;
  for (const schema::Finding& finding : schema::compare(present, built)) {
    names.insert(std::string(name_of(finding.object.kind)));
    if (finding.object.kind == Kind::default_privileges) names.insert("privileges");
    std::istringstream lines(finding.detail);
    for (std::string property; std::getline(lines, property, ':'); lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) names.insert(std::string(name_of_property(property)));
  }
  return names;
}

void tell_suggestions(const Comparison& comparison) {
  for (const schema::Suggestion& suggestion : schema::suggest_renames(comparison.renamed, comparison.desired)) say(NOTICE, suggestion.text);
}

// A schema that the DDL makes is compared now, and by no later check.
void tell_unmanaged(const Comparison& comparison) {
  const auto managed = managed_schemas();
  if (!managed) return;
  Texts all, others;
  for (const std::string& name : *managed) all.push_back(quoted_identifier(name));
  for (const std::string& name : comparison.schemas) {
    const std::string quoted = quoted_identifier(name);
    if (std::find(managed->begin(), managed->end(), name) == managed->end() && comparison.desired.find({Kind::schema, "", "", quoted})) others.push_back(quoted);
  }
  if (others.empty()) return;
  all.insert(all.end(), others.begin(), others.end());
  const std::string database = quoted_identifier(to_utf8(call(get_database_name, MyDatabaseId)));
  say(NOTICE, fmt::format("migrate.managed_schemas does not name schema {}", fmt::join(others, ", ")),
      {"migrate_check() and the next comparison look at the schemas that it names.", fmt::format("ALTER DATABASE {} SET migrate.managed_schemas = {};", database, fmt::join(all, ", "))});
}

}  // namespace

void tell_about(const Comparison& comparison) {
  tell_suggestions(comparison);
  tell_unsaid(comparison);
  tell_unmanaged(comparison);
  tell_not_compared(comparison.live);
}

void tell_unsaid(const Comparison& comparison) {
  if (comparison.unsaid.empty()) return;
  const std::set<std::string> differ = differing(comparison.renamed, comparison.built);
  Texts names;
  for (const std::string& name : comparison.unsaid)
    if (comparison.scope.ignores(name) && differ.contains(name)) names.push_back(name);
  if (names.empty()) return;
  say(NOTICE, "the desired DDL does not speak of everything that is there", {fmt::format("Left as it is: {}.", fmt::join(names, ", ")), "ignore => '{}' compares it all."});
}

void tell_not_compared(const Model& model) {
  if (model.not_compared().empty()) return;
  Texts names;
  for (const schema::NotCompared& other : model.not_compared()) names.push_back(other.kind + " " + other.name);
  say(NOTICE, fmt::format("{} object{} cannot be compared", names.size(), names.size() == 1 ? "" : "s"), {fmt::format("{}", fmt::join(names, ", ")), ""});
}

}  // namespace strata::pg
