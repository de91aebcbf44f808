#include "pg/catalog.hpp"

#include "pg/encoding.hpp"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "nodes/execnodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace strata::pg {
namespace {

constexpr const char* kSchema = "migrate";
constexpr const char* kTables[kTableCount] = {"revision", "script", "version", "log", "state", "journal", "snapshot", "desired"};

Oid owner_of(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

Catalog find_catalog() {
  Catalog found;
  found.schema = get_namespace_oid(kSchema, true);
  if (!OidIsValid(found.schema)) return found;
  for (std::size_t i = 0; i < std::size(kTables); i++) found.tables[i] = get_relname_relid(kTables[i], found.schema);
  found.owner = owner_of(found.tables[0]);
  for (const Oid table : found.tables)
    if (owner_of(table) != found.owner) found.owner = InvalidOid;  // then no role could write all of them
  return found;
}

Error incomplete() {
  return Error(sqlstate::wrong_state, "the catalog of pg_strata is damaged")
      .with_detail("A table or column of schema \"migrate\" is missing or altered.")
      .with_hint("Restore it from a dump, or DROP EXTENSION pg_strata and CREATE EXTENSION pg_strata again.");
}

bool is_complete(const Catalog& found) {
  for (Oid table : found.tables)
    if (!OidIsValid(table)) return false;
  return OidIsValid(found.owner);
}

// The leading columns that Row reads, by type. A superuser may have altered a table; its rows must not be misread.
constexpr std::size_t kMostColumns = 8;
constexpr Oid kColumns[kTableCount][kMostColumns] = {
    {TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID, TEXTOID},
    {TEXTOID, TEXTOID, TEXTOID, BOOLOID, INT4OID, TEXTOID, TEXTOID, TEXTOID},
    {TEXTOID},
    {INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID},
    {UUIDOID, BYTEAOID},
    {TEXTOID, INT4OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, INT8OID, TEXTOID},
    {TEXTOID, TIMESTAMPTZOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID},
    {TEXTOID, TIMESTAMPTZOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID},
};

bool has_expected_columns(Table table, const TupleDescData* columns) {
  const auto& expected = kColumns[static_cast<int>(table)];
  for (std::size_t i = 0; i < kMostColumns && OidIsValid(expected[i]); i++)
    if (static_cast<int>(i) >= columns->natts || columns->attrs[i].atttypid != expected[i]) return false;
  return true;
}

// An ordinary table: a view or a partitioned table has no access method to scan it with.
bool is_readable(Table table, Relation relation) {
  return relation->rd_rel->relkind == RELKIND_RELATION && relation->rd_tableam && has_expected_columns(table, RelationGetDescr(relation));
}

bool is_ours(const Trigger* trigger) {
  return trigger->tgisinternal || (get_func_namespace(trigger->tgfoid) == get_namespace_oid(kSchema, true) &&
                                   strcmp(get_func_name(trigger->tgfoid), "touch") == 0);
}

// Triggers and rules of others would run as the owner of the tables.
bool is_writable(Relation relation) {
  if (relation->rd_rules) return false;
  const TriggerDesc* triggers = relation->trigdesc;
  for (int i = 0; triggers && i < triggers->numtriggers; i++)
    if (!is_ours(&triggers->triggers[i])) return false;
  return true;
}

struct Soundness {
  bool readable;
  bool writable;
};

Soundness soundness_of(const Catalog* found) {
  Soundness result{true, true};
  for (std::size_t i = 0; i < std::size(kTables); i++) {
    Relation relation = table_open(found->tables[i], AccessShareLock);
    result.readable &= is_readable(static_cast<Table>(i), relation);
    result.writable &= is_writable(relation);
    table_close(relation, AccessShareLock);
  }
  return result;
}

// A scan as plain C: everything the server needs between begin and end.
struct Scan {
  Relation relation;
  Relation index;
  TupleTableSlot* slot;
  TableScanDesc table_scan;
  IndexScanDesc index_scan;
  MemoryContext row_memory;
};

// The primary key, when it begins with the first column as text in C collation; that is how `lookup` searches it.
Oid text_key_index(Relation relation) {
  const Oid oid = RelationGetPrimaryKeyIndex(relation);
  if (!OidIsValid(oid)) return InvalidOid;
  Relation index = index_open(oid, AccessShareLock);
  const bool fits = index->rd_index->indisvalid && index->rd_index->indkey.values[0] == 1 && index->rd_rel->relam == BTREE_AM_OID &&
                    index->rd_opfamily[0] == TEXT_BTREE_FAM_OID && index->rd_indcollation[0] == C_COLLATION_OID;
  index_close(index, AccessShareLock);
  return fits ? oid : InvalidOid;
}

// Without a slot when the table is not what we made.
Scan begin_scan(Table table, Oid oid, Snapshot snapshot, const char* key, int key_length) {
  Scan scan{};
  scan.relation = table_open(oid, AccessShareLock);
  if (!is_readable(table, scan.relation)) return scan;
  if (key && !OidIsValid(text_key_index(scan.relation))) return scan;
  scan.slot = table_slot_create(scan.relation, nullptr);
  scan.row_memory = AllocSetContextCreate(CurrentMemoryContext, "pg_strata row", ALLOCSET_DEFAULT_SIZES);
  if (!key) {
    scan.table_scan = table_beginscan(scan.relation, snapshot, 0, nullptr);
    return scan;
  }
  scan.index = index_open(RelationGetPrimaryKeyIndex(scan.relation), AccessShareLock);
  scan.index_scan = index_beginscan(scan.relation, scan.index, snapshot, 1, 0);
  ScanKeyData entry;
  ScanKeyEntryInitialize(&entry, 0, 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
                         PointerGetDatum(cstring_to_text_with_len(key, key_length)));
  index_rescan(scan.index_scan, &entry, 1, nullptr, 0);
  return scan;
}

bool next_row(Scan* scan) {
  CHECK_FOR_INTERRUPTS();
  MemoryContextReset(scan->row_memory);
  const bool found = scan->index_scan ? index_getnext_slot(scan->index_scan, ForwardScanDirection, scan->slot)
                                      : table_scan_getnextslot(scan->table_scan, ForwardScanDirection, scan->slot);
  if (found) slot_getallattrs(scan->slot);
  return found;
}

void end_scan(Scan* scan) {
  if (scan->index_scan) {
    index_endscan(scan->index_scan);
    index_close(scan->index, AccessShareLock);
  } else {
    table_endscan(scan->table_scan);
  }
  ExecDropSingleTupleTableSlot(scan->slot);
  table_close(scan->relation, AccessShareLock);
  MemoryContextDelete(scan->row_memory);
}

void visit_rows(Scan scan, const std::function<void(const Row&)>& visit) {
  if (!scan.slot) throw incomplete();
  while (call(next_row, &scan)) {
    MemoryContext caller = MemoryContextSwitchTo(scan.row_memory);
    visit(Row(scan.slot));
    MemoryContextSwitchTo(caller);
  }
  call(end_scan, &scan);
}

void push_latest_snapshot() { PushActiveSnapshot(GetLatestSnapshot()); }

struct Identity {
  Oid user;
  int security;
  int settings_level;
};

// Whatever the role: under a search_path of our own.
Identity become(Oid role) {
  Identity caller{};
  GetUserIdAndSecContext(&caller.user, &caller.security);
  caller.settings_level = NewGUCNestLevel();
  (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  (void)set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  SetUserIdAndSecContext(role, caller.security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
  SPI_connect();
  return caller;
}

void become_caller(Identity caller) {
  SPI_finish();
  SetUserIdAndSecContext(caller.user, caller.security);
  AtEOXact_GUC(true, caller.settings_level);
}

// Runs one statement as this role and lets `read` look at SPI's result before it is gone.
template <typename Read>
auto run_as(Oid role, const char* sql, std::initializer_list<Parameter> parameters, Read read) {
  std::vector<Oid> types;
  std::vector<Datum> values;
  std::string nulls;
  for (const Parameter& parameter : parameters) {
    types.push_back(parameter.type);
    values.push_back(parameter.value.datum);
    nulls.push_back(parameter.value.is_null ? 'n' : ' ');
  }
  const Identity caller = call(become, role);
  const int result =
      call(SPI_execute_with_args, sql, static_cast<int>(types.size()), types.data(), values.data(), nulls.c_str(), false, 0L);
  if (result < 0) throw Error(sqlstate::internal, fmt::format("SPI error {} in: {}", result, sql));
  auto answer = read();
  call(become_caller, caller);
  return answer;
}

TextRow text_row(std::uint64_t number) {
  TextRow row;
  for (int column = 1; column <= SPI_tuptable->tupdesc->natts; column++) {
    const char* text = call(SPI_getvalue, SPI_tuptable->vals[number], SPI_tuptable->tupdesc, column);
    row.push_back(text ? std::optional(to_utf8(text)) : std::nullopt);
  }
  return row;
}

std::vector<TextRow> text_rows() {
  std::vector<TextRow> rows;
  for (std::uint64_t i = 0; i < SPI_processed; i++) rows.push_back(text_row(i));
  return rows;
}

bool has_select(Oid table) { return pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK; }

}  // namespace

Datum Row::datum(int column) const {
  if (!has(column)) throw incomplete();
  return slot_->tts_values[column];
}

Catalog catalog() {
  const Catalog found = call(find_catalog);
  if (!is_complete(found)) throw incomplete();
  return found;
}

void require_intact(const Catalog& before, const std::string& culprit) {
  if (call(find_catalog) == before && call(soundness_of, &before).readable) return;
  throw Error(sqlstate::wrong_state, fmt::format("{} drops, renames or alters the catalog of pg_strata", culprit))
      .with_hint("Remove the statement from the script; drop the extension outside a migration.");
}

void scan(Table table, Snapshot snapshot, const std::function<void(const Row&)>& visit) {
  const Oid relation = catalog().tables[static_cast<int>(table)];
  visit_rows(call(begin_scan, table, relation, snapshot, static_cast<const char*>(nullptr), 0), visit);
}

void lookup(Table table, std::string_view key, Snapshot snapshot, const std::function<void(const Row&)>& visit) {
  const Oid relation = catalog().tables[static_cast<int>(table)];
  const std::string server_key = to_server(key);
  visit_rows(call(begin_scan, table, relation, snapshot, server_key.data(), static_cast<int>(server_key.size())), visit);
}

Snapshot query_snapshot() { return call(GetActiveSnapshot); }

void with_latest_snapshot(const std::function<void(Snapshot)>& body) {
  call(push_latest_snapshot);
  body(call(GetActiveSnapshot));
  call(PopActiveSnapshot);
}

std::uint64_t write(const char* sql, std::initializer_list<Parameter> parameters) {
  const Catalog found = catalog();
  if (!call(soundness_of, &found).writable)
    throw Error(sqlstate::wrong_state, "a table of the catalog of pg_strata has a trigger or a rule that is not its own")
        .with_detail("It would run with the rights of the owner of the extension.")
        .with_hint("Drop it, and grant nobody more than SELECT on the tables of schema migrate.");
  return run_as(found.owner, sql, parameters, [] { return static_cast<std::uint64_t>(SPI_processed); });
}

std::vector<TextRow> query(const char* sql, std::initializer_list<Parameter> parameters) {
  return run_as(catalog().owner, sql, parameters, text_rows);
}

std::vector<TextRow> query_as_caller(const char* sql, std::initializer_list<Parameter> parameters) {
  return run_as(call(GetUserId), sql, parameters, text_rows);
}

Parameter parameter(const std::string& text) { return {TEXTOID, value(text)}; }
Parameter parameter(const std::optional<std::string>& text) { return {TEXTOID, value(text)}; }
Parameter parameter(const Texts& texts) { return {TEXTARRAYOID, value(texts)}; }
Parameter bytes_parameter(std::string_view bytes) { return {BYTEAOID, bytes_datum(bytes)}; }

bool may_read_scripts() { return call(has_select, catalog().tables[static_cast<int>(Table::script)]); }

void require_script_access() {
  if (may_read_scripts()) return;
  throw Error(sqlstate::insufficient_privilege, "permission denied for the scripts of the revisions")
      .with_hint("GRANT SELECT ON migrate.script TO the role that shall read them.");
}

}  // namespace strata::pg
