#include "schema/trace.hpp"

#include <algorithm>

#include "schema/names.hpp"

namespace strata::schema {
namespace {

constexpr Kind kRelations[] = {Kind::table, Kind::view, Kind::materialized_view, Kind::foreign_table, Kind::sequence, Kind::index};

// What a model has, by names without quotes: relations by (schema, name), parts by (kind, schema, relation, name).
class Names {
 public:
  explicit Names(const Model& model) {
    for (const Object& object : model.objects()) {
      const Key& key = object.key;
      if (std::find(std::begin(kRelations), std::end(kRelations), key.kind) != std::end(kRelations)) relations_[{unquoted(key.schema), unquoted(key.name)}] = key.kind;
      if (key.kind == Kind::column || key.kind == Kind::constraint) parts_[{{key.kind, unquoted(key.schema)}, {unquoted(key.parent), unquoted(key.name)}}] = true;
    }
  }
  const Kind* relation(const std::string& schema, const std::string& name) const {
    const auto found = relations_.find({schema, name});
    return found == relations_.end() ? nullptr : &found->second;
  }
  bool has_part(Kind kind, const std::string& schema, const std::string& relation, const std::string& name) const {
    return parts_.contains({{kind, schema}, {relation, name}});
  }
  // The schema of a relation that is named without one; public first.
  std::string schema_of(const std::string& name) const {
    if (relation("public", name)) return "public";
    for (const auto& [key, kind] : relations_)
      if (key.second == name) return key.first;
    return "public";
  }

 private:
  std::map<std::pair<std::string, std::string>, Kind> relations_;
  std::map<std::pair<std::pair<Kind, std::string>, std::pair<std::string, std::string>>, bool> parts_;
};

using Place = std::pair<std::string, std::string>;  // schema, relation

// Present name -> first name, for all that was renamed.
struct Trace {
  std::map<Place, std::string> relations;
  std::map<std::pair<std::pair<Kind, Place>, std::string>, std::string> parts;  // by the first name of their relation

  std::string first_name(const Place& place) const {
    const auto found = relations.find(place);
    return found == relations.end() ? place.second : found->second;
  }

  template <typename Map, typename Key>
  static void move(Map& names, const Key& from, const Key& to, const std::string& present) {
    const auto found = names.find(from);
    const std::string first = found == names.end() ? present : found->second;
    if (found != names.end()) names.erase(found);
    names[to] = first;
  }

  void add(const RanRename& rename, const std::string& schema) {
    if (rename.what == RanRename::What::relation) {
      move(relations, Place{schema, rename.relation}, Place{schema, rename.new_name}, rename.relation);
      return;
    }
    const Kind kind = rename.what == RanRename::What::column ? Kind::column : Kind::constraint;
    const std::pair<Kind, Place> whole{kind, {schema, first_name({schema, rename.relation})}};
    move(parts, std::pair{whole, rename.old_name}, std::pair{whole, rename.new_name}, rename.old_name);
  }
};

const char* word_for(Kind kind) {
  switch (kind) {
    case Kind::view: return "VIEW";
    case Kind::materialized_view: return "MATERIALIZED VIEW";
    case Kind::foreign_table: return "FOREIGN TABLE";
    case Kind::sequence: return "SEQUENCE";
    case Kind::index: return "INDEX";
    default: return "TABLE";
  }
}

}  // namespace

std::vector<RenameMark> marks_back(const std::vector<RanRename>& renames, const Model& before, const Model& after) {
  const Names first(before), last(after);
  Trace trace;
  for (const RanRename& rename : renames) {
    std::string schema = rename.schema;
    if (schema.empty()) schema = first.relation("public", rename.relation) || last.relation("public", rename.relation) ? "public" : last.schema_of(rename.relation);
    trace.add(rename, schema);
  }
  std::vector<RenameMark> marks;
  const auto present_name = [&](const Place& of_first) {
    for (const auto& [place, name] : trace.relations)
      if (place.first == of_first.first && name == of_first.second) return place.second;
    return of_first.second;
  };
  for (const auto& [place, name] : trace.relations) {
    const Kind* kind = first.relation(place.first, name);
    // An index is known by its table, and holds nothing that is lost.
    if (!kind || *kind == Kind::index || name == place.second || !last.relation(place.first, place.second)) continue;
    marks.push_back({1, word_for(*kind), place.second, place.first, "", name});
  }
  for (const auto& [part, name] : trace.parts) {
    const auto& [kind, place] = part.first;
    if (name == part.second || !first.has_part(kind, place.first, place.second, name) || !last.has_part(kind, place.first, present_name(place), part.second)) continue;
    marks.push_back({1, kind == Kind::column ? "COLUMN" : "CONSTRAINT", part.second, place.first, place.second, name});
  }
  return marks;
}

}  // namespace strata::schema
