// client_statement.hpp - the statement of the client that is running now, however deep in functions we are called.
//
// A message of the client may hold many statements; this is the one among them. The surprise: a cursor of PL/pgSQL is the active portal
// while it fetches, so it is the unnamed portal that is asked first: the one that a message of the client runs in.
#pragma once

#include <string>

#include "core/record.hpp"

namespace strata::pg {

// Values only: cheap.
StatementId client_statement_id();
// As the client has sent it, without white space around it, as UTF-8; parameters of the protocol are put in as constants.
std::string client_statement();
// EXECUTE, and CREATE TABLE AS EXECUTE: what they run is known to this session alone.
bool is_prepared_statement();

}  // namespace strata::pg
