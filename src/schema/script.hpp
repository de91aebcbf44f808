// script.hpp - a migration as the text of a revision's script.
#pragma once

#include <string>

#include "schema/statement.hpp"

namespace strata::schema {

// One statement after the other; what loses data says so in a comment above it.
std::string script_of(const Statements& statements);
// The lines that tell what is lost, for messages; empty: nothing is.
std::vector<std::string> losses_of(const Statements& statements);

}  // namespace strata::schema
