// alter.hpp - how an object becomes another one of the same name without being dropped, where PostgreSQL can do that.
#pragma once

#include <optional>

#include "schema/create.hpp"
#include "schema/types.hpp"

namespace strata::schema {

// Has the type of a column been made anew under the same name, so that the column must go over to it?
enum class TypeIdentity { same, made_anew };

struct Alteration {
  const Object& from;
  const Object& to;
  TypeIdentity type = TypeIdentity::same;
  std::string by_way_of = {};  // of a column whose type is made anew: an expression that the new type takes; empty: by way of text
};

// The statements; none at all: it must be dropped and created.
std::optional<Statements> alter(const Alteration& change, const Surroundings& around, const Casts& casts);
// Can it be altered, whatever the statements are?
bool is_alterable(const Object& from, const Object& to);
// The labels of an enum type that the other one has besides, in its order; nothing: labels were removed or moved.
std::optional<std::vector<std::string>> added_labels(const Object& from, const Object& to);
// Do the labels that went away matter: which of `from` are not in `to`.
std::vector<std::string> removed_labels(const Object& from, const Object& to);

}  // namespace strata::schema
