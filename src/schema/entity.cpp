#include "schema/entity.hpp"

#include <algorithm>

#include "schema/canonical.hpp"
#include "schema/lists.hpp"
#include "schema/names.hpp"

namespace strata::schema {
namespace {

bool is_type(Kind kind) { return kind == Kind::enum_type || kind == Kind::composite_type || kind == Kind::domain || kind == Kind::range_type || kind == Kind::collation; }
bool is_column(Kind kind) { return kind == Kind::column || kind == Kind::attribute; }

// public.t or "A"."b.c": where the schema ends
std::pair<std::string, std::string> split_name(const std::string& qualified) {
  std::size_t dot = std::string::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < qualified.size() && dot == std::string::npos; i++) {
    if (qualified[i] == '"') quoted = !quoted;
    else if (qualified[i] == '.' && !quoted) dot = i;
  }
  if (dot == std::string::npos) return {"", qualified};
  return {qualified.substr(0, dot), qualified.substr(dot + 1)};
}

// More than columns between its parentheses, or a predicate.
bool has_expressions(const Object& index) {
  const std::string& definition = index.get("definition");
  const auto open = definition.find(" (");
  return definition.find(" WHERE (") != std::string::npos || (open != std::string::npos && definition.find('(', open + 2) != std::string::npos);
}

bool changes_type(const Entity& column) {
  return column.type == TypeIdentity::made_anew ||
         (column.from && column.to && (column.from->get("type") != column.to->get("type") || column.from->get("collation") != column.to->get("collation")));
}

bool changes_base_type(const Entity& column) {
  return column.type == TypeIdentity::made_anew || without_modifier(column.from->get("type")) != without_modifier(column.to->get("type"));
}

}  // namespace

bool is_compared(const std::string& property) { return property != "inherited" && property != "references" && property != "unasked"; }

bool equal(const Object& from, const Object& to) {
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
    if (const int owner = owner_before(i); owner >= 0 && std::find(all_[i].from_needs.begin(), all_[i].from_needs.end(), owner) == all_[i].from_needs.end()) all_[i].from_needs.push_back(owner);
    if (const int owner = owner_after(i); owner >= 0 && std::find(all_[i].to_needs.begin(), all_[i].to_needs.end(), owner) == all_[i].to_needs.end()) all_[i].to_needs.push_back(owner);
    for (const int need : all_[i].from_needs) all_[need].from_users.push_back(i);
    for (const int need : all_[i].to_needs) all_[need].to_users.push_back(i);
  }
}

int Entities::owner_before(int number) const { return all_[number].from ? find(owner_of(all_[number].from->key, from_)) : -1; }
int Entities::owner_after(int number) const { return all_[number].to ? find(owner_of(all_[number].to->key, to_)) : -1; }

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

std::vector<int> Entities::parents_before(int table) const {
  std::vector<int> numbers;
  for (const Key& key : parents(all_[table].from, from_))
    if (const int number = find(key); number >= 0) numbers.push_back(number);
  return numbers;
}

std::vector<int> Entities::parents_after(int table) const {
  std::vector<int> numbers;
  for (const Key& key : parents(all_[table].to, to_))
    if (const int number = find(key); number >= 0) numbers.push_back(number);
  return numbers;
}

int Entities::partition_of(int part) const {
  const Key& key = all_[part].object().key;
  return find({Kind::partition, key.schema, "", key.parent.empty() ? key.name : key.parent});
}

int Entities::inherited_from(int number) const {
  const Entity& part = all_[number];
  if (!part.object().has("inherited")) return -1;
  const int table = part.to ? owner_after(number) : owner_before(number);
  if (table < 0 || all_[table].fate == Fate::create || all_[table].fate == Fate::drop || all_[table].fate == Fate::remake) return -1;
  if (const int partition = partition_of(number); partition >= 0 && (all_[partition].goes() || all_[partition].comes())) return -1;
  const std::vector<int> before = parents_before(table);
  for (const int parent : parents_after(table)) {
    if (std::find(before.begin(), before.end(), parent) == before.end()) continue;
    Key key = part.object().key;
    key.schema = all_[parent].object().key.schema;
    key.parent = all_[parent].object().key.name;
    if (const int found = find(key); found >= 0) return found;
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
  if (is_column(kind) && is_type(all_[need].object().key.kind) && !entity.object().has("generated")) {
    if (!still_needed) return;  // goes over to another type by itself
    entity.type = TypeIdentity::made_anew;
    entity.fate = Fate::alter;
    all_[need].swapped = true;
    pending_.push_back(number);
    return;
  }
  if (kind == Kind::sequence || kind == Kind::schema || kind == Kind::extension) return;
  if (entity.fate == Fate::alter && !still_needed) return;  // lets go of it by being altered
  remake(number);
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
        // ALTER TYPE builds the others again, but with casts in their expressions that nobody has written.
        if (base && entity.object().get("type") != "p" && entity.object().get("type") != "u") remake(user);
        break;
      case Kind::index:
        if (base && has_expressions(entity.object())) remake(user);
        break;
      default: break;
    }
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

void Entities::make_anew(int number) {
  remake(number);
  settle();
}

void Entities::settle() {
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
