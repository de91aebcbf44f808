#include "schema/steps_planner.hpp"

#include <algorithm>

#include "schema/lists.hpp"

namespace strata::schema {
namespace {

// Names in pg_class and pg_type that two objects cannot have at once.
std::vector<std::string> occupied_names(const Object& object) {
  const std::string name = qualified_name(object.key);
  switch (object.key.kind) {
    case Kind::table:
    case Kind::foreign_table:
    case Kind::view:
    case Kind::materialized_view:
    case Kind::composite_type: return {"relation " + name, "type " + name};
    case Kind::sequence:
    case Kind::index: return {"relation " + name};
    case Kind::enum_type:
    case Kind::domain:
    case Kind::range_type: return {"type " + name};
    case Kind::constraint: return is_index(object) ? std::vector<std::string>{"relation " + name} : std::vector<std::string>();
    case Kind::column: return object.has("identity_sequence") ? std::vector<std::string>{"relation " + object.get("identity_sequence")} : std::vector<std::string>();
    case Kind::function:
    case Kind::aggregate: return {"routine " + name};
    default: return {};
  }
}

// Does PostgreSQL refuse to alter a thing while the other one stands upon it? What is replaced or only told something is not.
bool hinders(const Object& user, Kind altered) {
  switch (altered) {
    case Kind::column:
    case Kind::attribute:
    case Kind::domain:
    case Kind::constraint: return true;
    case Kind::table:
    case Kind::foreign_table: return user.get("type") == "f" || user.key.kind == Kind::partition;
    default: return false;
  }
}

// A check that holds saves SET NOT NULL the look at the rows (NotNullImpliedByRelConstraints).
bool proves_not_null(const Entity& check, const Entity& column) {
  return check.from->key.kind == Kind::constraint && check.from->get("type") == "c" && !check.from->has("not_valid") && column.object().key.kind == Kind::column && column.fate == Fate::alter &&
         !column.from->has("not_null") && column.to->has("not_null") && !changes_type(column) && check.from->get("definition").find(column.from->key.name + " IS NOT NULL") != std::string::npos;
}

bool changes(const Entity& entity, const char* property) { return entity.from->get(property) != entity.to->get(property) || entity.from->has(property) != entity.to->has(property); }

}  // namespace

void Planner::connect() {
  bounds_.clear();
  for (int i = 0; i < entities_.size(); i++)
    if (entities_[i].object().key.kind == Kind::partition && entities_[i].from && drop_[i] != kNone) bounds_.emplace(entities_[i].from->get("parent"), 0);
  int place = static_cast<int>(steps_.size());
  for (auto& [_, number] : bounds_) number = place++;
  order_.emplace(place);
  connect_names();
  connect_overloads();
  for (int i = 0; i < entities_.size(); i++) {
    const Entity& entity = entities_[i];
    connect_needs(i);
    connect_own(i);
    connect_inherited(i);
    switch (entity.object().key.kind) {
      case Kind::partition:
        connect_bounds(i);
        connect_partition(i);
        break;
      case Kind::index_attachment:
        if (entity.comes()) connect_attachment(i);
        break;
      case Kind::table:
      case Kind::foreign_table: connect_heritage(i); break;
      case Kind::column:
      case Kind::attribute: connect_holders(i); break;
      case Kind::sequence_owner: connect_sequence_owner(i); break;
      case Kind::constraint: connect_persistence(i); break;
      default: break;
    }
  }
}

// What calls a function by its name is made when those of the name that go are gone: beside them the call may mean another one, or none.
void Planner::connect_overloads() {
  const auto called = [](const Object& object) { return object.key.schema + '.' + object.key.name.substr(0, object.key.name.find('(')); };
  const auto is_routine = [](const Object& object) { return object.key.kind == Kind::function || object.key.kind == Kind::aggregate; };
  std::map<std::string, std::vector<int>> leaving;
  for (int i = 0; i < entities_.size(); i++)
    if (drop_[i] != kNone && is_routine(*entities_[i].from)) leaving[called(*entities_[i].from)].push_back(i);
  if (leaving.empty()) return;
  for (int i = 0; i < entities_.size(); i++) {
    if (!entities_[i].to || (make_[i] == kNone && change_[i] == kNone)) continue;
    for (const int need : entities_[i].to_needs) {
      const Object* object = entities_[need].to;
      const auto found = object && is_routine(*object) ? leaving.find(called(*object)) : leaving.end();
      for (const int leaver : found == leaving.end() ? std::vector<int>() : found->second) {
        const auto& needs = entities_[leaver].from_users;
        if (change_[i] != kNone && std::find(needs.begin(), needs.end(), i) != needs.end()) continue;  // has to let go of it first
        for (const int step : {make_[i], change_[i]})
          if (step != drop_[leaver]) before(drop_[leaver], step);
      }
    }
  }
}

// A name is free before it is taken.
void Planner::connect_names() {
  std::map<std::string, std::vector<int>> leaving;
  const auto keeps_name = [&](const Entity& entity) { return entity.fate == Fate::alter && entity.from->get("identity_sequence") == entity.to->get("identity_sequence"); };
  const auto alters_column = [&](const Entity& entity) { return entity.fate == Fate::alter && entity.to->key.kind == Kind::column; };
  for (int i = 0; i < entities_.size(); i++) {
    const Entity& entity = entities_[i];
    const int step = drop_[i] != kNone ? drop_[i] : alters_column(entity) && !keeps_name(entity) ? change_[i] : kNone;
    if (step == kNone) continue;
    for (const std::string& name : occupied_names(*entity.from)) leaving[name].push_back(step);
  }
  for (int i = 0; i < entities_.size(); i++) {
    const Entity& entity = entities_[i];
    if (!entity.comes() && (!alters_column(entity) || keeps_name(entity))) continue;
    for (const std::string& name : occupied_names(*entity.to)) {
      const auto found = leaving.find(name);
      for (const int leaver : found == leaving.end() ? std::vector<int>() : found->second)
        if (leaver != drop_[i] || !entity.swapped) before(leaver, entity.fate == Fate::alter ? change_[i] : dummy_or_make(i));
    }
  }
}

void Planner::connect_needs(int i) {
  const Entity& entity = entities_[i];
  for (const int need : entity.from_needs) {
    const Entity& other = entities_[need];
    if (is_heritage(i, need)) continue;
    if (drop_[i] != kNone) {
      const bool empty = empty_step_[i] != kNone && !dummy_needs(*entity.from, need);
      before(empty ? empty_step_[i] : drop_[i], drop_[need]);
      if (aside_[steps_[drop_[i]].entity] == kNone) before(drop_[i], aside_[need]);
      if (proves_not_null(entity, other)) before(change_[need], drop_[i]);
      else if (hinders(*entity.from, other.object().key.kind)) before(drop_[i], change_[need]);
    }
    // What is altered lets go of what is dropped.
    if (change_[i] != kNone && other.goes()) before(park_[i] != kNone ? park_[i] : change_[i], drop_[need]);
  }
  if (empty_step_[i] != kNone) before(empty_step_[i], drop_[i]);
  for (const int need : entity.to_needs) {
    if (is_heritage(i, need)) continue;
    // Those that need a view in a knot are content with its dummy, unless they would keep its rows.
    const int needed = entity.to->key.kind == Kind::materialized_view ? make_[need] : dummy_or_make(need);
    for (const int step : {make_[i], change_[i]}) {
      before(needed, step);
      before(change_[need], step);
    }
    if (dummy_step_[i] != kNone && dummy_needs(*entity.to, need)) {
      before(dummy_or_make(need), dummy_step_[i]);
      before(change_[need], dummy_step_[i]);
    }
  }
  if (dummy_step_[i] != kNone) before(dummy_step_[i], make_[i]);
}

// What a view without its query, or a function without its body, still needs.
bool Planner::dummy_needs(const Object& object, int need) const {
  const Key& key = entities_[need].object().key;
  switch (key.kind) {
    case Kind::schema:
    case Kind::extension:
    case Kind::enum_type:
    case Kind::composite_type:
    case Kind::domain:
    case Kind::range_type:
    case Kind::collation: return true;
    default: return object.key.kind == Kind::function && (object.get("arguments") + " " + object.get("returns")).find(qualified_name(key)) != std::string::npos;
  }
}

void Planner::connect_own(int i) {
  before(park_[i], change_[i]);
  if (aside_[i] != kNone) {
    before(aside_[i], make_[i]);
    before(make_[i], drop_[i]);  // the old one goes last
    for (const int user : entities_[i].from_users) before(change_[user], drop_[i]);
    return;
  }
  // The parts of what is set aside stay with it.
  if (drop_[i] != kNone && aside_[steps_[drop_[i]].entity] != kNone) return;
  before(drop_[i], dummy_or_make(i));
}

// A part of a partition follows the same part of the table above.
void Planner::connect_inherited(int i) {
  const int above = entities_.inherited_from(i);
  if (above == kNone) {
    return;
  }
  before(change_[above], change_[i]);
  before(change_[i], make_[above]);  // merged with what is there
  if (drop_[i] != drop_[above]) before(drop_[above], drop_[i]);
  for (const int user : entities_[i].from_users)
    if (drop_[user] != kNone) before(drop_[user], change_[above]);
  for (const int user : entities_[i].to_users) before(change_[above], make_[user]);
}

std::vector<int> Planner::parts_of(int table) const {
  std::vector<int> parts;
  const Key& key = entities_[table].object().key;
  for (const Model* model : {&entities_.from(), &entities_.to()})
    for (const Object* object : model->children_of({key.kind, key.schema, "", key.name}))
      if (object->key.kind == Kind::column || object->key.kind == Kind::column_default || object->key.kind == Kind::constraint) parts.push_back(entities_.find(object->key));
  return parts;
}

bool Planner::is_heritage(int table, int need) const {
  if (leave_[table] == kNone && join_[table] == kNone) return false;
  const Heritage heritage = entities_.heritage_of(table);
  for (const auto& parents : {heritage.left, heritage.joined})
    if (std::find(parents.begin(), parents.end(), need) != parents.end()) return true;
  return false;
}

// A table leaves its parents before anything happens to them, and joins others when both have what they will have.
void Planner::connect_heritage(int i) {
  if (leave_[i] == kNone && join_[i] == kNone) return;
  const Heritage heritage = entities_.heritage_of(i);
  before(leave_[i], change_[i]);
  before(change_[i], join_[i]);
  for (const int part : parts_of(i)) {
    for (const int step : {drop_[part], change_[part]}) before(leave_[i], step);
    for (const int step : {drop_[part], change_[part], make_[part]}) before(step, join_[i]);
  }
  for (const int parent : heritage.left) {
    if (parent == kNone) continue;
    before(leave_[i], drop_[parent]);
    for (const int part : parts_of(parent))
      for (const int step : {drop_[part], change_[part], make_[part]}) before(leave_[i], step);
  }
  for (const int parent : heritage.joined) {
    if (parent == kNone) continue;
    before(make_[parent], join_[i]);
    for (const int part : parts_of(parent))
      for (const int step : {drop_[part], change_[part], make_[part]}) before(step, join_[i]);
  }
}

// What holds rows of the table (or values of the composite type) is out of the way while a column of it changes, and back in it with the
// same columns: none is added or dropped in between.
void Planner::connect_holders(int i) {
  const Entity& column = entities_[i];
  if (column.fate != Fate::alter || !changes_type(column)) return;
  const int whole = entities_.owner_before(i);
  if (whole == kNone) return;
  for (const int holder : entities_.columns_holding(whole, Side::before)) {
    before(park_[holder], change_[i]);
    before(drop_[holder], change_[i]);
    if (!entities_[holder].parked) before(change_[holder], change_[i]);
  }
  for (const int holder : entities_.columns_holding(whole, Side::after)) {
    before(change_[i], make_[holder]);
    if (!entities_[holder].parked) continue;
    before(change_[i], change_[holder]);
    for (const Model* model : {&entities_.from(), &entities_.to()})
      for (const Object* part : model->children_of(column.to->key.kind == Kind::column ? entities_[whole].object().key : Key{Kind::composite_type, column.to->key.schema, "", column.to->key.parent})) {
        const int sibling = entities_.find(part->key);
        if (part->key.kind != column.to->key.kind || entities_[sibling].fate == Fate::alter) continue;
        before(change_[holder], drop_[sibling]);
        before(change_[holder], make_[sibling]);
      }
  }
}

// A sequence can change its owner only while it belongs to no column.
void Planner::connect_sequence_owner(int i) {
  const int sequence = entities_.owner_after(i) != kNone ? entities_.owner_after(i) : entities_.owner_before(i);
  const auto table_of = [&](int column, Side side) { return column == kNone ? kNone : side == Side::before ? entities_.owner_before(column) : entities_.owner_after(column); };
  if (const int table = table_of(entities_.column_of(i, Side::before), Side::before); table != kNone && drop_[i] != drop_[table]) before(drop_[i], change_[table]);
  if (const int table = table_of(entities_.column_of(i, Side::after), Side::after); table != kNone) before(change_[table], make_[i]);
  if (sequence == kNone) return;
  if (drop_[i] != drop_[sequence]) before(drop_[i], change_[sequence]);
  before(change_[sequence], make_[i]);
}

// A table that is logged cannot refer to one that is not.
void Planner::connect_persistence(int i) {
  const Entity& key = entities_[i];
  if (!key.stays() || key.to->get("type") != "f") return;
  const auto [schema, name] = split_name(key.to->get("references"));
  const int table = entities_.owner_after(i), other = entities_.find({Kind::table, schema, "", name});
  if (table == kNone || other == kNone || entities_[table].fate != Fate::alter || entities_[other].fate != Fate::alter || !changes(entities_[other], "unlogged")) return;
  if (entities_[other].to->has("unlogged")) before(change_[table], change_[other]);
  else before(change_[other], change_[table]);
}

}  // namespace strata::schema
