#include "schema/model.hpp"

#include <algorithm>
#include <array>

namespace strata::schema {
namespace {

constexpr std::array<std::string_view, kKindCount> kNames = {
    "schema",        "extension",         "language",        "collation",        "conversion",         "enum type",        "composite type",
    "attribute",     "domain",            "domain constraint", "range type",     "function",           "aggregate",        "operator",
    "operator family", "operator class",  "cast",            "text search parser", "text search template", "text search dictionary",
    "text search configuration", "foreign-data wrapper", "server", "user mapping", "sequence",         "table",            "foreign table",
    "column",        "column default",    "partition",       "sequence owner",   "view",               "materialized view", "view column",
    "index",         "constraint",        "index attachment", "replica identity", "clustering",        "statistics",       "rule",
    "trigger",       "policy",            "publication",     "event trigger",    "default privileges"};

bool less_key(const Object& a, const Object& b) { return a.key < b.key; }

}  // namespace

std::string_view name_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_named(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kNames.begin());
}

std::string qualified_name(const Key& key) { return key.schema.empty() ? key.name : key.schema + "." + key.name; }

std::string qualified_parent(const Key& key) { return key.schema.empty() ? key.parent : key.schema + "." + key.parent; }

std::string title_of(const Key& key) {
  const std::string kind(name_of(key.kind));
  switch (key.kind) {
    case Kind::attribute:
    case Kind::column:
    case Kind::column_default:
    case Kind::view_column:
      return kind + " " + qualified_parent(key) + "." + key.name;
    case Kind::domain_constraint:
    case Kind::constraint:
    case Kind::rule:
    case Kind::trigger:
    case Kind::policy:
      return kind + " " + key.name + " on " + qualified_parent(key);
    default:
      return kind + " " + qualified_name(key);
  }
}

const std::string* Properties::find(std::string_view name) const {
  for (const Pair& pair : pairs_)
    if (pair.first == name) return &pair.second;
  return nullptr;
}

const std::string& Properties::get(std::string_view name) const {
  static const std::string nothing;
  const std::string* found = find(name);
  return found ? *found : nothing;
}

void Properties::set(std::string name, std::string value) {
  const auto place = std::lower_bound(pairs_.begin(), pairs_.end(), name, [](const Pair& pair, const std::string& wanted) { return pair.first < wanted; });
  if (place != pairs_.end() && place->first == name)
    place->second = std::move(value);
  else
    pairs_.insert(place, {std::move(name), std::move(value)});
}

void Properties::erase(std::string_view name) {
  std::erase_if(pairs_, [&](const Pair& pair) { return pair.first == name; });
}

Model::Model(std::vector<Object> objects, std::vector<NotCompared> not_compared) : not_compared_(std::move(not_compared)) {
  if (!std::is_sorted(objects.begin(), objects.end(), less_key)) std::stable_sort(objects.begin(), objects.end(), less_key);
  objects_.reserve(objects.size());
  for (Object& object : objects) {
    if (!objects_.empty() && objects_.back().key == object.key)
      objects_.back() = std::move(object);
    else
      objects_.push_back(std::move(object));
  }
  std::sort(not_compared_.begin(), not_compared_.end());
}

const Object* Model::find(const Key& key) const {
  const auto found = std::lower_bound(objects_.begin(), objects_.end(), key, [](const Object& object, const Key& wanted) { return object.key < wanted; });
  return found != objects_.end() && found->key == key ? &*found : nullptr;
}

std::vector<const Object*> Model::children_of(const Key& parent) const {
  std::vector<const Object*> children;
  for (int kind = 0; kind < kKindCount; kind++) {
    const Key first{static_cast<Kind>(kind), parent.schema, parent.name, ""};
    auto at = std::lower_bound(objects_.begin(), objects_.end(), first, [](const Object& object, const Key& wanted) { return object.key < wanted; });
    for (; at != objects_.end() && at->key.kind == first.kind && at->key.schema == first.schema && at->key.parent == first.parent; ++at)
      if (!parent.name.empty()) children.push_back(&*at);
  }
  std::stable_sort(children.begin(), children.end(), [](const Object* a, const Object* b) {
    return a->key.kind != b->key.kind ? a->key.kind < b->key.kind : a->position < b->position;
  });
  return children;
}

}  // namespace strata::schema
