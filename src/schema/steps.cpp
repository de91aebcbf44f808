#include "schema/steps_planner.hpp"

#include <algorithm>

namespace strata::schema {

bool is_index(const Object& object) {
  const std::string& type = object.get("type");
  return object.key.kind == Kind::index || (object.key.kind == Kind::constraint && (type == "p" || type == "u" || type == "x"));
}

bool can_be_dummy(const Object& object) { return object.key.kind == Kind::view || (object.key.kind == Kind::function && object.has("sql_body")); }

Planner::Planner(Entities& entities)
    : entities_(entities), apart_before_(entities.size(), false), apart_after_(entities.size(), false), dummy_(entities.size(), false), emptied_(entities.size(), false) {
  for (int i = 0; i < entities.size(); i++)
    if (entities[i].from && entities[i].from->has("references")) keys_to_[entities[i].from->get("references")].push_back(i);
}

std::vector<Step> Planner::run() {
  for (;;) {
    lay_out();
    connect();
    auto knots = order_->knots();
    for (auto& knot : knots) std::erase_if(knot, [&](int number) { return number >= static_cast<int>(steps_.size()); });
    if (knots.empty() || !(cut(knots) || stop_replacing(knots))) break;
  }
  std::vector<std::string> ranks;
  for (const Step& step : steps_) ranks.push_back(rank(step));
  ranks.resize(steps_.size() + bounds_.size());
  std::vector<Step> ordered;
  for (const int number : order_->sorted(ranks))
    if (number < static_cast<int>(steps_.size())) ordered.push_back(std::move(steps_[number]));
  return ordered;
}

void Planner::lay_out() {
  steps_.clear();
  const auto none = std::vector<int>(entities_.size(), kNone);
  drop_ = aside_ = park_ = leave_ = dummy_step_ = empty_step_ = make_ = change_ = join_ = none;
  for (int i = 0; i < entities_.size(); i++) {
    const Entity& entity = entities_[i];
    if (entity.goes() && whole_before(i) == kNone) drop_[i] = add(Verb::drop, i);
    if (entity.goes() && emptied_[i]) empty_step_[i] = add(Verb::empty, i);
    if (entity.swapped && entity.fate == Fate::remake) aside_[i] = add(Verb::set_aside, i);
    if (entity.comes() && !comes_from_above(i) && whole_after(i) == kNone) make_[i] = add(Verb::create, i);
    if (entity.comes() && dummy_[i]) dummy_step_[i] = add(Verb::create_dummy, i);
    if (entity.fate != Fate::alter) continue;
    change_[i] = add(Verb::alter, i);
    if (entity.parked && (entities_.inherited_from(i) == kNone || !entities_[entities_.inherited_from(i)].parked)) park_[i] = add(Verb::park, i);
    const Heritage heritage = entities_.heritage_of(i);
    if (!heritage.left.empty()) leave_[i] = add(Verb::leave, i);
    if (!heritage.joined.empty()) join_[i] = add(Verb::join, i);
  }
  for (int i = 0; i < entities_.size(); i++) {
    if (entities_[i].goes()) join(drop_, i, &Planner::whole_before);
    if (entities_[i].comes() && !comes_from_above(i)) join(make_, i, &Planner::whole_after);
  }
}

int Planner::add(Verb verb, int entity) {
  steps_.push_back({verb, entity, {}});
  return static_cast<int>(steps_.size()) - 1;
}

void Planner::join(std::vector<int>& step_of, int part, int (Planner::*whole_of)(int) const) {
  int whole = part;
  for (int next = (this->*whole_of)(whole); next != kNone && next != whole; next = (this->*whole_of)(whole)) whole = next;
  if (whole == part || step_of[whole] == kNone) return;
  step_of[part] = step_of[whole];
  steps_[step_of[whole]].parts.push_back(part);
}

int Planner::whole_before(int i) const {
  const Entity& entity = entities_[i];
  if (apart_before_[i]) return kNone;
  const Kind kind = entity.from->key.kind;
  if (kind == Kind::constraint)
    if (const int above = foreign_key_above(i); above != kNone && goes_by_itself(above)) return above;
  // Foreign keys hold on to the partitions of the table that they refer to until these are detached.
  if (kind == Kind::partition && is_referenced_above(i)) return kNone;
  if (kind == Kind::index_attachment) {  // goes with the partition before any of the indexes
    if (const int partition = entities_.partition_of(i); partition != kNone && entities_[partition].goes()) return partition;
    if (const int lower = entities_.lower_index(i, Side::before); lower != kNone && entities_[lower].goes()) return lower;
    if (const int upper = entities_.upper_index(i, Side::before); upper != kNone && entities_[upper].goes()) return upper;
  }
  if (const int owner = entities_.owner_before(i); owner != kNone && entities_[owner].goes()) return owner;
  if (kind == Kind::sequence) {  // goes with the column that it belongs to
    const int belongs = entities_.find({Kind::sequence_owner, entity.from->key.schema, "", entity.from->key.name});
    if (belongs != kNone && entities_[belongs].from)
      for (const int need : entities_[belongs].from_needs)
        if (entities_[need].object().key.kind == Kind::column && entities_[need].goes()) return need;
  }
  if (entity.from->has("cloned"))  // a trigger that the one of the partitioned table has made
    for (const int need : entity.from_needs)
      if ((entities_[need].object().key.kind == Kind::trigger || entities_[need].object().key.kind == Kind::partition) && entities_[need].goes()) return need;
  // The index of a partition goes with that of the partitioned table.
  if (const int upper = upper_before(i); upper != kNone && entities_[upper].goes()) return upper;
  if (const int above = entities_.inherited_from(i); above != kNone && entities_[above].goes() && entity.from->has("inherited") && !entities_.is_left_to_heirs(above)) return above;
  return kNone;
}

int Planner::whole_after(int i) const {
  const Entity& entity = entities_[i];
  if (apart_after_[i]) return kNone;
  const Object& object = *entity.to;
  const int owner = entities_.owner_after(i);
  const bool owner_comes = owner != kNone && entities_[owner].comes();
  switch (object.key.kind) {
    case Kind::column:
    case Kind::attribute:
    case Kind::domain_constraint:
    case Kind::view_column:
    case Kind::column_default:
      if (owner_comes) return owner;
      break;
    case Kind::constraint:
      if (object.get("type") == "f" || is_taken_for_another(i)) return kNone;
      if (owner_comes && !object.has("not_valid") && !(is_index(object) && entities_[owner].to->has("partition_key"))) return owner;
      break;
    case Kind::index_attachment:
      if (const int partition = entities_.partition_of(i); partition != kNone && entities_[partition].comes()) {
        const int upper = entities_.upper_index(i, Side::after);
        if (upper != kNone && !entities_[upper].comes()) return partition;  // ATTACH PARTITION attaches it
      }
      return kNone;
    default: break;
  }
  return entities_.inherited_from(i) != kNone && entities_[entities_.inherited_from(i)].comes() ? entities_.inherited_from(i) : kNone;
}

// CREATE TABLE leaves out a UNIQUE constraint that says what another one of its constraints says (transformIndexConstraints).
bool Planner::is_taken_for_another(int i) const {
  const Object& object = *entities_[i].to;
  const auto columns = [](const Object& constraint) { return constraint.get("definition").substr(constraint.get("definition").find('(')); };
  if (object.get("type") != "u") return false;
  const auto siblings = entities_.to().children_of(entities_[entities_.owner_after(i)].to->key);
  return std::any_of(siblings.begin(), siblings.end(), [&](const Object* sibling) {
    return sibling != &object && sibling->key.kind == Kind::constraint && (sibling->get("type") == "p" || sibling->get("type") == "u") && columns(*sibling) == columns(object);
  });
}

// The foreign keys of a partition come with those of the partitioned table, or with the attachment.
bool Planner::comes_from_above(int i) const {
  const Object& object = *entities_[i].to;
  if (object.get("type") != "f" || !object.has("inherited")) return false;
  const int partition = entities_.partition_of(i);
  return partition != kNone && entities_[partition].to;
}

// The index of the partitioned table to which an index of a partition is attached before.
int Planner::upper_before(int i) const {
  const int attachment = is_index(*entities_[i].from) ? entities_.attachment_of(i, Side::before) : kNone;
  if (attachment == kNone) return kNone;
  const int partition = entities_.partition_of(i);
  if (partition != kNone && entities_[partition].goes()) return kNone;
  return entities_.upper_index(attachment, Side::before);
}

// Does a foreign key that stays, or goes by itself, refer to the partitioned table of this partition, which stays?
bool Planner::is_referenced_above(int partition) const {
  const int table = upper_table_before(partition);
  return table != kNone && !entities_[table].goes() && !foreign_keys_to(table).empty();
}

int Planner::upper_table_before(int partition) const {
  const std::string& parent = entities_[partition].from->get("parent");
  for (const int need : entities_[partition].from_needs) {
    const Object& object = entities_[need].object();
    if (object.key.kind == Kind::table && qualified_name(object.key) == parent) return need;
  }
  return kNone;
}

const std::vector<int>& Planner::foreign_keys_to(int table) const {
  static const std::vector<int> none;
  const auto found = keys_to_.find(qualified_name(entities_[table].object().key));
  return found == keys_to_.end() ? none : found->second;
}

bool Planner::goes_by_itself(int foreign_key) const {
  const int table = entities_.owner_before(foreign_key);
  return entities_[foreign_key].goes() && (apart_before_[foreign_key] || table == kNone || !entities_[table].goes());
}

// The foreign key of the partitioned table that this one of a partition belongs to.
int Planner::foreign_key_above(int i) const {
  const Object& object = *entities_[i].from;
  const int partition = object.has("inherited") && object.get("type") == "f" ? entities_.partition_of(i) : kNone;
  if (partition == kNone || !entities_[partition].from) return kNone;
  const int table = upper_table_before(partition);
  if (table == kNone) return kNone;
  const Key& above = entities_[table].object().key;
  const int found = entities_.find({Kind::constraint, above.schema, above.name, object.key.name});
  return found != kNone && entities_[found].from ? found : kNone;
}

std::vector<Step> ordered_steps(Entities& entities) { return Planner(entities).run(); }

}  // namespace strata::schema
