#include "schema/locks.hpp"

#include <algorithm>

#include "schema/lists.hpp"

namespace strata::schema {
namespace {

bool is_lasting(const Entities& entities, int number) {
  return number >= 0 && entities[number].from && entities[number].to && entities[number].stays();
}

int table_named(const Entities& entities, const std::string& qualified) {
  const auto [schema, name] = split_name(qualified);
  const int table = entities.find({Kind::table, schema, "", name});
  return table >= 0 ? table : entities.find({Kind::foreign_table, schema, "", name});
}

// A table of another schema is, or nobody could speak of it.
bool is_there(const Entities& entities, const std::string& table) {
  const int number = table_named(entities, table);
  return number < 0 ? !table.empty() : is_lasting(entities, number);
}

// The default partition is read through: no row of it may belong to the new one.
bool has_default_partition(const Entities& entities, const std::string& parent) {
  const auto& objects = entities.from().objects();
  return std::any_of(objects.begin(), objects.end(), [&](const Object& object) { return object.key.kind == Kind::partition && object.get("parent") == parent && object.get("bound") == "DEFAULT"; });
}

LockLevel lock_of_attaching(const Entities& entities, int number) {
  const Object& partition = *entities[number].to;
  if (is_lasting(entities, entities.owner_after(number))) return LockLevel::access_exclusive;
  if (!is_there(entities, partition.get("parent"))) return LockLevel::none;
  if (has_default_partition(entities, partition.get("parent"))) return LockLevel::access_exclusive;
  // Its foreign keys are added to the partition.
  const auto [schema, name] = split_name(partition.get("parent"));
  const auto parts = entities.to().children_of({Kind::table, schema, "", name});
  const bool refers = std::any_of(parts.begin(), parts.end(), [&](const Object* part) { return part->key.kind == Kind::constraint && part->get("type") == "f" && is_there(entities, part->get("references")); });
  return refers ? LockLevel::share_row_exclusive : LockLevel::share_update_exclusive;
}

// Is there a column of this domain that is there already?
bool holds_rows(const Entities& entities, int domain) {
  if (domain < 0) return false;
  const auto columns = entities.columns_holding(domain, Side::before);
  return std::any_of(columns.begin(), columns.end(), [&](int column) { return is_lasting(entities, entities.owner_before(column)); });
}

}  // namespace

bool on_lasting_table(const Entities& entities, int part) { return is_lasting(entities, entities[part].to ? entities.owner_after(part) : entities.owner_before(part)); }

LockLevel lock_of_alteration(const Entities& entities, int number, LockLevel own) {
  switch (entities[number].object().key.kind) {
    case Kind::domain: return holds_rows(entities, number) ? own : LockLevel::none;
    case Kind::domain_constraint: return holds_rows(entities, entities.owner_after(number)) ? own : LockLevel::none;
    default: return own;
  }
}

LockLevel lock_of_creation(const Entities& entities, int number, LockLevel own) {
  const Object& object = *entities[number].to;
  switch (object.key.kind) {
    case Kind::column: return own;
    case Kind::partition: return lock_of_attaching(entities, number);
    case Kind::table:
    case Kind::foreign_table: {
      const auto parents = entities.parents_after(number);
      const bool inherits = object.has("inherits") && std::any_of(parents.begin(), parents.end(), [&](int parent) { return is_lasting(entities, parent); });
      return inherits ? LockLevel::share_update_exclusive : LockLevel::none;
    }
    case Kind::statistics:
    case Kind::publication: {
      const auto& needs = entities[number].to_needs;
      return std::any_of(needs.begin(), needs.end(), [&](int need) { return is_lasting(entities, need) || on_lasting_table(entities, need); }) ? own : LockLevel::none;
    }
    case Kind::domain_constraint: return holds_rows(entities, entities.owner_after(number)) ? own : LockLevel::none;
    case Kind::index_attachment:
      if (is_lasting(entities, entities.lower_index(number, Side::after))) return own;
      return is_lasting(entities, entities.upper_index(number, Side::after)) ? LockLevel::share_update_exclusive : LockLevel::none;
    case Kind::constraint:
      if (object.get("type") == "f" && is_there(entities, object.get("references"))) return own;
      break;
    default: break;
  }
  return on_lasting_table(entities, number) ? own : LockLevel::none;
}

}  // namespace strata::schema
