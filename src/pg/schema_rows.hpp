// schema_rows.hpp - many rows of the catalogs at once, without a detour over text.
//
// One stretch of reading has one snapshot, the rights of the extension's owner and settings of its own. The surprise: statements
// of reading are written with bare operators, and named() gives each its schema; OPERATOR() binds tighter than a bare comparison,
// so a right-hand side of more than one term stands in parentheses.
#pragma once

#include "pg/value.hpp"

extern "C" {
#include "access/tupdesc.h"
}

namespace strata::pg {

// ` = ` becomes ` OPERATOR(pg_catalog.=) `, outside of literals.
std::string named(std::string_view sql);

// One row, valid during the visit. Columns count from 0; numbers and object ids are read as they are stored.
class CatalogRow {
 public:
  CatalogRow(TupleDesc columns, const Datum* values, const bool* nulls) : columns_(columns), values_(values), nulls_(nulls) {}
  int width() const { return columns_->natts; }
  const char* name(int column) const { return NameStr(TupleDescAttr(columns_, column)->attname); }
  bool has(int column) const { return !nulls_[column]; }
  Oid oid(int column) const { return has(column) ? DatumGetObjectId(values_[column]) : InvalidOid; }
  int number(int column) const { return has(column) ? DatumGetInt32(values_[column]) : 0; }
  bool flag(int column) const { return has(column) && DatumGetBool(values_[column]); }
  char letter(int column) const { return has(column) ? DatumGetChar(values_[column]) : '\0'; }
  // Text, name or number as text; nothing for a null. A truth is "true" or nothing.
  std::optional<std::string> text(int column) const;

 private:
  TupleDesc columns_;
  const Datum* values_;
  const bool* nulls_;
};

// Has nobody made anything in this catalog, that is, has it no row that initdb did not write? Then it need not be asked: to plan
// a query takes longer than to find nothing.
bool is_untouched(Oid catalog);

// Runs body, in which for_each_row() works.
void with_catalog_rows(const std::function<void()>& body);
// `sql` has one parameter, an oid[].
void for_each_row(const std::string& sql, const std::vector<Oid>& parameter, const std::function<void(const CatalogRow&)>& visit);

}  // namespace strata::pg
