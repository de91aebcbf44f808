#include "pg/schema_graph.hpp"

#include <algorithm>

#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_class.h"
}

namespace strata::pg {

using schema::Kind;

void SchemaGraph::reserve(Number count) {
  objects.reserve(count);
  places_.reserve(count);
}

SchemaGraph::Number SchemaGraph::add(const Place& place, schema::Object object) {
  places_.emplace(place, objects.size());
  objects.push_back(std::move(object));
  return objects.size() - 1;
}

void SchemaGraph::add_member(const Place& member, const Place& extension) {
  leave_out(member);
  members_.emplace(member, extension);
}

std::optional<SchemaGraph::Number> SchemaGraph::at(const Place& place) const {
  const auto found = places_.find(place);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

// The longest way: the array of a multirange, the multirange, the range; a catalog that leads in a circle ends here as well.
template <typename Found>
auto SchemaGraph::follow(Place place, Found found) const -> decltype(found(place)) {
  for (int step = 0; step < 8; step++) {
    if (auto result = found(place)) return result;
    if (const auto alias = aliases_.find(place); alias != aliases_.end())
      place = alias->second;
    else if (place.sub != 0)
      place.sub = 0;
    else
      break;
  }
  return {};
}

std::optional<SchemaGraph::Number> SchemaGraph::find(const Place& place) const {
  return follow(place, [this](const Place& step) { return at(step); });
}

// What is said of a column of a view is not needed by those who read the column.
std::optional<SchemaGraph::Number> SchemaGraph::needed_by(const Place& place) const {
  return follow(place, [this](const Place& step) {
    auto found = at(step);
    if (found && objects[*found].key.kind == Kind::view_column) found = at({step.catalog, step.oid, 0});
    if (found) return found;
    const auto member = members_.find({step.catalog, step.oid, 0});
    return member == members_.end() ? std::nullopt : at(member->second);
  });
}

void SchemaGraph::add_dependency(const Place& from, const Place& on, char type) {
  auto object = find(from);
  if (!object) return;
  const auto needed = needed_by(on);
  if (!needed) return;
  if (type == 'a' && on.catalog == RelationRelationId) {
    // OWNED BY, and being a partition, are objects of their own.
    const Kind kind = objects[*object].key.kind;
    if (kind == Kind::sequence) object = at({kSequenceOwners, from.oid, 0});
    if ((kind == Kind::table || kind == Kind::foreign_table) && from.sub == 0 && on.sub == 0)
      object = at({kPartitions, from.oid, 0});
    if (!object) return;
  }
  add_need(*object, *needed);
}

void SchemaGraph::settle() {
  std::sort(needs_.begin(), needs_.end());
  needs_.erase(std::unique(needs_.begin(), needs_.end()), needs_.end());
  for (const auto& [object, needed] : needs_)
    if (object != needed) objects[object].needs.push_back(objects[needed].key);
  for (schema::Object& object : objects) {
    std::sort(object.needs.begin(), object.needs.end());
    object.needs.erase(std::unique(object.needs.begin(), object.needs.end()), object.needs.end());
  }
  if (unseen_.empty()) return;
  Number number = 0;
  std::erase_if(objects, [&](const schema::Object&) { return unseen_.contains(number++); });
}

}  // namespace strata::pg
