#include "schema/conversions.hpp"

#include "schema/lists.hpp"
#include "schema/names.hpp"

namespace strata::schema {
namespace {

// What is below all domains.
std::string base_of(const std::string& type, const Model& model) {
  std::string base = type;
  for (;;) {
    const auto [schema, name] = split_name(base);
    const Object* domain = model.find({Kind::domain, schema, "", name});
    if (!domain) return base;
    base = domain->get("type");
  }
}

}  // namespace

std::string way_between_domains(const Entities& entities, const Entity& column, const Casts& casts) {
  std::string type = column.to->get("type");
  const bool array = type.ends_with("[]");
  if (array) type.resize(type.size() - 2);
  const std::string base = base_of(type, entities.to()), brackets = array ? "[]" : "";
  const std::string before = base_of(type, entities.from()) + brackets, after = base + brackets;
  const auto [schema, name] = split_name(base);
  if (const int number = entities.find({Kind::enum_type, schema, "", name}); number >= 0 && entities[number].goes()) return {};
  if (base == type || before.ends_with("[][]") || after.ends_with("[][]")) return {};
  return conversion(column.to->key.name + "::" + before, before, after, casts);
}

std::string lost_by_new_types(const Entities& entities, const Object& column) {
  const std::string type_of_column = without_modifier(column.get("type"));
  std::string lost;
  for (int i = 0; i < entities.size(); i++) {
    const Entity& type = entities[i];
    if (!type.swapped || !type.from || !type.to || type_of_column.find(qualified_name(type.to->key)) == std::string::npos) continue;
    const std::string of_column = " column " + column.key.name + " of " + qualified_parent(column.key);
    if (type.to->key.kind == Kind::domain) {
      const std::string what = narrowing(type.from->get("type"), type.to->get("type"));
      if (!what.empty()) lost = what + " in" + of_column;
    }
    const std::vector<std::string> removed = type.to->key.kind == Kind::enum_type ? removed_labels(*type.from, *type.to) : std::vector<std::string>();
    if (!removed.empty()) lost = "rows in which" + of_column + " is " + join(removed, " or ");
  }
  return lost;
}

}  // namespace strata::schema
