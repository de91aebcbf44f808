// schema_queries_operators.cpp - operators, and the families and classes that make them usable for indexes.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
}

namespace strata::pg {
namespace {

using schema::Kind;

// One that is only announced as the commutator of another has no function yet.
std::string operators() {
  return fmt::format(
      R"(SELECT o.oid, 0, 0, pg_catalog.quote_ident(n.nspname), '', o.oprname || '(' || COALESCE(x.left, 'NONE') || ', ' || COALESCE(x.right, 'NONE') || ')',
    {} AS owner, 'CREATE OPERATOR ' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ' (FUNCTION = ' || {} ||
    {} || {} || {} || {} || {} || {} || CASE WHEN o.oprcanmerge THEN ', MERGES' ELSE '' END || CASE WHEN o.oprcanhash THEN ', HASHES' ELSE '' END || ')' AS definition
    FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    CROSS JOIN LATERAL (SELECT CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END AS left,
      CASE WHEN o.oprright <> 0 THEN pg_catalog.format_type(o.oprright, NULL) END AS right) x
    WHERE n.oid = ANY ($1) AND o.oprcode::pg_catalog.oid <> 0)",
      role("o.oprowner"), function_name("o.oprcode"), clause(", LEFTARG = ", "x.left"), clause(", RIGHTARG = ", "x.right"),
      clause(", COMMUTATOR = ", operator_name("o.oprcom")), clause(", NEGATOR = ", operator_name("o.oprnegate")),
      clause(", RESTRICT = ", function_name("o.oprrest")), clause(", JOIN = ", function_name("o.oprjoin")));
}

// The operators and functions that belong to a class or loosely to a family, `catalog` of the two, as a list; null for none.
std::string members(std::string_view catalog, std::string_view oid) {
  const std::string of_owner = fmt::format(
      R"(JOIN pg_catalog.pg_depend d ON d.objid = m.oid AND d.objsubid = 0 AND d.refclassid = 'pg_catalog.{}'::pg_catalog.regclass
      AND d.refobjid = {} AND d.deptype = ANY (ARRAY['a','i']::pg_catalog."char"[]))",
      catalog, oid);
  return fmt::format(R"((SELECT pg_catalog.string_agg(l.line, ', ' ORDER BY l.line COLLATE pg_catalog."C") FROM (
      SELECT 'OPERATOR ' || m.amopstrategy || ' ' || {0} || ' (' || pg_catalog.format_type(m.amoplefttype, NULL) || ', ' ||
        pg_catalog.format_type(m.amoprighttype, NULL) || ')' || COALESCE(' FOR ORDER BY ' || {1}, '') AS line
      FROM pg_catalog.pg_amop m {2} AND d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass
      LEFT JOIN (pg_catalog.pg_opfamily sf JOIN pg_catalog.pg_namespace sn ON sn.oid = sf.opfnamespace) ON sf.oid = m.amopsortfamily
      UNION ALL
      SELECT 'FUNCTION ' || m.amprocnum || ' (' || pg_catalog.format_type(m.amproclefttype, NULL) || ', ' ||
        pg_catalog.format_type(m.amprocrighttype, NULL) || ') ' || {3}
      FROM pg_catalog.pg_amproc m {2} AND d.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass) l))",
                     bare_operator("m.amopopr"), qualified("sn.nspname", "sf.opfname"), of_owner, function_signature("m.amproc"));
}

// `letters` are those of the catalog's columns.
std::string itself(std::string_view letters) {
  return fmt::format(
      R"(SELECT o.oid, 0, 0, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(o.{0}name) || ' USING ' || pg_catalog.quote_ident(m.amname), {1} AS owner)",
      letters, role(fmt::format("o.{}owner", letters)));
}

// The loose members as a statement of their own.
std::string families() {
  const std::string name = qualified("n.nspname", "o.opfname") + " || ' USING ' || pg_catalog.quote_ident(m.amname)";
  return itself("opf") +
         fmt::format(
             R"(, 'CREATE OPERATOR FAMILY ' || {0} || COALESCE(E';\nALTER OPERATOR FAMILY ' || {0} || ' ADD ' || {1}, '') AS definition
    FROM pg_catalog.pg_opfamily o JOIN pg_catalog.pg_namespace n ON n.oid = o.opfnamespace JOIN pg_catalog.pg_am m ON m.oid = o.opfmethod
    WHERE n.oid = ANY ($1))",
             name, members("pg_opfamily", "o.oid"));
}

// One of nothing at all is written with the storage type, as the grammar wants something.
std::string classes() {
  return itself("opc") +
         fmt::format(R"(, 'CREATE OPERATOR CLASS ' || {0} || CASE WHEN o.opcdefault THEN ' DEFAULT' ELSE '' END || ' FOR TYPE ' ||
    pg_catalog.format_type(o.opcintype, NULL) || ' USING ' || pg_catalog.quote_ident(m.amname) ||
    CASE WHEN f.opfname <> o.opcname OR f.opfnamespace <> o.opcnamespace THEN ' FAMILY ' || {1} ELSE '' END || ' AS ' ||
    pg_catalog.concat_ws(', ', x.members, CASE WHEN o.opckeytype <> 0 THEN 'STORAGE ' || pg_catalog.format_type(o.opckeytype, NULL)
      WHEN x.members IS NULL THEN 'STORAGE ' || pg_catalog.format_type(o.opcintype, NULL) END) AS definition
    FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod
    JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
    CROSS JOIN LATERAL (SELECT {2} AS members) x WHERE n.oid = ANY ($1))",
                     qualified("n.nspname", "o.opcname"), qualified("fn.nspname", "f.opfname"), members("pg_opclass", "o.oid"));
}

}  // namespace

std::vector<SchemaQuery> operator_queries() {
  return {{Kind::operator_, OperatorRelationId, operators()},
          {Kind::operator_family, OperatorFamilyRelationId, families()},
          {Kind::operator_class, OperatorClassRelationId, classes()}};
}

}  // namespace strata::pg
