#include "schema/entity.hpp"

#include <algorithm>

#include "schema/canonical.hpp"
#include "schema/lists.hpp"
#include "schema/names.hpp"

namespace strata::schema {
namespace {

bool is_type(Kind kind) { return kind == Kind::enum_type || kind == Kind::composite_type || kind == Kind::domain || kind == Kind::range_type || kind == Kind::collation; }
bool is_column(Kind kind) { return kind == Kind::column || kind == Kind::attribute; }

// Is the column of the same type before and after, as its name goes?
bool keeps_type_name(const Entity& column) { return without_modifier(column.from->get("type")) == without_modifier(column.to->get("type")); }

bool changes_base_type(const Entity& column) {
  return column.type == TypeIdentity::made_anew || without_modifier(column.from->get("type")) != without_modifier(column.to->get("type"));
}

// More than columns between its parentheses, or a predicate.
bool has_expressions(const Object& index) {
  const std::string& definition = index.get("definition");
  const auto open = definition.find(" (");
  return definition.find(" WHERE (") != std::string::npos || (open != std::string::npos && definition.find('(', open + 2) != std::string::npos);
}

}  // namespace

bool changes_type(const Entity& column) {
  return column.type == TypeIdentity::made_anew ||
         (column.from && column.to && (column.from->get("type") != column.to->get("type") || column.from->get("collation") != column.to->get("collation")));
}

bool is_compared(const std::string& property) { return property != "inherited" && property != "references" && property != "unasked" && property != "usual_storage"; }

bool equal(const Object& from, const Object& to) {
  // No statement makes an own column of an inherited one and the other way round, but for those of the tables above: to be seen, not passed over.
  if (from.key.kind == Kind::column && from.has("inherited") != to.has("inherited")) return false;
  auto a = from.properties.begin(), b = to.properties.begin();
  for (;;) {
    while (a != from.properties.end() && !is_compared(a->first)) ++a;
    while (b != to.properties.end() && !is_compared(b->first)) ++b;
    if (a == from.properties.end() || b == to.properties.end()) return a == from.properties.end() && b == to.properties.end();
    if (a->first != b->first) return false;
    if (a->second != b->second && canonical_text(a->second) != canonical_text(b->second)) return false;
    ++a, ++b;
  }
}

Entities::Entities(const Model& from, const Model& to) : from_(from), to_(to) {
  match();
  settle();
}

int Entities::find(const Key& key) const {
  const auto found = std::lower_bound(all_.begin(), all_.end(), key, [](const Entity& entity, const Key& wanted) { return entity.object().key < wanted; });
  return found != all_.end() && found->object().key == key ? static_cast<int>(found - all_.begin()) : -1;
}

void Entities::match() {
  auto a = from_.objects().begin(), b = to_.objects().begin();
  while (a != from_.objects().end() || b != to_.objects().end()) {
    Entity entity;
    if (b == to_.objects().end() || (a != from_.objects().end() && a->key < b->key)) {
      entity.from = &*a++;
      entity.fate = Fate::drop;
    } else if (a == from_.objects().end() || b->key < a->key) {
      entity.to = &*b++;
      entity.fate = Fate::create;
    } else {
      entity.from = &*a++;
      entity.to = &*b++;
      entity.fate = equal(*entity.from, *entity.to) ? Fate::keep : is_alterable(*entity.from, *entity.to) ? Fate::alter : Fate::remake;
    }
    all_.push_back(std::move(entity));
  }
  std::vector<bool> has_parents(all_.size(), false);
  for (int i = 0; i < size(); i++) {
    const Key& key = all_[i].object().key;
    if ((all_[i].from && all_[i].from->has("inherits")) || (all_[i].to && all_[i].to->has("inherits"))) has_parents[i] = true;
    for (const Kind kind : {Kind::table, Kind::foreign_table})
      if (const int table = key.kind == Kind::partition ? find({kind, key.schema, "", key.name}) : -1; table >= 0) has_parents[table] = true;
  }
  may_inherit_.assign(all_.size(), false);
  for (int i = 0; i < size(); i++) {
    const auto numbers_of = [&](const Object* object) {
      std::vector<int> numbers;
      for (const Key& key : object ? object->needs : std::vector<Key>())
        if (const int number = find(key); number >= 0 && number != i) numbers.push_back(number);
      return numbers;
    };
    all_[i].from_needs = numbers_of(all_[i].from);
    all_[i].to_needs = numbers_of(all_[i].to);
    // What is a part of something needs it, whether the catalog says so or not.
    const int owner_then = owner_before(i), owner_later = owner_after(i);
    may_inherit_[i] = (owner_then >= 0 && has_parents[owner_then]) || (owner_later >= 0 && has_parents[owner_later]);
    if (const int owner = owner_then; owner >= 0 && std::find(all_[i].from_needs.begin(), all_[i].from_needs.end(), owner) == all_[i].from_needs.end()) all_[i].from_needs.push_back(owner);
    if (const int owner = owner_later; owner >= 0 && std::find(all_[i].to_needs.begin(), all_[i].to_needs.end(), owner) == all_[i].to_needs.end()) all_[i].to_needs.push_back(owner);
    for (const int need : all_[i].from_needs) all_[need].from_users.push_back(i);
    for (const int need : all_[i].to_needs) all_[need].to_users.push_back(i);
  }
  heirs_.resize(all_.size());
  for (int i = 0; i < size(); i++)
    if (all_[i].from && all_[i].from->has("inherits"))
      for (const int parent : parents_before(i)) heirs_[parent].push_back(i);
}

int Entities::owner_before(int number) const { return all_[number].from ? find(owner_of(all_[number].from->key, from_)) : -1; }
int Entities::owner_after(int number) const { return all_[number].to ? find(owner_of(all_[number].to->key, to_)) : -1; }

void Entities::remake(int number) {
  Entity& entity = all_[number];
  if (entity.fate != Fate::keep && entity.fate != Fate::alter) return;
  entity.fate = Fate::remake;
  pending_.push_back(number);
}

// Something that `number` stood upon is dropped, to come again or not.
void Entities::need_goes(int number, int need) {
  Entity& entity = all_[number];
  if (entity.fate != Fate::keep && entity.fate != Fate::alter) return;
  const bool still_needed = std::find(entity.to_needs.begin(), entity.to_needs.end(), need) != entity.to_needs.end();
  const Kind kind = entity.object().key.kind;
  if (is_column(kind) && is_type(all_[need].object().key.kind) && owner_before(number) != need && !entity.object().has("generated")) {
    if (!still_needed) return;  // goes over to another type by itself
    entity.type = TypeIdentity::made_anew;
    entity.fate = Fate::alter;
    // A range type leaves its constructors and its multirange behind when it gets another name.
    if (kind == Kind::column && all_[need].object().key.kind == Kind::range_type) entity.parked = true;
    else all_[need].swapped = true;
    pending_.push_back(number);
    return;
  }
  if (kind == Kind::sequence || kind == Kind::schema || kind == Kind::extension) return;
  if (entity.from->has("inherits") && all_[need].object().key.kind == Kind::table) {  // leaves its parent, and comes back
    entity.fate = Fate::alter;
    return;
  }
  if (entity.fate == Fate::alter && !still_needed) return;  // lets go of it by being altered
  remake(number);
}

// Does ALTER TYPE carry the constraint over as it is to be? Checks are built again from their text, which may get casts that nobody has
// written; of a foreign key all rows are looked through unless the values stay as they are.
bool is_carried_over(const Entity& constraint, const Entity& column) {
  const std::string& type = constraint.object().get("type");
  if (type == "p" || type == "u") return true;
  if (column.type == TypeIdentity::made_anew) return false;
  return type == "f" && !requires_rewrite(column.from->get("type"), column.to->get("type"));
}

// The type of a column changes: what PostgreSQL does not carry over (ATExecAlterColumnType) is made anew.
void Entities::column_changes(int column) {
  const bool base = changes_base_type(all_[column]);
  for (const int user : all_[column].from_users) {
    Entity& entity = all_[user];
    if (entity.fate != Fate::keep && entity.fate != Fate::alter) continue;
    const bool still_needed = std::find(entity.to_needs.begin(), entity.to_needs.end(), column) != entity.to_needs.end();
    switch (entity.object().key.kind) {
      case Kind::view:
      case Kind::materialized_view:
      case Kind::rule:
      case Kind::policy:
      case Kind::trigger:
      case Kind::function:
      case Kind::publication:
        if (still_needed || entity.fate == Fate::keep) remake(user);
        break;
      case Kind::column:
        if (entity.object().has("generated")) remake(user);
        break;
      case Kind::column_default:
        if (base) remake(user);
        break;
      case Kind::constraint:
        if (all_[column].parked || (base && !is_carried_over(entity, all_[column]))) remake(user);
        break;
      case Kind::index:
        if (all_[column].parked || (base && has_expressions(entity.object()))) remake(user);
        break;
      case Kind::statistics:
        if (all_[column].parked) remake(user);
        break;
      default: break;
    }
  }
  row_type_changes(column);
}

// The type of a column cannot change while anything holds rows of its table: those columns are text in between.
void Entities::row_type_changes(int column) {
  const int whole = owner_before(column);
  if (whole < 0 || !all_[whole].stays()) return;
  for (const int holder : columns_holding(whole, Side::before)) {
    Entity& entity = all_[holder];
    if (!entity.stays() || entity.parked || owner_before(holder) == whole || !keeps_type_name(entity)) continue;
    entity.parked = true;
    entity.type = TypeIdentity::made_anew;
    entity.fate = Fate::alter;
    pending_.push_back(holder);
  }
}

// What is said of a column reaches those that inherit it, and they may have to say it again.
void Entities::settle_heirs() {
  for (int i = 0; i < size(); i++) {
    if (all_[i].fate != Fate::keep || all_[i].object().key.kind != Kind::column || !all_[i].to->has("inherited")) continue;
    const int above = inherited_from(i);
    if (above < 0 || all_[above].fate != Fate::alter) continue;
    const Entity& column = all_[above];
    const bool nullable = column.from->has("not_null") && !column.to->has("not_null") && all_[i].to->has("not_null");
    const bool stored = changes_type(column) && (all_[i].to->has("storage") || all_[i].to->has("compression"));
    if (nullable || stored) all_[i].fate = Fate::alter;
  }
}

// A sequence follows the owner of its table, so it is nobody's while both change to different ones.
void Entities::settle_sequence_owners() {
  for (int i = 0; i < size(); i++) {
    if (all_[i].object().key.kind != Kind::sequence_owner || all_[i].fate != Fate::alter) continue;
    const int sequence = owner_after(i), before = column_of(i, Side::before), after = column_of(i, Side::after);
    if (sequence < 0 || before < 0 || after < 0 || owner_before(before) == owner_after(after)) continue;
    const int table = owner_after(after);
    if (all_[sequence].from->get("owner") != all_[sequence].to->get("owner") || (table >= 0 && all_[table].from && all_[table].from->get("owner") != all_[table].to->get("owner"))) remake(i);
  }
}

// An index of a partition lives and dies with the one that it is attached to.
void Entities::settle_attachments() {
  for (int i = 0; i < size(); i++) {
    if (all_[i].object().key.kind != Kind::index_attachment || !all_[i].from) continue;
    const int upper = upper_index(i, Side::before), lower = lower_index(i, Side::before), partition = partition_of(i);
    if (upper < 0 || lower < 0) continue;
    if (partition >= 0 && all_[partition].goes()) {  // detached first
      remake(i);
      continue;
    }
    const int table = owner_before(lower);
    if (table >= 0 && all_[table].goes()) continue;
    if (upper_index(i, Side::after) != upper || lower_index(i, Side::after) != lower) remake(i);
    if (all_[upper].goes() || all_[lower].goes() || all_[i].goes()) {
      remake(upper);
      remake(lower);
      remake(i);
    }
  }
}

// ATTACH PARTITION takes the first index that is like one of the parent. What is not meant makes room and comes back afterwards.
void Entities::settle_local_indexes() {
  const auto columns = [](const Object& index) {
    const std::string& definition = index.get("definition");
    return definition.substr(std::min(definition.size(), definition.find(" USING ")));
  };
  for (int i = 0; i < size(); i++) {
    if (all_[i].object().key.kind != Kind::partition || !all_[i].comes()) continue;
    const int table = owner_after(i);
    if (table < 0 || !all_[table].stays()) continue;
    const auto [schema, name] = split_name(all_[i].to->get("parent"));
    std::vector<std::string> above;
    for (const Object* object : to_.children_of({Kind::table, schema, "", name}))
      if (object->key.kind == Kind::index && !all_[find(object->key)].comes()) above.push_back(columns(*object));
    if (above.empty()) continue;
    for (const Object* object : to_.children_of(all_[table].to->key)) {
      const int index = object->key.kind == Kind::index ? find(object->key) : -1;
      if (index >= 0 && attachment_of(index, Side::after) < 0 && std::find(above.begin(), above.end(), columns(*object)) != above.end()) remake(index);
    }
  }
}

void Entities::make_anew(int number) {
  remake(number);
  settle();
}

void Entities::settle() {
  settle_heirs();
  settle_sequence_owners();
  settle_local_indexes();
  for (int i = 0; i < size(); i++)
    if (all_[i].goes() || (all_[i].from && all_[i].to && is_column(all_[i].object().key.kind) && changes_type(all_[i]))) pending_.push_back(i);
  for (;;) {
    while (!pending_.empty()) {
      const int number = pending_.back();
      pending_.pop_back();
      if (all_[number].goes()) {
        for (const int user : std::vector<int>(all_[number].from_users)) need_goes(user, number);
      } else {
        column_changes(number);
      }
    }
    settle_attachments();
    if (pending_.empty()) return;
  }
}

}  // namespace strata::schema
