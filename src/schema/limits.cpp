#include "schema/limits.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace strata::schema {
namespace {

// RANGE (at, lower(name)): a column is an element of it, or a word in one of its expressions.
bool is_in_partition_key(const std::string& column, const std::string& key) {
  for (std::size_t at = key.find(column); at != std::string::npos; at = key.find(column, at + 1)) {
    const auto is_of_word = [&](std::size_t place) { return place < key.size() && (std::isalnum(static_cast<unsigned char>(key[place])) || key[place] == '_' || key[place] == '"' || key[place] == '$' || (key[place] & 0x80)); };
    if (at > key.find('(') && !is_of_word(at - 1) && !is_of_word(at + column.size())) return true;
  }
  return false;
}

std::string called(const Object& column) { return "column " + column.key.name + " of " + qualified_parent(column.key); }

// ALTER TYPE is refused for what decides into which partition a row goes.
std::optional<std::string> limit_of_type(const Entities& entities, int number) {
  const Entity& column = entities[number];
  if (column.fate != Fate::alter || !changes_type(column)) return std::nullopt;
  const int table = entities.owner_before(number), above = entities.inherited_from(number);
  if (table < 0 || (above >= 0 && entities[above].fate == Fate::alter) || !is_in_partition_key(column.from->key.name, entities[table].from->get("partition_key"))) return std::nullopt;
  return "the type of " + called(*column.to) + " cannot change: it is part of the partition key";
}

// A column that a table has by itself remains its own, whatever it inherits.
std::optional<std::string> limit_of_inheritance(const Entities& entities, int number) {
  const Entity& column = entities[number];
  if (!entities.may_inherit(number) || !column.from || !column.to || !column.stays() || !entities[entities.owner_after(number)].stays()) return std::nullopt;
  const bool inherited = entities.ends_inherited(number);
  if (inherited == column.to->has("inherited")) return std::nullopt;
  return called(*column.to) + (inherited ? " is inherited and cannot become the table's own as well" : " is the table's own and cannot become one that it only inherits");
}

// An extension goes from version to version by scripts of its own.
std::optional<std::string> limit_of_update(const Entity& extension, const ExtensionUpdates& updates) {
  if (extension.fate != Fate::alter) return std::nullopt;
  const std::string &before = extension.from->get("version"), &after = extension.to->get("version");
  if (after.empty() || before == after || updates.contains({extension.to->key.name, before, after})) return std::nullopt;
  return "extension " + extension.to->key.name + " has no update path from version " + before + " to version " + after;
}

}  // namespace

std::vector<std::string> limits_of(const Entities& entities, const ExtensionUpdates& updates) {
  std::vector<std::string> limits;
  const auto add = [&](std::optional<std::string> limit) {
    if (limit) limits.push_back(std::move(*limit));
  };
  for (int i = 0; i < entities.size(); i++) {
    switch (entities[i].object().key.kind) {
      case Kind::column:
        add(limit_of_type(entities, i));
        add(limit_of_inheritance(entities, i));
        break;
      case Kind::extension: add(limit_of_update(entities[i], updates)); break;
      default: break;
    }
  }
  return limits;
}

}  // namespace strata::schema
