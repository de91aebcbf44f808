// address.hpp - which row of which catalog an object of the database is.
//
// As pg_depend names it. The surprise: an address says nothing about a time; an object that is dropped leaves its own behind, and
// only after four billion others may another one get it.
#pragma once

#include <compare>

#include "pg/postgres.hpp"

namespace strata::pg {

struct Address {
  Oid class_id = InvalidOid;
  Oid object_id = InvalidOid;
  auto operator<=>(const Address&) const = default;
};

}  // namespace strata::pg
