// alter_table.hpp - ALTER TABLE: what is said of tables and of their columns.
#pragma once

#include "schema/alter.hpp"

namespace strata::schema {

Statements alter_table(const Object& from, const Object& to);
Statements alter_foreign_table(const Object& from, const Object& to);
Statements alter_column(const Alteration& change, const Casts& casts);
// A sequence (its qualified name) that is new to a column with rows goes on behind them; it never goes back, and an empty table leaves it.
Statement continue_sequence(const Object& column, const std::string& sequence, bool descending);
// SET (...) and RESET (...) of storage parameters; `noun`: TABLE, MATERIALIZED VIEW, INDEX.
Statements alter_options(const Object& from, const Object& to, const std::string& noun);

}  // namespace strata::schema
