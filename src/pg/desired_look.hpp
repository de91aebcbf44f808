// desired_look.hpp - what a parsed statement of the desired DDL speaks of.
//
// Parse trees of the server alone; nothing is looked up but roles. The surprise: CREATE SCHEMA may hold other statements.
#pragma once

#include "pg/desired.hpp"

namespace strata::pg {

void note_mentions(const Node* statement, Desired& desired);

// Of CREATE SCHEMA; without a name it is that of the role.
std::string name_of_schema(const Node* create_schema);

}  // namespace strata::pg
