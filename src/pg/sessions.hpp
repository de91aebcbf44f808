// sessions.hpp - other sessions in words, as far as the caller may know of them: the server conceals what others run.
#pragma once

#include <string>
#include <vector>

#include "pg/value.hpp"

namespace strata::pg {

// `pids` as the text of an array of integers; one sentence each.
Texts describe_sessions(const std::string& pids);
// Who holds these transactions ('backend/transaction' as pg_locks prints them), prepared ones included.
Texts describe_holders(const Texts& virtual_transactions);

}  // namespace strata::pg
