#include "schema/entity.hpp"

#include <algorithm>

#include "schema/lists.hpp"

namespace strata::schema {
namespace {

std::vector<Key> parents(const Object* table, const Model& model) {
  std::vector<Key> keys;
  if (!table) return keys;
  const auto add = [&](const std::string& name) {
    const auto [schema, rest] = split_name(name);
    keys.push_back({Kind::table, schema, "", rest});
  };
  if (const Object* partition = model.find({Kind::partition, table->key.schema, "", table->key.name})) add(partition->get("parent"));
  for (const std::string& parent : split_list(table->get("inherits"))) add(parent);
  return keys;
}

}  // namespace

std::vector<int> Entities::find_parents(const Object* table, const Model& model) const {
  std::vector<int> numbers;
  for (const Key& key : parents(table, model))
    if (const int number = find(key); number >= 0) numbers.push_back(number);
  return numbers;
}

std::vector<int> Entities::parents_before(int table) const { return find_parents(all_[table].from, from_); }
std::vector<int> Entities::parents_after(int table) const { return find_parents(all_[table].to, to_); }

// INHERIT appends, and the order counts: all parents behind the first one that is another go, and those that are meant come.
Heritage Entities::heritage_of(int table) const {
  Heritage heritage;
  const Entity& entity = all_[table];
  if (!entity.from || !entity.to || !entity.stays() || (!entity.from->has("inherits") && !entity.to->has("inherits"))) return heritage;
  const std::vector<std::string> before = split_list(entity.from->get("inherits")), after = split_list(entity.to->get("inherits"));
  const auto number_of = [&](const std::string& parent) {
    const auto [schema, name] = split_name(parent);
    return find({Kind::table, schema, "", name});
  };
  std::vector<std::string> kept;
  auto next = before.begin();
  for (const std::string& parent : after) {
    const auto found = std::find(next, before.end(), parent);
    const int number = number_of(parent);
    if (found == before.end() || number < 0 || all_[number].goes()) break;
    kept.push_back(parent);
    next = found + 1;
  }
  const auto is_kept = [&](const std::string& parent) { return std::find(kept.begin(), kept.end(), parent) != kept.end(); };
  for (const std::string& parent : before)
    if (!is_kept(parent)) heritage.left.push_back(number_of(parent));
  for (const std::string& parent : after)
    if (!is_kept(parent)) heritage.joined.push_back(number_of(parent));
  return heritage;
}

int Entities::partition_of(int part) const {
  const Key& key = all_[part].object().key;
  return find({Kind::partition, key.schema, "", key.parent.empty() ? key.name : key.parent});
}

int Entities::inherited_from(int number) const {
  const Entity& part = all_[number];
  if (!may_inherit_[number]) return -1;
  // What a table has by itself as well is merged with the same of its parent.
  const Kind kind = part.object().key.kind;
  if (!part.object().has("inherited") && kind != Kind::column && (kind != Kind::constraint || part.object().get("type") != "c")) return -1;
  const int table = part.to ? owner_after(number) : owner_before(number);
  if (table < 0 || all_[table].fate == Fate::create || all_[table].fate == Fate::drop || all_[table].fate == Fate::remake) return -1;
  if (const int partition = partition_of(number); partition >= 0 && (all_[partition].goes() || all_[partition].comes())) return -1;
  const std::vector<int> before = parents_before(table), joined = heritage_of(table).joined;
  for (const int parent : parents_after(table)) {
    if (std::find(before.begin(), before.end(), parent) == before.end() || std::find(joined.begin(), joined.end(), parent) != joined.end()) continue;
    Key key = part.object().key;
    key.schema = all_[parent].object().key.schema;
    key.parent = all_[parent].object().key.name;
    if (const int found = find(key); found >= 0 && !all_[found].object().get("definition").ends_with(" NO INHERIT")) return found;
  }
  return -1;
}

bool Entities::is_left_to_heirs(int number) const {
  const Entity& part = all_[number];
  if (!part.goes() || (part.object().key.kind != Kind::column && part.object().key.kind != Kind::constraint)) return false;
  const int table = owner_before(number);
  if (table < 0 || !all_[table].stays()) return false;
  const Key& above = part.from->key;
  return std::any_of(heirs_[table].begin(), heirs_[table].end(), [&](int heir) {
    const Key& key = all_[heir].object().key;
    const std::vector<int> left = heritage_of(heir).left;
    const int same = find({above.kind, key.schema, key.name, above.name});
    if (!all_[heir].stays() || std::find(left.begin(), left.end(), table) != left.end() || same < 0 || !all_[same].from || !all_[same].from->has("inherited")) return false;
    return all_[same].stays() || is_left_to_heirs(same);
  });
}

bool Entities::ends_inherited(int column) const {
  const Entity& entity = all_[column];
  const int partition = partition_of(column), table = owner_after(column);
  if (partition >= 0 && all_[partition].to && (all_[partition].comes() || entity.from->has("inherited"))) return true;
  bool own = !entity.from->has("inherited");
  if (partition >= 0 && all_[partition].from && !all_[partition].to) return false;
  const auto same_in = [&](int parent) {
    const Key& key = all_[parent].object().key;
    const int same = find({Kind::column, key.schema, key.name, entity.from->key.name});
    return same >= 0 && all_[same].from ? same : -1;
  };
  const std::vector<int> left = heritage_of(table).left;
  int parents = 0;
  for (const int parent : parents_before(table)) parents += same_in(parent) >= 0;
  for (const int parent : parents_before(table)) {
    const int same = same_in(parent);
    if (same < 0) continue;
    const bool is_left = std::find(left.begin(), left.end(), parent) != left.end();
    if (is_left && --parents == 0) own = true;
    if (!is_left && all_[same].goes()) own = true;  // ALTER TABLE ONLY ... DROP COLUMN
  }
  return !own;
}

std::vector<int> Entities::columns_holding(int type, Side side) const {
  std::vector<int> columns;
  std::vector<bool> seen(all_.size(), false);
  collect_holding(type, side, columns, seen);
  return columns;
}

void Entities::collect_holding(int type, Side side, std::vector<int>& columns, std::vector<bool>& seen) const {
  if (seen[type]) return;
  seen[type] = true;
  const std::string name = qualified_name(all_[type].object().key);
  for (const int user : side == Side::before ? all_[type].from_users : all_[type].to_users) {
    const Object& object = *all_[user].on(side);
    const int owner = side == Side::before ? owner_before(user) : owner_after(user);
    if (owner == type) continue;
    std::string held = without_modifier(object.get("type"));
    if (held.ends_with("[]")) held.resize(held.size() - 2);
    if (object.key.kind == Kind::range_type) collect_holding(user, side, columns, seen);
    if (held != name) continue;
    if (object.key.kind == Kind::domain) collect_holding(user, side, columns, seen);
    if (object.key.kind == Kind::column) columns.push_back(user);
    if ((object.key.kind == Kind::column || object.key.kind == Kind::attribute) && owner >= 0) collect_holding(owner, side, columns, seen);
  }
}

int Entities::column_of(int sequence_owner, Side side) const {
  const Object* object = all_[sequence_owner].on(side);
  if (!object) return -1;
  for (const int need : side == Side::before ? all_[sequence_owner].from_needs : all_[sequence_owner].to_needs) {
    const Key& key = all_[need].object().key;
    if (key.kind == Kind::column && qualified_parent(key) + "." + key.name == object->get("column")) return need;
  }
  return -1;
}

int Entities::find_index(const Key& of_index, Side side) const {
  Key key = of_index;
  for (const Kind kind : {Kind::index, Kind::constraint}) {
    key.kind = kind;
    const int found = find(key);
    if (found >= 0 && all_[found].on(side)) return found;
  }
  return -1;
}

int Entities::upper_index(int attachment, Side side) const {
  const int partition = partition_of(attachment);
  if (partition < 0 || !all_[attachment].on(side) || !all_[partition].on(side)) return -1;
  const auto [schema, name] = split_name(all_[attachment].on(side)->get("to"));
  return find_index({Kind::index, schema, split_name(all_[partition].on(side)->get("parent")).second, name}, side);
}

int Entities::lower_index(int attachment, Side side) const { return find_index(all_[attachment].object().key, side); }

int Entities::attachment_of(int index, Side side) const {
  Key key = all_[index].object().key;
  key.kind = Kind::index_attachment;
  const int found = find(key);
  return found >= 0 && all_[found].on(side) ? found : -1;
}

}  // namespace strata::schema
