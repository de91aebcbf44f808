#include "pg/command_kind.hpp"

#include "pg/boundary.hpp"

extern "C" {
#include "commands/defrem.h"
#include "nodes/parsenodes.h"
}

namespace strata::pg {
namespace {

template <typename T>
const T* as(const Node* node) {
  return reinterpret_cast<const T*>(node);
}

bool has_option(List* options, const char* name) {
  bool found = false;
  ListCell* cell;
  foreach (cell, options)
    if (auto* option = lfirst_node(DefElem, cell); strcmp(option->defname, name) == 0) found = defGetBoolean(option);
  return found;
}

bool detaches_concurrently(const AlterTableStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->cmds) {
    const auto* command = lfirst_node(AlterTableCmd, cell);
    if (command->subtype == AT_DetachPartition && as<PartitionCmd>(command->def)->concurrent) return true;
  }
  return false;
}

bool is_concurrent(const Node* node) {
  switch (nodeTag(node)) {
    case T_IndexStmt: return as<IndexStmt>(node)->concurrent;
    case T_DropStmt: return as<DropStmt>(node)->concurrent;
    case T_ReindexStmt: return has_option(as<ReindexStmt>(node)->params, "concurrently");
    case T_AlterTableStmt: return detaches_concurrently(as<AlterTableStmt>(node));
    case T_VacuumStmt: return !has_option(as<VacuumStmt>(node)->options, "full");
    default: return false;
  }
}

}  // namespace

CommandKind kind_of(const Node* statement, Needs needs) {
  // A procedure or a DO block may commit, outside of a transaction.
  const bool may_commit = IsA(statement, CallStmt) || IsA(statement, DoStmt);
  if (needs == Needs::nothing && !may_commit) return CommandKind::ordinary;
  return call(is_concurrent, statement) ? CommandKind::concurrent : CommandKind::top;
}

bool builds_index(const Node* statement) { return IsA(statement, IndexStmt) || IsA(statement, ReindexStmt); }

}  // namespace strata::pg
