// locks.hpp - which lock a statement takes on tables that are there already.
//
// What a statement takes on its own table is known where it is written (create.cpp, alter.cpp); here is whether that table, or
// another one that the statement speaks of, is there before and stays. Levels are those of the documentation of PostgreSQL
// ("Explicit Locking" and ALTER TABLE).
#pragma once

#include "schema/entity.hpp"
#include "schema/statement.hpp"

namespace strata::schema {

// Is what it is a part of there before, and does it stay?
bool on_lasting_table(const Entities& entities, int part);

// Of a statement that alters an object; `own` is what it takes where rows are looked through, which nobody has of a domain that no column uses.
LockLevel lock_of_alteration(const Entities& entities, int number, LockLevel own);

// Of the statement that makes an object; `own` is what it takes on the table that the object belongs to.
LockLevel lock_of_creation(const Entities& entities, int number, LockLevel own);

}  // namespace strata::schema
