#include "pg/schema_rows.hpp"

#include <algorithm>
#include <memory>

#include "pg/catalog.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"
}

namespace strata::pg {
namespace {

struct Setting {
  const char* name;
  const char* value;
};

// What a constant looks like depends on these, and a text that is kept must read the same in any session.
constexpr Setting kSettings[] = {
    {"search_path", "pg_catalog, pg_temp"},
    {"row_security", "off"},
    {"quote_all_identifiers", "off"},
    {"DateStyle", "ISO, YMD"},
    {"IntervalStyle", "postgres"},
    {"TimeZone", "UTC"},
    {"extra_float_digits", "3"},
    {"bytea_output", "hex"},
    {"xmlbinary", "base64"},
    {"lc_monetary", "C"},
    {"jit", "off"},
    {"max_parallel_workers_per_gather", "0"},  // to start them takes longer than they save
};

struct Caller {
  Oid user;
  int security;
  int settings_level;
};

Caller begin_reading(Oid role) {
  Caller caller{};
  GetUserIdAndSecContext(&caller.user, &caller.security);
  caller.settings_level = NewGUCNestLevel();
  for (const Setting& setting : kSettings)
    (void)set_config_option(setting.name, setting.value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  SetUserIdAndSecContext(role, caller.security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
  CommandCounterIncrement();
  PushActiveSnapshot(GetLatestSnapshot());
  SPI_connect();
  return caller;
}

void end_reading(Caller caller) {
  SPI_finish();
  PopActiveSnapshot();
  SetUserIdAndSecContext(caller.user, caller.security);
  AtEOXact_GUC(true, caller.settings_level);
}

Datum array_of(const Oid* oids, int count) {
  auto* datums = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
  for (int i = 0; i < count; i++) datums[i] = ObjectIdGetDatum(oids[i]);
  return PointerGetDatum(construct_array(datums, count, OIDOID, sizeof(Oid), true, TYPALIGN_INT));
}

// With the snapshot that is active, which is what read-only means to SPI.
int execute(const char* sql, Datum parameter) {
  Oid type = OIDARRAYOID;
  return SPI_execute_with_args(sql, 1, &type, &parameter, " ", true, 0);
}

void visit_rows(const std::function<void(const CatalogRow&)>& visit) {
  TupleDesc columns = SPI_tuptable->tupdesc;
  const std::uint64_t count = SPI_processed;
  std::vector<Datum> values(columns->natts);
  const std::unique_ptr<bool[]> nulls(new bool[columns->natts]);
  for (std::uint64_t i = 0; i < count; i++) {
    if (i % 1024 == 0) check_for_interrupts();
    call(heap_deform_tuple, SPI_tuptable->vals[i], columns, values.data(), nulls.get());
    visit(CatalogRow(columns, values.data(), nulls.get()));
  }
}

// By the primary key, which is oid wherever a catalog has one.
bool has_later_row(Oid catalog) {
  Relation relation = table_open(catalog, AccessShareLock);
  (void)RelationGetIndexList(relation);
  ScanKeyData key;
  ScanKeyInit(&key, 1, BTGreaterEqualStrategyNumber, F_OIDGE, ObjectIdGetDatum(FirstNormalObjectId));
  SysScanDesc rows = systable_beginscan(relation, relation->rd_pkindex, true, nullptr, 1, &key);
  const bool found = HeapTupleIsValid(systable_getnext(rows));
  systable_endscan(rows);
  table_close(relation, AccessShareLock);
  return found;
}

constexpr std::string_view kOperators[] = {"=", "<>", "||", "<", "<=", ">", ">="};

}  // namespace

std::string named(std::string_view sql) {
  std::string result;
  bool quoted = false;
  for (std::size_t at = 0; at < sql.size();) {
    if (sql[at] == '\'') quoted = !quoted;
    const std::size_t end = sql.find_first_of(" \n", at + 1);
    if (!quoted && sql[at] == ' ' && end != std::string_view::npos) {
      const std::string_view word = sql.substr(at + 1, end - at - 1);
      if (std::find(std::begin(kOperators), std::end(kOperators), word) != std::end(kOperators)) {
        result += fmt::format(" OPERATOR(pg_catalog.{})", word);
        at = end;
        continue;
      }
    }
    result += sql[at++];
  }
  return result;
}

std::optional<std::string> CatalogRow::text(int column) const {
  if (!has(column)) return std::nullopt;
  const Datum datum = values_[column];
  switch (TupleDescAttr(columns_, column)->atttypid) {
    case BOOLOID:
      return DatumGetBool(datum) ? std::optional<std::string>("true") : std::nullopt;
    case NAMEOID:
      return to_utf8(NameStr(*DatumGetName(datum)));
    case INT2OID:
      return std::to_string(DatumGetInt16(datum));
    case INT4OID:
      return std::to_string(DatumGetInt32(datum));
    case INT8OID:
      return std::to_string(DatumGetInt64(datum));
    case TEXTOID:
      return text_of(datum);
    default:
      throw Error(sqlstate::internal, fmt::format("column {} of a row of the catalogs is of another type", name(column)));
  }
}

bool is_untouched(Oid catalog) { return !call(has_later_row, catalog); }

void with_catalog_rows(const std::function<void()>& body) {
  const Caller caller = call(begin_reading, catalog().owner);
  body();
  call(end_reading, caller);
}

void for_each_row(const std::string& sql, const std::vector<Oid>& parameter,
                  const std::function<void(const CatalogRow&)>& visit) {
  const int result = call(execute, sql.c_str(), call(array_of, parameter.data(), static_cast<int>(parameter.size())));
  if (result != SPI_OK_SELECT) throw Error(sqlstate::internal, fmt::format("SPI error {} in: {}", result, sql));
  visit_rows(visit);
  call(SPI_freetuptable, SPI_tuptable);
}

}  // namespace strata::pg
