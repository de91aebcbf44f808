// schema_queries_routines.cpp - functions, procedures, aggregates and casts.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_cast.h"
#include "catalog/pg_proc.h"
}

namespace strata::pg {
namespace {

using schema::Kind;

// `arguments` are the types as DROP wants them.
std::string routine(std::string_view arguments) {
  return fmt::format(
      R"(SELECT p.oid, 0, 0, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(p.proname) || '(' || {} || ')', {} AS owner, {} AS acl)",
      arguments, role("p.proowner"), privileges("p.proacl", 'f', "p.proowner"));
}

std::string functions() {
  return routine("pg_catalog.oidvectortypes(p.proargtypes)") +
         R"(, CASE WHEN p.prokind = 'p' THEN 'procedure' ELSE 'function' END AS kind,
    COALESCE(pg_catalog.pg_get_function_result(p.oid), '') AS returns, pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
    pg_catalog.left(pg_catalog.pg_get_functiondef(p.oid), -1) AS definition, p.prosqlbody IS NOT NULL AS sql_body
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 AND n.oid = ANY ($1) AND p.prokind <> 'a')";
}

// The default depends on the kind of aggregate; without the function it says nothing.
std::string modify(std::string_view word, std::string_view function, std::string_view column) {
  return fmt::format(
      R"(CASE WHEN {1}::pg_catalog.oid <> 0 AND {2} <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::pg_catalog."char" THEN
      ', {0} = ' || CASE {2} WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END ELSE '' END)",
      word, function, column);
}

// `column` holds the name of the setting's value.
std::string function_setting(std::string_view word, std::string_view column) {
  return clause(fmt::format(", {} = ", word), function_name(column));
}
std::string number_setting(std::string_view word, std::string_view column) {
  return fmt::format("CASE WHEN {1} <> 0 THEN ', {0} = ' || {1} ELSE '' END", word, column);
}
std::string flag_setting(std::string_view word, std::string_view condition) {
  return fmt::format("CASE WHEN {1} THEN ', {0}' ELSE '' END", word, condition);
}
std::string text_setting(std::string_view word, std::string_view column) {
  return clause(fmt::format(", {} = ", word), fmt::format("pg_catalog.quote_literal({})", column));
}

std::string aggregates() {
  const std::string settings[] = {
      number_setting("SSPACE", "a.aggtransspace"),
      function_setting("FINALFUNC", "a.aggfinalfn"),
      flag_setting("FINALFUNC_EXTRA", "a.aggfinalextra"),
      modify("FINALFUNC_MODIFY", "a.aggfinalfn", "a.aggfinalmodify"),
      function_setting("COMBINEFUNC", "a.aggcombinefn"),
      function_setting("SERIALFUNC", "a.aggserialfn"),
      function_setting("DESERIALFUNC", "a.aggdeserialfn"),
      text_setting("INITCOND", "a.agginitval"),
      function_setting("MSFUNC", "a.aggmtransfn"),
      function_setting("MINVFUNC", "a.aggminvtransfn"),
      "CASE WHEN a.aggmtranstype <> 0 THEN ', MSTYPE = ' || pg_catalog.format_type(a.aggmtranstype, NULL) ELSE '' END",
      number_setting("MSSPACE", "a.aggmtransspace"),
      function_setting("MFINALFUNC", "a.aggmfinalfn"),
      flag_setting("MFINALFUNC_EXTRA", "a.aggmfinalextra"),
      modify("MFINALFUNC_MODIFY", "a.aggmfinalfn", "a.aggmfinalmodify"),
      text_setting("MINITCOND", "a.aggminitval"),
      clause(", SORTOP = ", operator_name("a.aggsortop")),
      "CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE' WHEN 'r' THEN ', PARALLEL = RESTRICTED' ELSE '' END",
      flag_setting("HYPOTHETICAL", "a.aggkind = 'h'"),
  };
  return routine(R"(CASE WHEN p.pronargs = 0 THEN '*' WHEN a.aggkind = 'n' THEN pg_catalog.oidvectortypes(p.proargtypes)
      ELSE pg_catalog.pg_get_function_identity_arguments(p.oid) END)") +
         fmt::format(
             R"(, 'CREATE AGGREGATE ' || {} || '(' || CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_catalog.pg_get_function_arguments(p.oid) END ||
    ') (SFUNC = ' || {} || ', STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL) || {} || ')' AS definition
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
    WHERE p.oid >= 16384 AND n.oid = ANY ($1))",
             qualified("n.nspname", "p.proname"), function_name("a.aggtransfn"), fmt::join(settings, " || "));
}

// A cast has no schema: it is of the schemas that its types and its function are in. That of a range to its multirange is the server's.
std::string casts() {
  return fmt::format(R"(SELECT c.oid, 0, 0, '', '', x.name, 'CREATE CAST ' || x.name ||
    CASE c.castmethod WHEN 'b' THEN ' WITHOUT FUNCTION' WHEN 'i' THEN ' WITH INOUT' ELSE ' WITH FUNCTION ' || {} END ||
    CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END AS definition
    FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type s ON s.oid = c.castsource JOIN pg_catalog.pg_type t ON t.oid = c.casttarget
    LEFT JOIN pg_catalog.pg_proc f ON f.oid = c.castfunc
    CROSS JOIN LATERAL (SELECT '(' || pg_catalog.format_type(s.oid, NULL) || ' AS ' || pg_catalog.format_type(t.oid, NULL) || ')' AS name) x
    WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
      AND d.objid = c.oid AND d.deptype = 'i') AND (s.typnamespace = ANY ($1) OR t.typnamespace = ANY ($1) OR f.pronamespace = ANY ($1)))",
                     function_signature("c.castfunc"));
}

}  // namespace

std::vector<SchemaQuery> routine_queries() {
  return {{Kind::function, ProcedureRelationId, functions(), {ProcedureRelationId, "fpw"}},
          {Kind::aggregate, ProcedureRelationId, aggregates(), {ProcedureRelationId, "a"}},
          {Kind::cast, CastRelationId, casts()}};
}

}  // namespace strata::pg
