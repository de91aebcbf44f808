// catalog.hpp - where the catalog is, and how it is read and written.
//
// Reading goes straight to the tables (scan), which asks for no right and costs no planning in a cold session; what a
// caller may see is decided by the functions. Writing goes through SPI as the owner of the tables (write). The surprise:
// a scan sees what `Snapshot` says, so a function that waits for the lock takes a new one afterwards.
#pragma once

#include "pg/value.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relscan.h"
#include "executor/tuptable.h"
#include "utils/snapshot.h"
}

namespace strata::pg {

enum class Table { revision, script, version, log, state, journal, snapshot, desired };
inline constexpr int kTableCount = 8;

// The object ids of the catalog; equal values mean that nobody has dropped, renamed or replaced a table.
struct Catalog {
  Oid schema = InvalidOid;
  Oid tables[kTableCount] = {};
  Oid owner = InvalidOid;
  bool operator==(const Catalog&) const = default;
};

// Raises 55000 when the catalog is not there (the extension was dropped by a script of its own).
Catalog catalog();
// Raises 55000 unless the catalog is still the one that `before` says; `culprit` is for the message.
void require_intact(const Catalog& before, const std::string& culprit);

// One row, valid while its scan stands on it. Columns count from 0.
class Row {
 public:
  explicit Row(TupleTableSlot* slot) : slot_(slot) {}
  bool has(int column) const { return !slot_->tts_isnull[column]; }
  Datum datum(int column) const;  // raises 55000 for a null, which only a damaged catalog has where one is read
  std::string text(int column) const { return text_of(datum(column)); }
  std::string text_or_empty(int column) const { return has(column) ? text(column) : std::string(); }
  Texts texts(int column) const { return texts_of(datum(column), "catalog column"); }
  bool flag(int column) const { return DatumGetBool(datum(column)); }
  int number(int column) const { return DatumGetInt32(datum(column)); }

 private:
  TupleTableSlot* slot_;
};

// Calls `visit` for every row of a table as `snapshot` sees it; honours interrupts. Detoasted values are freed row by row.
void scan(Table table, Snapshot snapshot, const std::function<void(const Row&)>& visit);
// The rows whose first key column is `key`, through the primary key.
void lookup(Table table, std::string_view key, Snapshot snapshot, const std::function<void(const Row&)>& visit);

// What the caller's query sees / what is committed now.
Snapshot query_snapshot();
// Runs body with a snapshot of what is committed now (and of the caller's own changes).
void with_latest_snapshot(const std::function<void(Snapshot)>& body);

struct Parameter {
  Oid type;
  Value value;
};
// One SQL statement of ours, as the owner of the catalog, under a search_path that holds pg_catalog alone (every name in
// `sql` is qualified all the same). write() returns the number of rows, query() the rows as text.
std::uint64_t write(const char* sql, std::initializer_list<Parameter> parameters);
using TextRow = std::vector<std::optional<std::string>>;
std::vector<TextRow> query(const char* sql, std::initializer_list<Parameter> parameters);
// The same with the rights of the caller: what the server conceals from him stays concealed.
std::vector<TextRow> query_as_caller(const char* sql, std::initializer_list<Parameter> parameters);

Parameter parameter(const std::string& text);
Parameter parameter(const std::optional<std::string>& text);
Parameter parameter(const Texts& texts);
Parameter bytes_parameter(std::string_view bytes);

// May the current user read the scripts (SELECT on migrate.script)? The second one raises 42501 if not.
bool may_read_scripts();
void require_script_access();

}  // namespace strata::pg
