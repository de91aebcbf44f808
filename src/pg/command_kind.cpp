#include "pg/command_kind.hpp"

#include "pg/boundary.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"
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

// SELECT set_config(...) and nothing else.
bool is_set_config(const Node* node) {
  const auto* select = as<SelectStmt>(node);
  if (!IsA(node, SelectStmt) || list_length(select->targetList) != 1 || select->fromClause || select->whereClause) return false;
  const Node* value = linitial_node(ResTarget, select->targetList)->val;
  if (!value || !IsA(value, FuncCall)) return false;
  return strcmp(strVal(llast(as<FuncCall>(value)->funcname)), "set_config") == 0;
}

// REINDEX CONCURRENTLY of a partitioned relation begins with locks that stop writers.
bool reindexes_partitioned(const ReindexStmt* statement) {
  if (!statement->relation) return false;
  const char kind = get_rel_relkind(RangeVarGetRelid(statement->relation, NoLock, true));
  return kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_PARTITIONED_INDEX;
}

bool locks_partitions(const Node* statement) { return IsA(statement, ReindexStmt) && call(reindexes_partitioned, as<ReindexStmt>(statement)); }

}  // namespace

bool changes_settings(const Node* statement) { return IsA(statement, VariableSetStmt) || is_set_config(statement); }

bool sets(const Node* statement, const char* setting) {
  if (!IsA(statement, VariableSetStmt) || as<VariableSetStmt>(statement)->is_local) return false;
  const char* name = as<VariableSetStmt>(statement)->name;
  return name && strcmp(name, setting) == 0;
}

bool discards_all(const Node* statement) { return IsA(statement, DiscardStmt) && as<DiscardStmt>(statement)->target == DISCARD_ALL; }

bool may_commit_in_between(const Node* statement) { return IsA(statement, CallStmt) || IsA(statement, DoStmt); }

bool resets_settings(const Node* statement) {
  return discards_all(statement) ||
         (IsA(statement, VariableSetStmt) && as<VariableSetStmt>(statement)->kind == VAR_RESET_ALL);
}

CommandKind kind_of(const Node* statement, Needs needs) {
  // A procedure or a DO block may commit; REINDEX and CLUSTER do when the relation is partitioned.
  const bool may_commit = may_commit_in_between(statement) || IsA(statement, ReindexStmt) || IsA(statement, ClusterStmt);
  if (needs == Needs::nothing && !may_commit) return CommandKind::ordinary;
  return call(is_concurrent, statement) && !locks_partitions(statement) ? CommandKind::concurrent : CommandKind::top;
}

bool builds_index(const Node* statement) { return IsA(statement, IndexStmt) || IsA(statement, ReindexStmt); }

}  // namespace strata::pg
