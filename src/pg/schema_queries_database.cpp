// schema_queries_database.cpp - schemas, extensions, and what belongs to the whole database.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_default_acl.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_publication.h"
}

namespace strata::pg {
namespace {

using schema::Kind;

// `columns` has the oid and the name; the rest are properties.
std::string global(std::string_view oid, std::string_view name, const std::string& properties, std::string_view from) {
  return fmt::format("SELECT {}, 0, 0, '', '', {}, {} FROM {}", oid, name, properties, from);
}

std::string quoted(std::string_view name) { return fmt::format("pg_catalog.quote_ident({})", name); }

std::string owned(std::string_view acl, char type, std::string_view owner) {
  return fmt::format("{} AS owner, {} AS acl", role(owner), privileges(acl, type, owner));
}

std::string options_clause(std::string_view options) { return clause(" OPTIONS (", foreign_options(options) + " || ')'"); }

std::string schemas() {
  return global("n.oid", quoted("n.nspname"), owned("n.nspacl", 'n', "n.nspowner"),
                "pg_catalog.pg_namespace n WHERE n.oid = ANY ($1)");
}

// Those that initdb made are part of the server, and this one is the tool.
std::string extensions() {
  return global(
      "e.oid", quoted("e.extname"),
      "e.extversion AS version, pg_catalog.quote_ident(n.nspname) AS schema",
      R"(pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= 16384 AND e.extname <> 'pg_strata')");
}

std::string languages() {
  return global(
      "l.oid", quoted("l.lanname"),
      fmt::format(
          R"({}, 'CREATE ' || CASE WHEN l.lanpltrusted THEN 'TRUSTED ' ELSE '' END || 'LANGUAGE ' || pg_catalog.quote_ident(l.lanname) || {} || {} || {} AS definition)",
          owned("l.lanacl", 'l', "l.lanowner"), clause(" HANDLER ", function_name("l.lanplcallfoid")),
          clause(" INLINE ", function_name("l.laninline")), clause(" VALIDATOR ", function_name("l.lanvalidator"))),
      "pg_catalog.pg_language l WHERE l.oid >= 16384 AND l.lanispl");
}

std::string wrappers() {
  return global(
      "w.oid", quoted("w.fdwname"),
      fmt::format("{}, 'CREATE FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname) || {} || {} || {} AS definition",
                  owned("w.fdwacl", 'F', "w.fdwowner"), clause(" HANDLER ", function_name("w.fdwhandler")),
                  clause(" VALIDATOR ", function_name("w.fdwvalidator")), options_clause("w.fdwoptions")),
      "pg_catalog.pg_foreign_data_wrapper w");
}

std::string servers() {
  return global("s.oid", quoted("s.srvname"),
                fmt::format("{}, 'CREATE SERVER ' || pg_catalog.quote_ident(s.srvname) || {} || {} || ' FOREIGN DATA WRAPPER ' "
                            "|| pg_catalog.quote_ident(w.fdwname) || {} AS definition",
                            owned("s.srvacl", 'S', "s.srvowner"), clause(" TYPE ", "pg_catalog.quote_literal(s.srvtype)"),
                            clause(" VERSION ", "pg_catalog.quote_literal(s.srvversion)"), options_clause("s.srvoptions")),
                "pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw");
}

// What a table is published with: its columns and rows.
std::string publications() {
  const std::string tables =
      fmt::format(R"((SELECT pg_catalog.string_agg(x.line, ', ' ORDER BY x.line COLLATE pg_catalog."C") FROM (
      SELECT 'TABLE ONLY ' || {} || COALESCE(' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)) || ')', '') ||
        COALESCE(' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')', '') AS line
      FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE r.prpubid = p.oid
      UNION ALL SELECT 'TABLES IN SCHEMA ' || pg_catalog.quote_ident(n.nspname)
      FROM pg_catalog.pg_publication_namespace r JOIN pg_catalog.pg_namespace n ON n.oid = r.pnnspid WHERE r.pnpubid = p.oid) x))",
                  qualified("n.nspname", "c.relname"));
  const std::string publish = R"(CASE WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate) THEN
      'publish = ' || pg_catalog.quote_literal(pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)) END)";
  return global("p.oid", quoted("p.pubname"),
                fmt::format(R"({} AS owner, 'CREATE PUBLICATION ' || pg_catalog.quote_ident(p.pubname) ||
    CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE COALESCE(' FOR ' || {}, '') END ||
    COALESCE(' WITH (' || NULLIF(pg_catalog.concat_ws(', ', {}, CASE WHEN p.pubviaroot THEN 'publish_via_partition_root = true' END), '') || ')', '') AS definition)",
                            role("p.pubowner"), tables, publish),
                "pg_catalog.pg_publication p");
}

std::string event_triggers() {
  return global(
      "e.oid", quoted("e.evtname"),
      fmt::format(
          R"({} AS owner, CASE e.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled,
    'CREATE EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ' ON ' || pg_catalog.quote_ident(e.evtevent) || COALESCE(' WHEN TAG IN (' || (
      SELECT pg_catalog.string_agg(pg_catalog.quote_literal(t.tag), ', ' ORDER BY t.tag COLLATE pg_catalog."C") FROM pg_catalog.unnest(e.evttags) t(tag)) || ')', '') ||
    ' EXECUTE FUNCTION ' || {} || '()' AS definition)",
          role("e.evtowner"), function_name("e.evtfoid")),
      "pg_catalog.pg_event_trigger e");
}

std::string default_privileges() {
  return global("d.oid",
                fmt::format(R"('FOR ROLE ' || {} || COALESCE(' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), '') || ' ON ' ||
    CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END)",
                            role("d.defaclrole")),
                grants("d.defaclacl", "d.defaclrole") + " AS acl",
                R"(pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
    WHERE d.defaclnamespace = 0 OR d.defaclnamespace = ANY ($1))");
}

}  // namespace

std::string user_mapping_query() {
  const std::string name = fmt::format(
      "CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE {} END || ' SERVER ' || pg_catalog.quote_ident(s.srvname)", role("u.umuser"));
  return fmt::format(R"(SELECT u.oid, {0}, 'CREATE USER MAPPING FOR ' || {0}, u.umoptions IS NOT NULL, s.oid
    FROM pg_catalog.pg_user_mapping u JOIN pg_catalog.pg_foreign_server s ON s.oid = u.umserver)",
                     name);
}

std::vector<SchemaQuery> database_queries() {
  return {{Kind::schema, NamespaceRelationId, schemas()},
          {Kind::extension, ExtensionRelationId, extensions()},
          {Kind::language, LanguageRelationId, languages()},
          {Kind::foreign_data_wrapper, ForeignDataWrapperRelationId, wrappers()},
          {Kind::server, ForeignServerRelationId, servers()},
          {Kind::publication, PublicationRelationId, publications()},
          {Kind::event_trigger, EventTriggerRelationId, event_triggers()},
          {Kind::default_privileges, DefaultAclRelationId, default_privileges()}};
}

}  // namespace strata::pg
