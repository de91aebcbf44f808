#include "schema/steps_planner.hpp"

#include <algorithm>
#include <set>

namespace strata::schema {

// All bounds that change are gone before any new one comes.
void Planner::connect_bounds(int i) {
  const Entity& partition = entities_[i];
  if (partition.from)
    if (const auto place = bounds_.find(partition.from->get("parent")); place != bounds_.end()) before(drop_[i], place->second);
  if (partition.to)
    if (const auto place = bounds_.find(partition.to->get("parent")); place != bounds_.end()) before(place->second, make_[i]);
}

void Planner::connect_partition(int i) {
  const Entity& partition = entities_[i];
  const Key& key = partition.object().key;
  const auto parts_of = [&](const std::string& schema, const std::string& table, const auto& visit) {
    for (const Kind kind : {Kind::column, Kind::column_default, Kind::index, Kind::constraint, Kind::trigger}) {
      for (const Model* model : {&entities_.from(), &entities_.to()})
        for (const Object* object : model->children_of({Kind::table, schema, "", table}))
          if (object->key.kind == kind) visit(entities_.find(object->key));
    }
  };
  if (partition.goes()) {  // what was inherited belongs to the table itself afterwards
    parts_of(key.schema, key.name, [&](int part) {
      if (entities_[part].object().key.kind == Kind::trigger) before(drop_[i], make_[part]);  // those of the upper table go with it
      if (drop_[part] == drop_[i] || !entities_[part].from) return;
      if (is_index(*entities_[part].from) && entities_.attachment_of(part, Side::before) != kNone) before(drop_[i], drop_[part]);
      if (entities_[part].from->has("inherited")) before(drop_[i], drop_[part]), before(drop_[i], change_[part]);
    });
    // and what becomes of the upper table is none of its business
    if (const int upper = upper_table_before(i); upper != kNone) {
      for (const int foreign_key : foreign_keys_to(upper)) before(drop_[foreign_key], drop_[i]);
      parts_of(entities_[upper].object().key.schema, entities_[upper].object().key.name, [&](int part) {
        if (entities_[part].from && entities_[part].from->get("type") == "f" && goes_by_itself(part)) before(drop_[part], drop_[i]);  // and those of the partitions with it
        else before(drop_[i], drop_[part]);
        before(drop_[i], change_[part]);
        before(drop_[i], make_[part]);
      });
    }
  }
  if (!partition.comes()) return;
  parts_of(key.schema, key.name, [&](int part) {  // what is there is taken for what the parent has
    const Entity& entity = entities_[part];
    if (!entity.to || make_[part] == make_[i]) return;
    const Kind kind = entity.to->key.kind;
    const bool attached = is_index(*entity.to) && is_attached_to_lasting(part);
    if (kind == Kind::column || attached || (kind == Kind::constraint && entity.to->get("type") == "c")) before(make_[part], make_[i]), before(change_[part], make_[i]);
    // One that is not meant to be attached might be taken for an index of the parent.
    else if (is_index(*entity.to) && entities_.attachment_of(part, Side::after) == kNone && make_[part] != make_[entities_.owner_after(part)]) before(make_[i], make_[part]);
    before(drop_[part], make_[i]);
  });
  const std::string& parent = partition.to->get("parent");
  for (const int need : partition.to_needs) {
    const Entity& table = entities_[need];
    if (table.object().key.kind != Kind::table || qualified_name(table.object().key) != parent) continue;
    parts_of(table.object().key.schema, table.object().key.name, [&](int part) {
      const Entity& entity = entities_[part];
      before(drop_[part], make_[i]);
      if (entity.to && is_index(*entity.to)) {
        // New indexes of the parent are made for it alone and then joined with those of the partitions; new foreign keys reach all partitions.
        if (make_[part] != make_[need]) before(make_[i], make_[part]);
      } else if (entity.to && !(entity.to->key.kind == Kind::constraint && entity.to->get("type") == "f")) {
        before(make_[part], make_[i]);
        before(change_[part], make_[i]);
      }
    });
  }
}

bool Planner::is_attached_to_lasting(int part) const {
  const int attachment = entities_.attachment_of(part, Side::after);
  const int upper = attachment == kNone ? kNone : entities_.upper_index(attachment, Side::after);
  return upper != kNone && !entities_[upper].comes();
}

// The index of a partitioned table is valid, and good for a foreign key, when those of all partitions are attached.
void Planner::connect_attachment(int i) {
  std::set<int> seen;
  for (int upper = entities_.upper_index(i, Side::after); upper != kNone && seen.insert(upper).second;) {
    for (const int user : entities_[upper].to_users) {
      const Kind kind = entities_[user].object().key.kind;
      if (kind == Kind::constraint || kind == Kind::replica_identity || kind == Kind::view) before(make_[i], make_[user]);
    }
    const int above = entities_.attachment_of(upper, Side::after);
    upper = above == kNone ? kNone : entities_.upper_index(above, Side::after);
  }
}

}  // namespace strata::schema
