#include "pg/schema_queries.hpp"

namespace strata::pg {

std::string role(std::string_view oid) { return fmt::format("pg_catalog.quote_ident(pg_catalog.pg_get_userbyid({}))", oid); }

namespace {

// One line a grantee; null for no privilege at all.
std::string lines(std::string_view acl, std::string_view owner) {
  return fmt::format(R"((SELECT pg_catalog.string_agg(g.line, E'\n' ORDER BY g.line COLLATE pg_catalog."C") FROM (
    SELECT CASE WHEN e.grantee = 0 THEN '@public' WHEN e.grantee = {1} THEN '@owner' ELSE {2} END || ':' ||
           pg_catalog.string_agg(e.privilege, ',' ORDER BY e.privilege COLLATE pg_catalog."C") AS line
    FROM (SELECT x.grantee, x.privilege_type || CASE WHEN pg_catalog.bool_or(x.is_grantable) THEN '*' ELSE '' END AS privilege
          FROM pg_catalog.aclexplode({0}) x GROUP BY x.grantee, x.privilege_type) e GROUP BY e.grantee) g))",
                     acl, owner, role("e.grantee"));
}

// pg_attver is no option: newer minor versions of the server keep a number of their own among those of every column.
std::string options_of(std::string_view options, std::string_view separator) {
  return fmt::format(
      R"(CASE WHEN {0} IS NOT NULL AND (pg_catalog.array_length({0}, 1) <> 1 OR NOT pg_catalog.starts_with({0}[1], 'pg_attver=')) THEN (SELECT pg_catalog.string_agg(o.line, ', ' ORDER BY o.line COLLATE pg_catalog."C")
    FROM (SELECT pg_catalog.quote_ident(x.option_name) || '{1}' || pg_catalog.quote_literal(COALESCE(x.option_value, '')) AS line
          FROM pg_catalog.pg_options_to_table({0}) x WHERE x.option_name <> 'pg_attver') o) END)",
      options, separator);
}

}  // namespace

std::string grants(std::string_view acl, std::string_view owner) { return fmt::format("COALESCE({}, '')", lines(acl, owner)); }

std::string privileges(std::string_view acl, char type, std::string_view owner) {
  const std::string original = fmt::format("pg_catalog.acldefault('{}', {})", type, owner);
  return fmt::format(
      "CASE WHEN {0} IS NOT NULL THEN (SELECT p.now FROM (SELECT {1} AS now, {2} AS original) p WHERE p.now <> p.original) END",
      acl, grants(acl, owner), grants(original, owner));
}

std::string storage_options(std::string_view options) { return options_of(options, "="); }
std::string foreign_options(std::string_view options) { return options_of(options, " "); }

std::string qualified(std::string_view schema, std::string_view name) {
  return fmt::format("(pg_catalog.quote_ident({}) || '.' || pg_catalog.quote_ident({}))", schema, name);
}

std::string function_name(std::string_view oid) {
  return fmt::format(
      R"((SELECT {} FROM pg_catalog.pg_proc fp JOIN pg_catalog.pg_namespace fpn ON fpn.oid = fp.pronamespace WHERE fp.oid = {}))",
      qualified("fpn.nspname", "fp.proname"), oid);
}

std::string function_signature(std::string_view oid) {
  return fmt::format(R"((SELECT {} || '(' || pg_catalog.oidvectortypes(fp.proargtypes) || ')' FROM pg_catalog.pg_proc fp
    JOIN pg_catalog.pg_namespace fpn ON fpn.oid = fp.pronamespace WHERE fp.oid = {}))",
                     qualified("fpn.nspname", "fp.proname"), oid);
}

std::string bare_operator(std::string_view oid) {
  return fmt::format(R"((SELECT pg_catalog.quote_ident(opn.nspname) || '.' || op.oprname FROM pg_catalog.pg_operator op
    JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace WHERE op.oid = {}))",
                     oid);
}

std::string operator_name(std::string_view oid) { return fmt::format("('OPERATOR(' || {} || ')')", bare_operator(oid)); }

std::string still_there(std::string_view oid) {
  return fmt::format("pg_catalog.has_table_privilege({}, 'SELECT') IS NOT NULL", oid);
}

std::string clause(std::string_view word, std::string_view text) { return fmt::format("COALESCE('{}' || {}, '')", word, text); }

}  // namespace strata::pg
