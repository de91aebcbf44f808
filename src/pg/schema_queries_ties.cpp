// schema_queries_ties.cpp - how objects hang together where pg_depend speaks of something else than they.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"
#include "catalog/pg_type.h"
}

namespace strata::pg {
namespace {

// The part of a UNION: `from` with the two addresses.
std::string pair(std::string_view catalog, std::string_view oid, std::string_view sub, std::string_view to_catalog,
                 std::string_view to_oid, std::string_view to_sub, std::string_view from) {
  const auto address = [](std::string_view name) {
    if (name.find('.') != std::string_view::npos) return std::string(name);
    return name.starts_with("pg_") ? fmt::format("'pg_catalog.{}'::pg_catalog.regclass::pg_catalog.oid", name)
                                   : fmt::format("{}::pg_catalog.oid", name);
  };
  return fmt::format("SELECT {}, {}, {}::pg_catalog.int4, {}, {}, {}::pg_catalog.int4 FROM {}\n", address(catalog), oid, sub,
                     address(to_catalog), to_oid, to_sub, from);
}

std::string joined(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, "UNION ALL ")); }

}  // namespace

std::string presence_query() {
  const auto part = [](std::string_view catalog, std::string_view letter, std::string_view schema) {
    return fmt::format("SELECT 'pg_catalog.{0}'::pg_catalog.regclass::pg_catalog.oid, x.{1} FROM pg_catalog.{0} x WHERE x.oid >= 16384 AND x.{2} = ANY ($1) GROUP BY x.{1}\n",
                       catalog, letter, schema);
  };
  return joined({part("pg_class", "relkind", "relnamespace"), part("pg_type", "typtype", "typnamespace"), part("pg_proc", "prokind", "pronamespace")});
}

std::string alias_query() {
  return joined({
      // the index of a constraint
      pair(
          "pg_class", "k.conindid", "0", "pg_constraint", "k.oid", "0",
          R"(pg_catalog.pg_constraint k WHERE k.connamespace = ANY ($1) AND k.contype = ANY (ARRAY['p','u','x']::pg_catalog."char"[]))"),
      // the row type of a relation
      pair("pg_type", "c.reltype", "0", "pg_class", "c.oid", "0",
           R"(pg_catalog.pg_class c WHERE c.relnamespace = ANY ($1) AND c.reltype <> 0 AND c.relkind <> 'c')"),
      pair("pg_class", "c.oid", "0", "pg_type", "c.reltype", "0",
           R"(pg_catalog.pg_class c WHERE c.relnamespace = ANY ($1) AND c.relkind = 'c')"),
      // arrays (those of extensions are in other schemas), multiranges and their arrays
      pair("pg_type", "t.typarray", "0", "pg_type", "t.oid", "0",
           "pg_catalog.pg_type t WHERE t.oid >= 16384 AND t.typarray <> 0"),
      pair("pg_type", "r.rngmultitypid", "0", "pg_type", "r.rngtypid", "0",
           R"(pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid WHERE t.typnamespace = ANY ($1))"),
      // the expression of a generated column, the default of a column of a view
      pair("pg_attrdef", "d.oid", "0", "pg_class", "d.adrelid", "d.adnum",
           R"(pg_catalog.pg_attrdef d JOIN pg_catalog.pg_class c ON c.oid = d.adrelid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
    WHERE c.relnamespace = ANY ($1) AND (a.attgenerated <> '' OR c.relkind = 'v'))"),
      // the query of a view
      pair(
          "pg_rewrite", "r.oid", "0", "pg_class", "r.ev_class", "0",
          R"(pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = ANY ($1) AND r.rulename = '_RETURN')"),
      // the constructors of a range type
      pair(
          "pg_proc", "d.objid", "0", "pg_type", "d.refobjid", "0",
          R"(pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.objid WHERE p.pronamespace = ANY ($1) AND d.deptype = 'i'
    AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass)"),
      // the family that a class brought along, and what belongs to families and classes
      pair("pg_opfamily", "f.oid", "0", "pg_opclass", "o.oid", "0",
           R"(pg_catalog.pg_opfamily f JOIN pg_catalog.pg_opclass o ON o.opcfamily = f.oid AND o.opcname = f.opfname
      AND o.opcnamespace = f.opfnamespace AND o.opcmethod = f.opfmethod
    WHERE f.opfnamespace = ANY ($1) AND o.opcowner = f.opfowner AND
      NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND d.refobjid = f.oid
        AND d.classid = ANY (ARRAY['pg_catalog.pg_amop'::pg_catalog.regclass, 'pg_catalog.pg_amproc'::pg_catalog.regclass]::pg_catalog.oid[])) AND
      NOT EXISTS (SELECT FROM pg_catalog.pg_description x WHERE x.objoid = f.oid AND x.classoid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass))"),
      pair("d.classid", "d.objid", "0", "d.refclassid", "d.refobjid", "0",
           R"(pg_catalog.pg_depend d WHERE d.deptype = ANY (ARRAY['a','i']::pg_catalog."char"[])
    AND d.classid = ANY (ARRAY['pg_catalog.pg_amop'::pg_catalog.regclass, 'pg_catalog.pg_amproc'::pg_catalog.regclass]::pg_catalog.oid[])
    AND d.refclassid = ANY (ARRAY['pg_catalog.pg_opclass'::pg_catalog.regclass, 'pg_catalog.pg_opfamily'::pg_catalog.regclass]::pg_catalog.oid[]))"),
      // what is published
      pair("pg_publication_rel", "r.oid", "0", "pg_publication", "r.prpubid", "0", "pg_catalog.pg_publication_rel r"),
      pair("pg_publication_namespace", "r.oid", "0", "pg_publication", "r.pnpubid", "0", "pg_catalog.pg_publication_namespace r"),
      // the sequence of an identity column
      pair(
          "pg_class", "d.objid", "0", "pg_class", "d.refobjid", "d.refobjsubid",
          R"(pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid WHERE c.relnamespace = ANY ($1) AND c.relkind = 'S'
    AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.deptype = 'i' AND d.refobjsubid > 0)"),
  });
}

std::string tie_query() {
  const std::string partition = std::to_string(kPartitions), attachment = std::to_string(kIndexAttachments),
                    replica = std::to_string(kReplicaIdentities), clustering = std::to_string(kClusterings);
  const std::string partitions =
      R"(pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid WHERE c.relnamespace = ANY ($1) AND c.relispartition
    AND c.relkind = ANY (ARRAY['r','p','f']::pg_catalog."char"[]))";
  const std::string attachments = R"(pg_catalog.pg_inherits h JOIN pg_catalog.pg_index i ON i.indexrelid = h.inhrelid
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid WHERE c.relnamespace = ANY ($1))";
  const auto marked = [](std::string_view flag) {
    return fmt::format(
        "pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = ANY ($1) AND i.{}",
        flag);
  };
  const std::string clones_from = "pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid",
                    clones_where = " WHERE c.relnamespace = ANY ($1) AND t.tgparentid <> 0 AND NOT t.tgisinternal", clones = clones_from + clones_where;
  return joined({
      pair(partition, "h.inhrelid", "0", "pg_class", "h.inhparent", "0", partitions),
      pair(attachment, "h.inhrelid", "0", "pg_class", "h.inhrelid", "0", attachments),
      pair(attachment, "h.inhrelid", "0", "pg_class", "h.inhparent", "0", attachments),
      pair(attachment, "h.inhrelid", "0", partition, "i.indrelid", "0", attachments),
      pair(replica, "i.indrelid", "0", "pg_class", "i.indexrelid", "0", marked("indisreplident")),
      pair(clustering, "i.indrelid", "0", "pg_class", "i.indexrelid", "0", marked("indisclustered")),
      // a trigger of a partition: the partition, and the trigger of the partitioned table far above
      pair("pg_trigger", "t.oid", "0", partition, "t.tgrelid", "0", clones),
      pair("pg_trigger", "t.oid", "0", "pg_trigger", "p.oid", "0",
           clones_from + R"( JOIN pg_catalog.pg_trigger p ON p.tgname = t.tgname AND p.tgparentid = 0
      AND p.tgrelid = ANY (SELECT a.relid::pg_catalog.oid FROM pg_catalog.pg_partition_ancestors(t.tgrelid) a))" + clones_where),
  });
}

namespace {

// `catalog` with its columns for name, namespace and oid; `holder` is the table that has it.
std::string content(std::string_view catalog, std::string_view name, std::string_view schema, std::string_view kind,
                    std::string_view holder = "0") {
  return fmt::format(R"(SELECT 'pg_catalog.{0}'::pg_catalog.regclass::pg_catalog.oid, x.oid, {4}::pg_catalog.oid, {3}, {5}
    FROM pg_catalog.{0} x JOIN pg_catalog.pg_namespace n ON n.oid = x.{2} WHERE x.oid >= 16384 AND n.oid = ANY ($1)
)",
                     catalog, name, schema, kind, holder, qualified("n.nspname", fmt::format("x.{}", name)));
}

}  // namespace

std::vector<CatalogQuery> contents_queries() {
  return {
      {RelationRelationId, content("pg_class", "relname", "relnamespace", "'relation'",
              "COALESCE((SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = x.oid), 0)")},
      {TypeRelationId, content("pg_type", "typname", "typnamespace",
              "CASE WHEN NOT x.typisdefined THEN 'shell type' WHEN x.typtype = 'b' THEN 'base type' ELSE 'type' END")},
      {ProcedureRelationId, content("pg_proc", "proname", "pronamespace", "'function'")},
      {OperatorRelationId, content("pg_operator", "oprname", "oprnamespace", "'operator'")},
      {OperatorFamilyRelationId, content("pg_opfamily", "opfname", "opfnamespace", "'operator family'")},
      {OperatorClassRelationId, content("pg_opclass", "opcname", "opcnamespace", "'operator class'")},
      {CollationRelationId, content("pg_collation", "collname", "collnamespace", "'collation'")},
      {ConversionRelationId, content("pg_conversion", "conname", "connamespace", "'conversion'")},
      {TSParserRelationId, content("pg_ts_parser", "prsname", "prsnamespace", "'text search parser'")},
      {TSTemplateRelationId, content("pg_ts_template", "tmplname", "tmplnamespace", "'text search template'")},
      {TSDictionaryRelationId, content("pg_ts_dict", "dictname", "dictnamespace", "'text search dictionary'")},
      {TSConfigRelationId, content("pg_ts_config", "cfgname", "cfgnamespace", "'text search configuration'")},
      {StatisticExtRelationId, content("pg_statistic_ext", "stxname", "stxnamespace", "'statistics'")},
  };
}

namespace {

std::string other(std::string_view catalog, std::string_view kind, std::string_view name, std::string_view condition) {
  return fmt::format(
      "SELECT 'pg_catalog.{0}'::pg_catalog.regclass::pg_catalog.oid, x.oid, 0::pg_catalog.oid, '{1}', {2} FROM pg_catalog.{0} x "
      "{3}\n",
      catalog, kind, name, condition);
}

// Of a table: holder and name.
std::string part(std::string_view catalog, std::string_view table, std::string_view kind, std::string_view name,
                 std::string_view condition) {
  return fmt::format(R"(SELECT 'pg_catalog.{0}'::pg_catalog.regclass::pg_catalog.oid, x.oid, c.oid, '{2}',
    pg_catalog.quote_ident(x.{3}) || ' on ' || {4} FROM pg_catalog.{0} x JOIN pg_catalog.pg_class c ON c.oid = x.{1}
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.oid = ANY ($1) AND {5}
)",
                     catalog, table, kind, name, qualified("n.nspname", "c.relname"), condition);
}

}  // namespace

std::string not_compared_query() {
  return joined({
      other("pg_am", "access method", "pg_catalog.quote_ident(x.amname)", "WHERE x.oid >= 16384"),
      other("pg_subscription", "subscription", "pg_catalog.quote_ident(x.subname)",
            "JOIN pg_catalog.pg_database d ON d.oid = x.subdbid AND d.datname = pg_catalog.current_database()"),
      other("pg_parameter_acl", "privileges on a parameter", "pg_catalog.quote_ident(x.parname)", ""),
      other("pg_transform", "transform",
            "'for ' || pg_catalog.format_type(x.trftype, NULL) || ' language ' || pg_catalog.quote_ident(l.lanname)",
            "JOIN pg_catalog.pg_language l ON l.oid = x.trflang WHERE x.oid >= 16384"),
      // The table's privileges do not hold for the sequence of an identity column.
      fmt::format(
          R"(SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, c.oid, d.refobjid, 'privileges on an identity sequence', {}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'i'
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    WHERE n.oid = ANY ($1) AND c.relkind = 'S' AND {} IS NOT NULL
)",
          qualified("n.nspname", "c.relname"), privileges("c.relacl", 's', "c.relowner")),
      // Those of foreign keys can be switched one by one.
      part(
          "pg_trigger", "tgrelid", "state of a trigger made by the server", "tgname",
          R"(x.tgisinternal AND x.tgenabled <> COALESCE((SELECT y.tgenabled FROM pg_catalog.pg_trigger y WHERE y.oid = x.tgparentid), 'O'))"),
  });
}

}  // namespace strata::pg
