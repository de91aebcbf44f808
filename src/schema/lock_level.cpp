#include "schema/lock_level.hpp"

namespace strata::schema {

LockLevel lock_of_new(const Object& object) {
  switch (object.key.kind) {
    case Kind::column:
    case Kind::column_default:
    case Kind::rule:
    case Kind::policy:
    case Kind::replica_identity: return LockLevel::access_exclusive;
    case Kind::constraint: return object.get("type") == "f" ? LockLevel::share_row_exclusive : LockLevel::access_exclusive;
    case Kind::trigger: return LockLevel::share_row_exclusive;
    case Kind::index: return LockLevel::share;
    case Kind::partition:
    case Kind::clustering:
    case Kind::publication:
    case Kind::statistics: return LockLevel::share_update_exclusive;
    case Kind::index_attachment: return LockLevel::access_exclusive;
    case Kind::domain_constraint: return object.has("not_valid") ? LockLevel::none : LockLevel::share;
    case Kind::sequence_owner: return LockLevel::share_row_exclusive;
    default: return LockLevel::none;
  }
}

LockLevel lock_of_dropping(Kind kind) {
  switch (kind) {
    case Kind::column:
    case Kind::column_default:
    case Kind::constraint:
    case Kind::foreign_table:
    case Kind::index:
    case Kind::materialized_view:
    case Kind::partition:
    case Kind::policy:
    case Kind::replica_identity:
    case Kind::rule:
    case Kind::sequence:
    case Kind::table:
    case Kind::trigger:
    case Kind::view: return LockLevel::access_exclusive;
    case Kind::sequence_owner: return LockLevel::share_row_exclusive;
    case Kind::clustering:
    case Kind::statistics: return LockLevel::share_update_exclusive;
    default: return LockLevel::none;
  }
}

// As to drop it, but for an index, whose table goes on.
LockLevel lock_of_renaming(Kind kind) {
  if (kind == Kind::index) return LockLevel::share_update_exclusive;
  return kind == Kind::statistics ? LockLevel::none : lock_of_dropping(kind);
}

LockLevel lock_of_giving_away(Kind kind) {
  switch (kind) {
    case Kind::foreign_table:
    case Kind::materialized_view:
    case Kind::sequence:
    case Kind::table:
    case Kind::view: return LockLevel::access_exclusive;
    default: return LockLevel::none;
  }
}

LockLevel lock_of_comment(Kind kind) {
  switch (kind) {
    case Kind::column:
    case Kind::foreign_table:
    case Kind::index:
    case Kind::materialized_view:
    case Kind::sequence:
    case Kind::table:
    case Kind::view:
    case Kind::view_column: return LockLevel::share_update_exclusive;
    default: return LockLevel::none;
  }
}

}  // namespace strata::schema
