// steps.hpp - what is to be done, in order: drops, renames, creations, alterations of entities, with the parts that go along.
//
// The edges are declared here and nowhere else: from the dependencies on both sides, from names that must be free, and from what PostgreSQL
// does by itself (a partition that is attached takes the indexes of its parent). Knots are cut by taking parts out of the whole they came in.
#pragma once

#include <vector>

#include "schema/entity.hpp"

namespace strata::schema {

enum class Verb : std::uint8_t {
  drop,
  set_aside,     // a type gets another name until nothing uses it
  park,          // a column becomes text until the row type that it holds has changed
  leave,         // NO INHERIT
  create_dummy,  // a view or function without its query, for those that it stands in a knot with
  empty,         // the same of one that is there and will be dropped
  create,
  alter,
  join,          // INHERIT
};

struct Step {
  Verb verb;
  int entity;
  std::vector<int> parts;  // entities that come or go with it and are no step of their own
};

// Makes anew what could be altered where that alone unties a knot: views, functions, defaults, policies.
std::vector<Step> ordered_steps(Entities& entities);

}  // namespace strata::schema
