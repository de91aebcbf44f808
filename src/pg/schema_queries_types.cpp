// schema_queries_types.cpp - types: enumerated, composite, range types and domains.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
}

namespace strata::pg {
namespace {

using schema::Kind;

std::string from_types(char type, std::string_view more = "") {
  return fmt::format(
      " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace {} WHERE n.oid = ANY ($1) AND "
      "t.typtype = '{}'",
      more, type);
}

std::string type_itself() {
  return fmt::format(
      "SELECT t.oid, 0, 0, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(t.typname), {} AS owner, {} AS acl",
      role("t.typowner"), privileges("t.typacl", 'T', "t.typowner"));
}

std::string enum_types() {
  return type_itself() +
         R"(, COALESCE((SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
    FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '') AS labels)" +
         from_types('e');
}

constexpr const char* kOwnClass = "JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'";

std::string composite_types() { return type_itself() + from_types('c', kOwnClass); }

// Null when it is that of the underlying type.
std::string collation(std::string_view own, std::string_view usual) {
  return fmt::format(R"(CASE WHEN {0} <> {1} THEN (SELECT {2} FROM pg_catalog.pg_collation co
    JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = {0}) END)",
                     own, usual, qualified("cn.nspname", "co.collname"));
}

std::string attributes() {
  return R"(SELECT c.oid, a.attnum::pg_catalog.int4, t.oid, pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(t.typname), pg_catalog.quote_ident(a.attname),
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, )" +
         collation("a.attcollation", "b.typcollation") + " AS collation" +
         from_types('c', std::string(kOwnClass) +
                             R"( JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type b ON b.oid = a.atttypid)");
}

std::string domains() {
  return type_itself() + ", pg_catalog.format_type(t.typbasetype, t.typtypmod) AS type, " +
         collation("t.typcollation", "b.typcollation") +
         R"( AS collation, COALESCE(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault) AS default, t.typnotnull AS not_null)" +
         from_types('d', "JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype");
}

std::string domain_constraints() {
  return R"(SELECT k.oid, 0, t.oid, pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(t.typname), pg_catalog.quote_ident(k.conname),
    pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '') AS definition, NOT k.convalidated AS not_valid)" +
         from_types('d', "JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid AND k.contype = 'c'");
}

// What the server would choose by itself is left out.
std::string range_types() {
  return type_itself() +
         fmt::format(R"(, 'CREATE TYPE ' || {0} || ' AS RANGE (subtype = ' || pg_catalog.format_type(r.rngsubtype, NULL) ||
    CASE WHEN NOT oc.opcdefault THEN ', subtype_opclass = ' || {1} ELSE '' END ||
    COALESCE(', collation = ' || {2}, '') ||
    CASE WHEN r.rngcanonical::pg_catalog.oid <> 0 THEN ', canonical = ' || (SELECT {4} FROM pg_catalog.pg_proc f
      JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = r.rngcanonical) ELSE '' END ||
    CASE WHEN r.rngsubdiff::pg_catalog.oid <> 0 THEN ', subtype_diff = ' || (SELECT {4} FROM pg_catalog.pg_proc f
      JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = r.rngsubdiff) ELSE '' END ||
    ', multirange_type_name = ' || {3} || ')' AS definition)",
                     qualified("n.nspname", "t.typname"), qualified("ocn.nspname", "oc.opcname"),
                     collation("r.rngcollation", "b.typcollation"), qualified("mn.nspname", "m.typname"),
                     qualified("fn.nspname", "f.proname")) +
         from_types('r', R"(JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid JOIN pg_catalog.pg_type b ON b.oid = r.rngsubtype
    JOIN pg_catalog.pg_opclass oc ON oc.oid = r.rngsubopc JOIN pg_catalog.pg_namespace ocn ON ocn.oid = oc.opcnamespace
    JOIN pg_catalog.pg_type m ON m.oid = r.rngmultitypid JOIN pg_catalog.pg_namespace mn ON mn.oid = m.typnamespace)");
}

}  // namespace

std::vector<SchemaQuery> type_queries() {
  return {{Kind::enum_type, TypeRelationId, enum_types(), {TypeRelationId, "e"}},
          {Kind::composite_type, TypeRelationId, composite_types(), {RelationRelationId, "c"}},
          {Kind::attribute, RelationRelationId, attributes(), {RelationRelationId, "c"}},
          {Kind::domain, TypeRelationId, domains(), {TypeRelationId, "d"}},
          {Kind::domain_constraint, ConstraintRelationId, domain_constraints(), {TypeRelationId, "d"}},
          {Kind::range_type, TypeRelationId, range_types(), {TypeRelationId, "r"}}};
}

}  // namespace strata::pg
