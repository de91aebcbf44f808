#include "pg/repair.hpp"

#include "core/index_repair.hpp"
#include "core/retry.hpp"
#include "core/text.hpp"
#include "pg/catalog.hpp"
#include "pg/encoding.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "access/table.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace strata::pg {
namespace {

constexpr const char* kProbe = "pg_strata_probe";

Oid find_relation(const RangeVar* name) { return RangeVarGetRelid(name, NoLock, true); }

const char* qualified(Oid relation) {
  return quote_qualified_identifier(get_namespace_name_or_temp(get_rel_namespace(relation)), get_rel_name(relation));
}

std::string qualified_name(Oid relation) { return to_utf8(call(qualified, relation)); }

// What the index is, without its name and its table's: uniqueness, method, columns, predicate. Null when that cannot be told.
const char* definition_of(Oid index) {
  const Oid table = IndexGetRelation(index, false);
  const char* full = TextDatumGetCString(DirectFunctionCall1(pg_get_indexdef, ObjectIdGetDatum(index)));
  const char* name = quote_identifier(get_rel_name(index));
  for (const char* unique : {"", "UNIQUE "})
    for (const char* only : {"", "ONLY "}) {
      const char* head = psprintf("CREATE %sINDEX %s ON %s%s ", unique, name, only, qualified(table));
      if (strncmp(full, head, strlen(head)) == 0) return psprintf("%s%s", unique, full + strlen(head));
    }
  return nullptr;
}

// The index that the statement would build, on an empty temporary table; the transaction must be aborted afterwards.
const char* definition_by_trial(const IndexStmt* statement, Oid table) {
  PushActiveSnapshot(GetTransactionSnapshot());
  auto* trial = static_cast<IndexStmt*>(copyObjectImpl(statement));
  trial->relation = makeRangeVar(pstrdup("pg_temp"), get_rel_name(table), -1);
  trial->concurrent = trial->if_not_exists = false;
  trial->idxname = pstrdup(kProbe);
  trial->tableSpace = nullptr;
  auto* plan = makeNode(PlannedStmt);
  plan->commandType = CMD_UTILITY;
  plan->utilityStmt = reinterpret_cast<Node*>(trial);
  ProcessUtility(plan, "trial of an index", false, PROCESS_UTILITY_QUERY, nullptr, nullptr, None_Receiver, nullptr);
  CommandCounterIncrement();
  const char* definition = definition_of(get_relname_relid(kProbe, LookupExplicitNamespace("pg_temp", false)));
  PopActiveSnapshot();
  return definition;
}

std::optional<std::string> text_or_none(const char* text) { return text ? std::optional(to_utf8(text)) : std::nullopt; }

void run_command(const std::string& sql, const ScriptName& name, Level level) {
  ScriptRun script(sql, {"clean-up before the " + name.text, 1});
  script.run(0, level);
}

// The definition of an index of plain columns, as the deparser prints it; of any other one the server has to be asked.
const char* plain_definition(const IndexStmt* statement) {
  if (statement->whereClause || statement->options || statement->excludeOpNames || statement->nulls_not_distinct) return nullptr;
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "%sUSING %s (", statement->unique ? "UNIQUE " : "", quote_identifier(statement->accessMethod));
  ListCell* cell;
  foreach (cell, statement->indexParams) {
    const auto* column = lfirst_node(IndexElem, cell);
    if (!column->name || column->collation || column->opclass || column->ordering != SORTBY_DEFAULT || column->nulls_ordering != SORTBY_NULLS_DEFAULT) return nullptr;
    appendStringInfo(&text, "%s%s", cell == list_head(statement->indexParams) ? "" : ", ", quote_identifier(column->name));
  }
  appendStringInfoChar(&text, ')');
  if (statement->indexIncludingParams) return nullptr;
  return text.data;
}

// As CREATE INDEX does for the expressions. The abort gives the identity back.
void become_owner_of(Oid table) {
  if (!pg_class_ownercheck(table, GetUserId())) aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(table));
  Relation relation = table_open(table, AccessShareLock);
  const Oid owner = relation->rd_rel->relowner;
  table_close(relation, AccessShareLock);
  Oid caller;
  int security;
  GetUserIdAndSecContext(&caller, &security);
  SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE);
}

// Ends the transaction.
std::optional<std::string> wanted_definition(const IndexStmt* statement, Oid table, const ScriptName& name) {
  const std::string table_name = qualified_name(table);
  const std::string short_name = to_utf8(call(quote_identifier, static_cast<const char*>(call(get_rel_name, table))));
  std::optional<std::string> definition;
  const auto failure = attempt([&] {
    call(become_owner_of, table);
    run_command(fmt::format("CREATE TEMPORARY TABLE pg_temp.{} (LIKE {})", short_name, table_name), name, Level::inside_transaction);
    definition = text_or_none(call(definition_by_trial, statement, table));
  }, abort_and_begin);
  // What stops the deploy, or passes by itself, says nothing of the index.
  if (failure && (failure->sqlstate == sqlstate::query_canceled || is_passing(failure->sqlstate))) failure->raise();
  if (failure)
    throw Error(sqlstate::wrong_state, fmt::format("cannot tell whether the invalid index of table {} is the one that the {} builds", table_name, name.text))
        .with_detail(fmt::format("Trying the statement on an empty temporary table: {}.", failure->message))
        .with_hint("Look at the table with \\d, DROP INDEX CONCURRENTLY the invalid index by hand, and call migrate_deploy again.");
  abort_and_begin();
  return definition;
}

bool is_index(Oid relation) {
  const char kind = get_rel_relkind(relation);
  return kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX;
}

bool is_valid_index(Oid index) { return get_index_isvalid(index); }

bool is_being_built(Oid index) {
  return !query("SELECT 1::pg_catalog.text FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid OPERATOR(pg_catalog.=) $1::pg_catalog.oid "
                "AND p.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()",
                {parameter(std::to_string(index))})
              .empty();
}

Oid find_named_index(const IndexStmt* statement, Oid table) { return get_relname_relid(statement->idxname, get_rel_namespace(table)); }

List* indexes_of(Oid table) {
  Relation relation = RelationIdGetRelation(table);
  if (!RelationIsValid(relation)) return NIL;
  List* indexes = RelationGetIndexList(relation);
  RelationClose(relation);
  return indexes;
}

struct Candidate {
  Oid index = InvalidOid;
  IndexFacts facts;
};

Candidate named_candidate(const IndexStmt* statement, Oid table, const ScriptName& name, Past past) {
  Candidate candidate;
  candidate.index = call(find_named_index, statement, table);
  IndexFacts& facts = candidate.facts;
  facts.was_interrupted = past != Past::none;
  if (!OidIsValid(candidate.index)) return candidate;
  facts.found = call(is_index, candidate.index) ? IndexFacts::Found::index : IndexFacts::Found::other_relation;
  if (facts.found != IndexFacts::Found::index) return candidate;
  facts.is_valid = call(is_valid_index, candidate.index);
  if (facts.is_valid && past == Past::none) return candidate;
  facts.on_same_table = call(IndexGetRelation, candidate.index, false) == table;
  facts.is_being_built = is_being_built(candidate.index);
  const auto present = text_or_none(call(definition_of, candidate.index));
  facts.has_same_definition = facts.on_same_table && present && (present == text_or_none(call(plain_definition, statement)) || present == wanted_definition(statement, table, name));
  return candidate;
}

// The server chose the name: any index of the table with this definition is what an interrupted build has left.
Candidate nameless_candidate(const IndexStmt* statement, Oid table, const ScriptName& name, Past past) {
  Candidate candidate;
  if (past == Past::none) return candidate;
  std::vector<std::pair<Oid, std::string>> present;
  ListCell* cell;
  foreach (cell, call(indexes_of, table)) {
    const Oid index = lfirst_oid(cell);
    if (const auto definition = text_or_none(call(definition_of, index)); definition) present.emplace_back(index, *definition);
  }
  const auto wanted = wanted_definition(statement, table, name);
  for (const auto& [index, definition] : present) {
    if (definition != wanted) continue;
    const bool is_valid = call(is_valid_index, index);
    if (is_valid && past != Past::running) continue;
    candidate = {index, {IndexFacts::Found::index, is_valid, true, true, is_being_built(index), true}};
    if (!is_valid) break;
  }
  return candidate;
}

void drop_invalid(const std::string& index, const ScriptName& name) {
  say(INFO, fmt::format("dropping the invalid index {}, left by an interrupted build", index));
  commit_and_begin();
  run_command("DROP INDEX CONCURRENTLY " + index, name, Level::top);
  commit_and_begin();
}

Before before_create_index(const IndexStmt* statement, const ScriptName& name, Past past) {
  const Oid table = call(find_relation, static_cast<const RangeVar*>(statement->relation));
  if (!OidIsValid(table)) return Before::run;
  const Candidate candidate = statement->idxname ? named_candidate(statement, table, name, past) : nameless_candidate(statement, table, name, past);
  const IndexAction action = action_before_build(candidate.facts);
  if (action == IndexAction::build) return Before::run;
  const std::string index = qualified_name(candidate.index);
  switch (action) {
    case IndexAction::is_built:
      say(INFO, fmt::format("the index {} is there already, built before the interruption", index));
      return Before::skip;
    case IndexAction::drop_and_build:
      drop_invalid(index, name);
      return Before::run;
    case IndexAction::refuse_being_built:
      throw Error(sqlstate::object_in_use, fmt::format("the index {} is being built by another session", index))
          .with_hint("Wait for it: pg_stat_progress_create_index shows it. Then call migrate_deploy again.");
    default:
      throw Error(sqlstate::wrong_state, fmt::format("there is an invalid index {} of another {}", index, candidate.facts.on_same_table ? "definition" : "table"))
          .with_detail(fmt::format("The {} would build one of that name.", name.text))
          .with_hint("Look at it with \\d, then DROP INDEX CONCURRENTLY it or rename it, and call migrate_deploy again.");
  }
}

// Only when its backend was killed is a missing object a sign that the command had ended.
bool objects_are_gone(const DropStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->objects) {
    RangeVar* name = makeRangeVarFromNameList(static_cast<List*>(lfirst(cell)));
    if (OidIsValid(RangeVarGetRelid(name, NoLock, true))) return false;
  }
  return true;
}

const PartitionCmd* detachment_of(const AlterTableStmt* statement) {
  return reinterpret_cast<const PartitionCmd*>(linitial_node(AlterTableCmd, statement->cmds)->def);
}

bool is_pending(Oid partition) { return PartitionHasPendingDetach(partition); }
bool is_partition(Oid relation) { return get_rel_relispartition(relation); }

Before before_detach(const AlterTableStmt* statement, const ScriptName& name, Past past) {
  const Oid table = call(find_relation, static_cast<const RangeVar*>(statement->relation));
  const Oid partition = call(find_relation, static_cast<const RangeVar*>(detachment_of(statement)->name));
  if (!OidIsValid(table) || !OidIsValid(partition)) return Before::run;
  if (!call(is_partition, partition)) return past == Past::running ? Before::skip : Before::run;
  if (!call(is_pending, partition)) return Before::run;
  const std::string finalize = fmt::format("ALTER TABLE {} DETACH PARTITION {} FINALIZE", qualified_name(table), qualified_name(partition));
  say(INFO, fmt::format("finishing the interrupted detachment of {}", qualified_name(partition)));
  commit_and_begin();
  run_command(finalize, name, Level::inside_transaction);
  return Before::skip;
}

// An interrupted REINDEX CONCURRENTLY leaves the new index or the old one, invalid, under a name with this ending. $1: the table, with
// its partitions and TOAST tables, or ''; $2: the schema, or ''; neither: the database.
constexpr const char* kLeftovers = R"(
WITH scope AS (
  SELECT t.relid AS oid FROM pg_catalog.pg_partition_tree(nullif($1, '')::pg_catalog.oid) t UNION SELECT nullif($1, '')::pg_catalog.oid
  UNION SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE $1 OPERATOR(pg_catalog.=) '' AND (n.nspname OPERATOR(pg_catalog.=) $2 OR $2 OPERATOR(pg_catalog.=) '')),
tables AS (SELECT s.oid FROM scope s UNION SELECT c.reltoastrelid FROM pg_catalog.pg_class c JOIN scope s ON s.oid OPERATOR(pg_catalog.=) c.oid)
SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.relname), i.indrelid::pg_catalog.text
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) i.indrelid
WHERE NOT i.indisvalid AND c.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$' AND i.indrelid OPERATOR(pg_catalog.=) ANY (SELECT x.oid FROM tables x)
  AND EXISTS (SELECT FROM pg_catalog.pg_index o JOIN pg_catalog.pg_class oc ON oc.oid OPERATOR(pg_catalog.=) o.indexrelid
              WHERE o.indrelid OPERATOR(pg_catalog.=) i.indrelid AND o.indexrelid OPERATOR(pg_catalog.<>) i.indexrelid
                AND pg_catalog.starts_with(oc.relname::pg_catalog.text, pg_catalog.regexp_replace(c.relname::pg_catalog.text, '_cc(new|old)[0-9]*$', '')))
  AND pg_catalog.pg_has_role(t.relowner, 'USAGE'))";

// Does anybody build an index of this table now? Asked as the owner of the catalog: the server conceals the sessions of others.
bool is_busy(const std::string& table) {
  return !query("SELECT 1::pg_catalog.text FROM pg_catalog.pg_stat_progress_create_index p WHERE p.relid OPERATOR(pg_catalog.=) $1::pg_catalog.oid", {parameter(table)}).empty();
}

Oid table_of(Oid relation) { return is_index(relation) ? IndexGetRelation(relation, false) : relation; }

// What the caller may not drop (the index of a TOAST table, as no superuser) stays; so does what is gone already.
void drop_leftover(const std::string& index, const ScriptName& name) {
  const auto failure = attempt([&] { drop_invalid(index, name); }, abort_and_begin);
  if (!failure) return;
  if (failure->sqlstate != sqlstate::insufficient_privilege && failure->sqlstate != SqlState{"42704"}) failure->raise();
  say(WARNING, fmt::format("the invalid index {} stays: {}", index, failure->message), {"", "It does no harm but costs its upkeep: let its owner or a superuser drop it."});
}

Before before_reindex(const ReindexStmt* statement, const ScriptName& name) {
  std::string table, schema;
  if (statement->kind == REINDEX_OBJECT_SCHEMA) schema = to_utf8(statement->name);
  if (statement->relation) {
    const Oid relation = call(find_relation, static_cast<const RangeVar*>(statement->relation));
    if (!OidIsValid(relation)) return Before::run;
    table = std::to_string(call(table_of, relation));
  }
  std::vector<std::string> leftovers;
  for (const TextRow& row : query_as_caller(kLeftovers, {parameter(table), parameter(schema)}))
    if (!is_busy(row[1].value_or("0"))) leftovers.push_back(row[0].value_or(""));
  for (const std::string& index : leftovers) drop_leftover(index, name);
  return Before::run;
}

}  // namespace

Before clean_up_before(ScriptRun& script, int number, const ScriptName& name, Past past) {
  const Node* node = script.statement(number);
  switch (nodeTag(node)) {
    case T_IndexStmt: return before_create_index(reinterpret_cast<const IndexStmt*>(node), name, past);
    case T_DropStmt:
      return past == Past::running && call(objects_are_gone, reinterpret_cast<const DropStmt*>(node)) ? Before::skip : Before::run;
    case T_AlterTableStmt: return past == Past::none ? Before::run : before_detach(reinterpret_cast<const AlterTableStmt*>(node), name, past);
    case T_ReindexStmt: return past == Past::none ? Before::run : before_reindex(reinterpret_cast<const ReindexStmt*>(node), name);
    default: return Before::run;
  }
}

}  // namespace strata::pg
