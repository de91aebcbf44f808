// repair.hpp - before a concurrent command runs: what an interrupted one has left behind.
//
// The surprise: whether an INVALID index is the one that the statement would build is asked of the server's own deparser. The
// statement is tried on an empty temporary table like the real one, in a transaction that is aborted, as the owner of the table:
// what the expressions of an index call runs with his rights, here as there.
#pragma once

#include "core/journal.hpp"
#include "pg/executor.hpp"

namespace strata::pg {

enum class Before { run, skip };  // skip: the command has done its work already

// In a transaction of its own, which it may end. Raises 55000 for an INVALID index of the same name that is another one, 55006 for one that somebody else builds.
Before clean_up_before(ScriptRun& script, int number, const ScriptName& name, Past past);

}  // namespace strata::pg
