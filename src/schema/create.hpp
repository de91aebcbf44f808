// create.hpp - the statements that make an object, and the one that drops it.
//
// A table comes with those of its parts that the planner hands over; every other part is a statement of its own. What is said
// of an object (owner, privileges, comment) follows it at once.
#pragma once

#include <string>
#include <vector>

#include "schema/statement.hpp"

namespace strata::schema {

// Where a migration will run, as far as its text depends on it.
struct Surroundings {
  const Model* present = nullptr;  // what is there before it; for default privileges
  std::string role;                // who runs it
};

// `parts`: columns, defaults, constraints (of a table), attributes (of a type), constraints (of a domain), view columns, in any order.
Statements create(const Object& object, const std::vector<const Object*>& parts, const Surroundings& around);
// The same for what stands in a cycle: a view with columns of the right types and no query, a function without its body; creating it
// again replaces that.
Statement create_dummy(const Object& object);
Statement drop(const Object& object);

// `id bigint DEFAULT 1 NOT NULL`; `expression` is the default, or null.
std::string column_clause(const Object& column, const Object* expression);
// What a column's clause cannot say: storage, statistics, options; from nothing or from another column.
Statements column_settings(const Object& column, const Object* from);
// START WITH 1 INCREMENT BY 1 ...; only what differs from the defaults of the type, or everything. `prefix`: of the properties (identity_).
enum class Extent { differing, all };
std::string sequence_options(const Object& object, const std::string& prefix, Extent extent);
// Owner, privileges and comment of a new object.
Statements attributes_of_new(const Object& object, const Surroundings& around);
std::string comment_statement(const Object& object);
std::string index_comment_statement(const Object& constraint);  // on the index behind it

}  // namespace strata::schema
