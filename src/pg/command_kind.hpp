// command_kind.hpp - what the server's parse tree says of how a deploy has to run a statement.
#pragma once

#include "pg/postgres.hpp"

struct Node;

namespace strata::pg {

// ordinary: inside a transaction, together with its journal entry. top: as a command of the client, which may commit. The
// concurrent ones, too, and their locks let readers and writers pass, so they may wait for long.
enum class CommandKind { ordinary, top, concurrent };

// Needs::top is what was found out at load: it cannot run in a transaction.
enum class Needs { nothing, top };
CommandKind kind_of(const Node* statement, Needs needs);

// Builds an index (CREATE INDEX, REINDEX): for the progress.
bool builds_index(const Node* statement);

// SET, RESET and SELECT set_config(...): what a later statement of the same script relies on.
bool changes_settings(const Node* statement);
// SET or RESET of this setting, for longer than the transaction.
bool sets(const Node* statement, const char* setting);
// RESET ALL (which leaves the role) and DISCARD ALL (which leaves nothing).
bool resets_settings(const Node* statement);
bool discards_all(const Node* statement);
// CALL and DO: where they commit on their way, running them again does a part of their work twice.
bool may_commit_in_between(const Node* statement);

}  // namespace strata::pg
