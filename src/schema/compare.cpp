#include "schema/compare.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "schema/entity.hpp"
#include "schema/names.hpp"

namespace strata::schema {
namespace {

std::string value_text(const std::string* value) { return !value ? "(none)" : value->empty() ? "(empty)" : *value; }

std::string changes_of(const Object& present, const Object& desired) {
  std::set<std::string> names;
  for (const auto& [name, _] : present.properties) names.insert(name);
  for (const auto& [name, _] : desired.properties) names.insert(name);
  std::string text;
  for (const std::string& name : names) {
    const std::string *before = present.properties.find(name), *after = desired.properties.find(name);
    if ((!is_compared(name) && !(name == "inherited" && present.key.kind == Kind::column)) || (before && after && *before == *after)) continue;
    if (!text.empty()) text += '\n';
    text += name + ": " + value_text(before) + " -> " + value_text(after);
  }
  return text;
}

// Is the whole that it is a part of there on one side only?
bool told_with_its_whole(const Key& key, const Model& model, const Model& other) {
  const Key owner = owner_of(key, model);
  return !owner.name.empty() && model.find(owner) && !other.find(owner);
}

const std::set<std::string>& properties_by_name() {
  static const std::set<std::string> names = {"owner", "privileges", "comment"};
  return names;
}

// What is left out is left out with its parts.
bool leaves_out(const Scope& scope, const Key& key, const Model& model) {
  if (scope.ignores(std::string(name_of(key.kind))) || (key.kind == Kind::default_privileges && scope.ignores("privileges"))) return true;
  const Key owner = owner_of(key, model);
  return !owner.name.empty() && leaves_out(scope, owner, model);
}

// One property as it is at present, or not said at all of what is not there yet.
void take_over(Object& object, const Object* present, const char* property) {
  const std::string* value = present ? present->properties.find(property) : nullptr;
  if (value) object.properties.set(property, *value);
  else object.properties.erase(property);
}

}  // namespace

std::string_view name_of(Difference difference) {
  switch (difference) {
    case Difference::missing: return "missing";
    case Difference::unexpected: return "unexpected";
    case Difference::changed: return "changed";
  }
  return {};
}

std::vector<Finding> compare(const Model& present, const Model& desired) {
  std::vector<Finding> findings;
  auto a = present.objects().begin(), b = desired.objects().begin();
  while (a != present.objects().end() || b != desired.objects().end()) {
    if (b == desired.objects().end() || (a != present.objects().end() && a->key < b->key)) {
      if (!told_with_its_whole(a->key, present, desired)) findings.push_back({a->key, Difference::unexpected, ""});
      ++a;
    } else if (a == present.objects().end() || b->key < a->key) {
      if (!told_with_its_whole(b->key, desired, present)) findings.push_back({b->key, Difference::missing, ""});
      ++b;
    } else {
      if (!equal(*a, *b)) findings.push_back({a->key, Difference::changed, changes_of(*a, *b)});
      ++a, ++b;
    }
  }
  return findings;
}

Scope::Scope(const std::vector<std::string>& ignored) {
  for (const std::string& name : ignored) {
    if (!kind_named(name) && !properties_by_name().contains(name))
      throw Error(sqlstate::invalid_parameter, "nothing is called " + quoted(name) + " in a comparison")
          .with_hint("ignore names kinds as migrate_diff shows them (trigger, column default, ...), or owner, privileges, comment.");
    ignored_.insert(name);
  }
}

Model within(const Scope& scope, const Model& desired, const Model& present) {
  if (scope.empty()) return desired;
  std::vector<Object> objects;
  for (const Object& object : desired.objects())
    if (!leaves_out(scope, object.key, desired)) objects.push_back(object);
  for (const Object& object : present.objects())
    if (leaves_out(scope, object.key, present)) objects.push_back(object);
  for (Object& object : objects) {
    const Object* before = present.find(object.key);
    if (scope.ignores("owner")) take_over(object, before, "owner");
    if (scope.ignores("privileges")) take_over(object, before, "acl");
    if (scope.ignores("comment")) {
      take_over(object, before, "comment");
      take_over(object, before, "index_comment");
    }
  }
  return Model(std::move(objects), desired.not_compared());
}

}  // namespace strata::schema
