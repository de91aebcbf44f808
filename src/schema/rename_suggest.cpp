// What looks like a rename: everything but the name is the same, and no other pair looks like it.
#include <map>
#include <set>

#include "schema/entity.hpp"
#include "schema/names.hpp"
#include "schema/rename.hpp"

namespace strata::schema {
namespace {

bool may_be_suggested(Kind kind) {
  switch (kind) {
    case Kind::enum_type:
    case Kind::composite_type:
    case Kind::attribute:
    case Kind::domain:
    case Kind::domain_constraint:
    case Kind::range_type:
    case Kind::function:
    case Kind::aggregate:
    case Kind::sequence:
    case Kind::table:
    case Kind::foreign_table:
    case Kind::column:
    case Kind::view:
    case Kind::materialized_view:
    case Kind::index:
    case Kind::constraint:
    case Kind::statistics:
    case Kind::rule:
    case Kind::trigger:
    case Kind::policy: return true;
    default: return false;
  }
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80; }

// The text with a sign for each place where the name stands as a word.
std::string without_name(const std::string& text, const std::string& name) {
  std::string result;
  std::size_t begin = 0;
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    if (at < begin) continue;
    const std::size_t end = at + name.size();
    const bool inside = name.front() != '"' && ((at > 0 && (is_word(text[at - 1]) || text[at - 1] == '"')) || (end < text.size() && (is_word(text[end]) || text[end] == '"')));
    if (inside) continue;
    result.append(text, begin, at - begin).append("\1");
    begin = end;
  }
  return result.append(text, begin);
}

// What it is but for its name, and what is only said about it.
std::string features(const Object& object, const Model& model) {
  static const std::set<std::string> said = {"owner", "comment", "acl", "identity_sequence"};
  const std::string name = name_alone(object.key);
  std::string text;
  for (const auto& [property, value] : object.properties)
    if (!said.contains(property) && is_compared(property)) text += property + '\2' + without_name(value, name) + '\3';
  if (object.key.kind == Kind::column)
    if (const Object* expression = model.find({Kind::column_default, object.key.schema, object.key.parent, object.key.name})) text += "default\2" + expression->get("expression") + '\3';
  return text;
}

std::string fingerprint(const Object& object, const Model& model) {
  const Key& key = object.key;
  std::string text = std::string(name_of(key.kind)) + '\3' + key.schema + '\3' + key.parent + '\3' + key.name.substr(name_alone(key).size()) + '\3' + features(object, model);
  switch (key.kind) {
    case Kind::table:
    case Kind::foreign_table:
    case Kind::composite_type:
    case Kind::domain: break;
    default: return text;
  }
  std::set<std::string> parts;
  for (const Object* part : model.children_of(key))
    if (part->key.kind == Kind::column || part->key.kind == Kind::attribute || part->key.kind == Kind::domain_constraint) parts.insert(part->key.name + '\2' + features(*part, model));
  if (parts.empty() && key.kind != Kind::domain) return {};
  for (const std::string& part : parts) text += part + '\4';
  return text;
}

// On one side only, and not because its table is.
std::vector<const Object*> alone(const Model& model, const Model& other) {
  std::set<std::string> owned;
  for (const Object& object : model.objects())
    if (object.key.kind == Kind::sequence_owner) owned.insert(qualified_name(object.key));
  std::vector<const Object*> all;
  for (const Object& object : model.objects()) {
    if (!may_be_suggested(object.key.kind) || other.find(object.key) || object.has("inherited")) continue;
    const Key owner = owner_of(object.key, model);
    if (!owner.name.empty() && !other.find(owner)) continue;
    if (object.key.kind == Kind::sequence && owned.contains(qualified_name(object.key))) continue;
    all.push_back(&object);
  }
  return all;
}

std::string new_title(const Key& key) {
  switch (key.kind) {
    case Kind::column:
    case Kind::attribute: return qualified_parent(key) + "." + key.name;
    case Kind::constraint:
    case Kind::domain_constraint:
    case Kind::rule:
    case Kind::trigger:
    case Kind::policy: return key.name;
    default: return qualified_name(key);
  }
}

}  // namespace

std::vector<Suggestion> suggest_renames(const Model& live, const Model& desired) {
  struct Pair {
    std::vector<const Object*> dropped, added;
  };
  std::map<std::string, Pair> pairs;
  for (const Object* object : alone(live, desired)) pairs[fingerprint(*object, live)].dropped.push_back(object);
  for (const Object* object : alone(desired, live)) pairs[fingerprint(*object, desired)].added.push_back(object);
  std::map<Key, Suggestion> ordered;
  for (const auto& [print, pair] : pairs) {
    if (print.empty() || pair.dropped.size() != 1 || pair.added.size() != 1) continue;
    const Key &from = pair.dropped.front()->key, &to = pair.added.front()->key;
    ordered[from] = {from, to, title_of(from) + " may have become " + new_title(to) + ": write \"-- migrate:renamed " + name_alone(from) + "\" above it"};
  }
  std::vector<Suggestion> all;
  for (auto& [_, suggestion] : ordered) all.push_back(std::move(suggestion));
  return all;
}

}  // namespace strata::schema
