// lock_level.hpp - the lock that a statement takes on its own table, view, index or sequence, by what it does and to what.
//
// Whether that is there before and anybody can wait for it, locks.hpp knows. Levels are those of the documentation of PostgreSQL
// ("Explicit Locking", ALTER TABLE).
#pragma once

#include "schema/statement.hpp"

namespace strata::schema {

// Of the statement that makes it; of what is a part of something, on that.
LockLevel lock_of_new(const Object& object);
LockLevel lock_of_dropping(Kind kind);
LockLevel lock_of_renaming(Kind kind);
LockLevel lock_of_giving_away(Kind kind);  // OWNER TO
LockLevel lock_of_comment(Kind kind);

}  // namespace strata::schema
