// rewrites.hpp - when a table is written anew, and how to do that once instead of several times.
//
// What ALTER COLUMN ... TYPE rewrites, types.hpp says.
#pragma once

#include <string>

#include "schema/model.hpp"
#include "schema/statement.hpp"

namespace strata::schema {

// Does ADD COLUMN rewrite the table? Not with a default that is computed once for all rows, that is one without a volatile function (since
// PostgreSQL 11). `expression` is empty without a default; functions and domains are looked up in the schema that the column is made in.
bool rewrites_when_added(const Object& column, const std::string& expression, const Model& schema);

// Statements that stand side by side and each go through all rows of the same table become one: PostgreSQL then goes through them once.
Statements merged(Statements statements);

}  // namespace strata::schema
