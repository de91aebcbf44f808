// schema_queries_parts.cpp - what a table has beside columns: indexes, constraints, triggers, rules, policies, statistics.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_trigger.h"
}

namespace strata::pg {
namespace {

using schema::Kind;

// `part` gives the oid, `relation` the column of `from` that says whose it is.
std::string held(std::string_view part, std::string_view relation, std::string_view name, const std::string& properties,
                 std::string_view from) {
  return fmt::format(
      R"(SELECT {0}, 0, c.oid, pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(c.relname), pg_catalog.quote_ident({2}), {3}
    FROM {4} JOIN pg_catalog.pg_class c ON c.oid = {1} JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.oid = ANY ($1))",
      part, relation, name, properties, from);
}

constexpr const char* kNotOfConstraint =
    R"( AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid
      AND k.contype = ANY (ARRAY['p','u','x']::pg_catalog."char"[])))";

std::string indexes() {
  return held("i.indexrelid", "i.indrelid", "ic.relname",
              R"(pg_catalog.pg_get_indexdef(i.indexrelid) AS definition, i.indisunique AS unique,
    NOT i.indisvalid AND c.relkind <> 'p' AS invalid, pg_catalog.quote_ident(ts.spcname) AS tablespace,
    CASE WHEN i.indexprs IS NOT NULL THEN (SELECT pg_catalog.string_agg(a.attnum || ':' || a.attstattarget, ',' ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = ic.oid AND a.attstattarget >= 0) END AS statistics)",
              R"(pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace)") +
         kNotOfConstraint;
}

// The deparser leaves out the storage options of a primary key or unique constraint. DEFERRABLE comes after them.
std::string constraints() {
  return held("k.oid", "k.conrelid", "k.conname",
              fmt::format(R"(k.contype::pg_catalog.text AS type,
    CASE WHEN ic.reloptions IS NOT NULL AND k.contype <> 'x' THEN
      pg_catalog.left(d.definition, pg_catalog.length(d.definition) - pg_catalog.length(d.tail)) || ' WITH (' || ({0}) || ')' || d.tail
    ELSE pg_catalog.regexp_replace(d.definition, ' NOT VALID$', '') END AS definition,
    NOT k.convalidated AS not_valid, NOT k.conislocal AS inherited,
    CASE WHEN k.contype = 'f' THEN (SELECT {1} FROM pg_catalog.pg_class rc JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace
      WHERE rc.oid = k.confrelid) END AS references, pg_catalog.quote_ident(ts.spcname) AS tablespace)",
                          storage_options("ic.reloptions"), qualified("rn.nspname", "rc.relname")),
              R"(pg_catalog.pg_constraint k
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_constraintdef(k.oid) AS definition,
      CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END AS tail) d
    LEFT JOIN pg_catalog.pg_class ic ON ic.oid = k.conindid AND k.contype = ANY (ARRAY['p','u','x']::pg_catalog."char"[])
    LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace)") +
         R"( AND k.contype = ANY (ARRAY['p','u','c','f','x']::pg_catalog."char"[]) AND (k.contype <> 'f' OR k.conparentid = 0))";
}

std::string index_attachments() {
  return held("h.inhrelid", "i.indrelid", "ic.relname", qualified("pn.nspname", "pc.relname") + R"( AS "to")",
              R"(pg_catalog.pg_inherits h JOIN pg_catalog.pg_index i ON i.indexrelid = h.inhrelid
    JOIN pg_catalog.pg_class ic ON ic.oid = h.inhrelid
    JOIN pg_catalog.pg_class pc ON pc.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace)");
}

std::string replica_identities() {
  return R"(SELECT c.oid, 0, c.oid, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(c.relname),
    CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || pg_catalog.quote_ident(ic.relname) END AS value
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN (pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid) ON i.indrelid = c.oid AND i.indisreplident AND c.relreplident = 'i'
    WHERE n.oid = ANY ($1) AND c.relkind = ANY (ARRAY['r','p','m']::pg_catalog."char"[]) AND
      (c.relreplident = ANY (ARRAY['f','n']::pg_catalog."char"[]) OR ic.oid IS NOT NULL))";
}

std::string clusterings() {
  return R"(SELECT c.oid, 0, c.oid, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(c.relname), pg_catalog.quote_ident(ic.relname) AS index
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.oid = ANY ($1) AND i.indisclustered)";
}

std::string statistics() {
  return fmt::format(R"(SELECT x.oid, 0, 0, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(x.stxname),
    pg_catalog.pg_get_statisticsobjdef(x.oid) AS definition, CASE WHEN x.stxstattarget >= 0 THEN x.stxstattarget END AS target, {} AS owner
    FROM pg_catalog.pg_statistic_ext x JOIN pg_catalog.pg_namespace n ON n.oid = x.stxnamespace WHERE n.oid = ANY ($1))",
                     role("x.stxowner"));
}

std::string enabled(std::string_view column) {
  return fmt::format("CASE {} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled", column);
}

std::string rules() {
  return held("r.oid", "r.ev_class", "r.rulename",
              fmt::format(
                  "CASE WHEN {} THEN pg_catalog.regexp_replace(pg_catalog.pg_get_ruledef(r.oid), ';$', '') END AS definition, {}",
                  still_there("c.oid"), enabled("r.ev_enabled")),
              "pg_catalog.pg_rewrite r") +
         " AND r.rulename <> '_RETURN'";
}

std::string triggers() {
  return held("t.oid", "t.tgrelid", "t.tgname", "pg_catalog.pg_get_triggerdef(t.oid) AS definition, " + enabled("t.tgenabled"),
              "pg_catalog.pg_trigger t") +
         " AND NOT t.tgisinternal AND t.tgparentid = 0";
}

// What a trigger of a partitioned table is in a partition is only told where its state differs from that of the one above.
std::string cloned_triggers() {
  const auto words = [](std::string_view letter) {
    return fmt::format("CASE {} WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END", letter);
  };
  return held("t.oid", "t.tgrelid", "t.tgname",
              fmt::format("CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'origin' END AS enabled, {} AS cloned",
                          words("p.tgenabled")),
              "pg_catalog.pg_trigger t JOIN pg_catalog.pg_trigger p ON p.oid = t.tgparentid AND p.tgenabled <> t.tgenabled") +
         " AND NOT t.tgisinternal";
}

std::string policies() {
  return held("p.oid", "p.polrelid", "p.polname",
              fmt::format(R"(CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END AS permissive,
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
    (SELECT pg_catalog.string_agg(g.name, ', ' ORDER BY g.name COLLATE pg_catalog."C") FROM (
      SELECT CASE WHEN u.role = 0 THEN 'PUBLIC' ELSE {} END AS name FROM pg_catalog.unnest(p.polroles) u(role)) g) AS roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check)",
                          role("u.role")),
              "pg_catalog.pg_policy p");
}

}  // namespace

std::vector<SchemaQuery> part_queries() {
  return {{Kind::index, RelationRelationId, indexes(), {RelationRelationId, "iI"}},
          {Kind::constraint, ConstraintRelationId, constraints()},
          {Kind::index_attachment, kIndexAttachments, index_attachments(), {RelationRelationId, "iI"}},
          {Kind::replica_identity, kReplicaIdentities, replica_identities(), {RelationRelationId, "rpm"}},
          {Kind::clustering, kClusterings, clusterings(), {RelationRelationId, "iI"}},
          {Kind::statistics, StatisticExtRelationId, statistics()},
          {Kind::rule, RewriteRelationId, rules()},
          {Kind::trigger, TriggerRelationId, triggers()},
          {Kind::trigger, TriggerRelationId, cloned_triggers()},
          {Kind::policy, PolicyRelationId, policies()}};
}

}  // namespace strata::pg
