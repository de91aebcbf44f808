// conversions.hpp - columns whose type is made anew under its name: how their values get over, and which do not.
#pragma once

#include <string>

#include "schema/entity.hpp"
#include "schema/types.hpp"

namespace strata::schema {

// amount::integer::numeric for a column of a domain over integer that becomes one over numeric; empty: by way of text, as others go.
std::string way_between_domains(const Entities& entities, const Entity& column, const Casts& casts);

// What a value of the old type may be that the new one cannot hold; empty: nothing.
std::string lost_by_new_types(const Entities& entities, const Object& column);

}  // namespace strata::schema
