// schema_queries_relations.cpp - tables, views, sequences and their columns.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
}

namespace strata::pg {
namespace {

using schema::Kind;

// `kinds` are letters of relkind; c and n are the relation and its namespace.
std::string from_relations(std::string_view kinds, std::string_view more = "") {
  std::string list;
  for (const char kind : kinds) list += fmt::format("{}'{}'", list.empty() ? "" : ",", kind);
  return fmt::format(R"( FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {1}
    WHERE n.oid = ANY ($1) AND c.relkind = ANY (ARRAY[{0}]::pg_catalog."char"[]))",
                     list, more);
}

const std::string kRelation = "SELECT c.oid, 0, 0, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(c.relname)";
// Of something that a relation has.
const std::string kHeld = "c.oid AS holder, pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(c.relname)";

std::string owner_and_privileges(char type) {
  return fmt::format(", {} AS owner, {} AS acl", role("c.relowner"), privileges("c.relacl", type, "c.relowner"));
}

// In their order; the parent of a partition is told by the partition.
const std::string kInherits = fmt::format(R"(, CASE WHEN NOT c.relispartition THEN (
    SELECT pg_catalog.string_agg({}, ', ' ORDER BY h.inhseqno) FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class pc ON pc.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
    WHERE h.inhrelid = c.oid) END AS inherits)",
                                          qualified("pn.nspname", "pc.relname"));

// With those of the TOAST table.
const std::string kStorage = fmt::format(R"(, CASE WHEN c.reloptions IS NOT NULL OR tt.reloptions IS NOT NULL THEN (
    SELECT pg_catalog.string_agg(o.line, ', ' ORDER BY o.line COLLATE pg_catalog."C") FROM (
      SELECT pg_catalog.quote_ident(x.option_name) || '=' || pg_catalog.quote_literal(x.option_value) AS line
      FROM pg_catalog.pg_options_to_table(c.reloptions) x UNION ALL
      SELECT 'toast.' || pg_catalog.quote_ident(x.option_name) || '=' || pg_catalog.quote_literal(x.option_value)
      FROM pg_catalog.pg_options_to_table(tt.reloptions) x) o) END AS options,
    CASE WHEN m.amname <> 'heap' THEN pg_catalog.quote_ident(m.amname) END AS access_method,
    pg_catalog.quote_ident(ts.spcname) AS tablespace)");

constexpr const char* kStorageJoins = R"(LEFT JOIN pg_catalog.pg_class tt ON tt.oid = c.reltoastrelid AND c.reltoastrelid <> 0
    LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace)";

std::string tables() {
  return kRelation + owner_and_privileges('r') + kInherits + kStorage +
         R"(, c.relpersistence = 'u' AS unlogged, CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
    c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
    CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type)" +
         from_relations("rp", kStorageJoins);
}

std::string foreign_tables() {
  return kRelation + owner_and_privileges('r') + kInherits +
         fmt::format(", pg_catalog.quote_ident(fs.srvname) AS server, {} AS fdw_options", foreign_options("ft.ftoptions")) +
         from_relations("f", R"(JOIN pg_catalog.pg_foreign_table ft ON ft.ftrelid = c.oid
    JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver)");
}

// Null when it is that of the type.
const std::string kCollation = fmt::format(R"(CASE WHEN a.attcollation <> t.typcollation THEN (
    SELECT {} FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    WHERE co.oid = a.attcollation) END)",
                                           qualified("cn.nspname", "co.collname"));

// With the usual storage of the type, which has no other name in ALTER COLUMN.
constexpr const char* kStorageOfColumn = R"(CASE WHEN a.attstorage <> t.typstorage THEN
    CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' WHEN 'x' THEN 'EXTENDED' END END AS storage,
    CASE WHEN a.attstorage <> t.typstorage THEN
    CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' WHEN 'x' THEN 'EXTENDED' END END AS usual_storage,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
    CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics)";

constexpr const char* kLiveColumns =
    R"(JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid)";

std::string acl_of_column() {
  return fmt::format("CASE WHEN a.attacl IS NOT NULL THEN {} END AS acl, {} AS options", grants("a.attacl", "c.relowner"),
                     storage_options("a.attoptions"));
}

std::string columns() {
  return "SELECT c.oid, a.attnum::pg_catalog.int4, " + kHeld + ", pg_catalog.quote_ident(a.attname), " + acl_of_column() + ", " +
         kStorageOfColumn +
         fmt::format(R"(, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, {} AS collation, a.attnotnull AS not_null,
    CASE WHEN a.attgenerated <> '' THEN (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
      WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END AS generated,
    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity,
    NOT a.attislocal AS inherited, {} AS fdw_options)",
                     kCollation, foreign_options("a.attfdwoptions")) +
         from_relations("rpf", kLiveColumns);
}

// More properties of the columns that have one.
std::string identities() {
  return "SELECT c.oid, a.attnum::pg_catalog.int4, " + kHeld + ", pg_catalog.quote_ident(a.attname), " +
         qualified("sn.nspname", "sc.relname") +
         R"( AS identity_sequence, s.seqstart AS identity_start, s.seqincrement AS identity_increment, s.seqmin AS identity_min,
    s.seqmax AS identity_max, s.seqcache AS identity_cache, s.seqcycle AS identity_cycle,
    CASE WHEN sc.relpersistence <> c.relpersistence THEN CASE sc.relpersistence WHEN 'u' THEN 'true' ELSE 'false' END END AS identity_unlogged)" +
         from_relations(
             "rpf",
             R"(JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid
      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i' AND d.refobjsubid > 0
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attidentity <> ''
    JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid JOIN pg_catalog.pg_class sc ON sc.oid = s.seqrelid
    JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace)");
}

std::string column_defaults() {
  return "SELECT d.oid, 0, " + kHeld +
         ", pg_catalog.quote_ident(a.attname), pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression" +
         from_relations("rpf", R"(JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum AND a.attgenerated = '')");
}

std::string partitions() {
  return "SELECT c.oid, 0, c.oid, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(c.relname), " +
         qualified("pn.nspname", "pc.relname") + " AS parent, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound" +
         from_relations("rpf", R"(JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
    JOIN pg_catalog.pg_class pc ON pc.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace)");
}

std::string sequences() {
  return kRelation + owner_and_privileges('s') +
         R"(, pg_catalog.format_type(s.seqtypid, NULL) AS type, s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS min, s.seqmax AS max,
    s.seqcache AS cache, s.seqcycle AS cycle, c.relpersistence = 'u' AS unlogged)" +
         from_relations("S", "JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid");
}

std::string sequence_owners() {
  return "SELECT c.oid, 0, c.oid, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(c.relname), " +
         qualified("tn.nspname", "tc.relname") + " || '.' || pg_catalog.quote_ident(a.attname) AS column" +
         from_relations(
             "S", R"(JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'a' AND d.refobjsubid > 0
    JOIN pg_catalog.pg_class tc ON tc.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = tc.oid AND a.attnum = d.refobjsubid)");
}

const std::string kQuery =
    fmt::format(R"(, CASE WHEN {0} THEN pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') END AS definition,
    (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) ||
        COALESCE(' COLLATE ' || {1}, ''), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns)",
                still_there("c.oid"), kCollation);

std::string views() {
  return kRelation + owner_and_privileges('r') + kQuery + ", " + storage_options("c.reloptions") + " AS options" +
         from_relations("v");
}

std::string materialized_views() {
  return kRelation + owner_and_privileges('r') + kQuery + kStorage + from_relations("m", kStorageJoins);
}

// Only those of which something is said.
std::string view_columns() {
  return "SELECT c.oid, a.attnum::pg_catalog.int4, " + kHeld + ", pg_catalog.quote_ident(a.attname), " + acl_of_column() + ", " +
         kStorageOfColumn + R"(, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default)" +
         from_relations(
             "vm", std::string(kLiveColumns) + " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum") +
         R"( AND (a.attacl IS NOT NULL OR d.oid IS NOT NULL OR a.attstattarget >= 0 OR
      EXISTS (SELECT FROM pg_catalog.pg_options_to_table(a.attoptions) o WHERE o.option_name <> 'pg_attver') OR
      (c.relkind = 'm' AND (a.attstorage <> t.typstorage OR a.attcompression <> '')) OR
      EXISTS (SELECT FROM pg_catalog.pg_description x WHERE x.objoid = c.oid AND x.objsubid = a.attnum
        AND x.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass)))";
}

}  // namespace

std::vector<SchemaQuery> relation_queries() {
  return {{Kind::sequence, RelationRelationId, sequences(), {RelationRelationId, "S"}},
          {Kind::table, RelationRelationId, tables(), {RelationRelationId, "rp"}},
          {Kind::foreign_table, RelationRelationId, foreign_tables(), {RelationRelationId, "f"}},
          {Kind::column, RelationRelationId, columns(), {RelationRelationId, "rpf"}},
          {Kind::column, RelationRelationId, identities(), {RelationRelationId, "rpf"}},
          {Kind::column_default, AttrDefaultRelationId, column_defaults(), {RelationRelationId, "rpf"}},
          {Kind::partition, kPartitions, partitions()},
          {Kind::sequence_owner, kSequenceOwners, sequence_owners(), {RelationRelationId, "S"}},
          {Kind::view, RelationRelationId, views(), {RelationRelationId, "v"}},
          {Kind::materialized_view, RelationRelationId, materialized_views(), {RelationRelationId, "m"}},
          {Kind::view_column, RelationRelationId, view_columns(), {RelationRelationId, "vm"}}};
}

}  // namespace strata::pg
