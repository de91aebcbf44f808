// schema_queries_texts.cpp - collations, conversions and text search.
#include "pg/schema_queries.hpp"

extern "C" {
#include "catalog/pg_collation.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"
}

namespace strata::pg {
namespace {

using schema::Kind;

#if PG_VERSION_NUM >= 170000
constexpr const char* kIcuLocale = "c.colllocale";
#else
constexpr const char* kIcuLocale = "c.colliculocale";
#endif
#if PG_VERSION_NUM >= 160000
constexpr const char* kIcuRules = "c.collicurules";
#else
constexpr const char* kIcuRules = "NULL";
#endif

// `letters` are those of the catalog's columns.
std::string itself(std::string_view letters, bool owned) {
  return fmt::format("SELECT c.oid, 0, 0, pg_catalog.quote_ident(n.nspname), '', pg_catalog.quote_ident(c.{0}name), {1}", letters,
                     owned ? fmt::format("{} AS owner, ", role(fmt::format("c.{}owner", letters))) : "");
}

std::string from(std::string_view catalog, std::string_view letters, std::string_view more = "") {
  return fmt::format(" FROM pg_catalog.{0} c JOIN pg_catalog.pg_namespace n ON n.oid = c.{1}namespace {2} WHERE n.oid = ANY ($1)",
                     catalog, letters, more);
}

std::string collations() {
  return itself("coll", true) +
         fmt::format(
             R"('CREATE COLLATION ' || {0} || ' (provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default' ELSE 'libc' END ||
    CASE WHEN NOT c.collisdeterministic THEN ', deterministic = false' ELSE '' END ||
    CASE WHEN {1} IS NOT NULL THEN ', locale = ' || pg_catalog.quote_literal({1}) WHEN c.collcollate = c.collctype THEN ', locale = ' || pg_catalog.quote_literal(c.collcollate)
      ELSE COALESCE(', lc_collate = ' || pg_catalog.quote_literal(c.collcollate) || ', lc_ctype = ' || pg_catalog.quote_literal(c.collctype), '') END ||
    COALESCE(', rules = ' || pg_catalog.quote_literal({2}), '') || ')' AS definition)",
             qualified("n.nspname", "c.collname"), kIcuLocale, kIcuRules) +
         from("pg_collation", "coll");
}

std::string conversions() {
  return itself("con", true) +
         fmt::format(R"('CREATE ' || CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END || 'CONVERSION ' || {} || ' FOR ' ||
    pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.conforencoding)) || ' TO ' ||
    pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.contoencoding)) || ' FROM ' || {} AS definition)",
                     qualified("n.nspname", "c.conname"), function_name("c.conproc")) +
         from("pg_conversion", "con");
}

std::string parsers() {
  return itself("prs", false) +
         fmt::format(
             "'CREATE TEXT SEARCH PARSER ' || {} || ' (START = ' || {} || ', GETTOKEN = ' || {} || ', END = ' || {} || {} || ', "
             "LEXTYPES = ' || {} || ')' AS definition",
             qualified("n.nspname", "c.prsname"), function_name("c.prsstart"), function_name("c.prstoken"),
             function_name("c.prsend"), clause(", HEADLINE = ", function_name("c.prsheadline")), function_name("c.prslextype")) +
         from("pg_ts_parser", "prs");
}

std::string templates() {
  return itself("tmpl", false) +
         fmt::format("'CREATE TEXT SEARCH TEMPLATE ' || {} || ' (LEXIZE = ' || {} || {} || ')' AS definition",
                     qualified("n.nspname", "c.tmplname"), function_name("c.tmpllexize"),
                     clause(", INIT = ", function_name("c.tmplinit"))) +
         from("pg_ts_template", "tmpl");
}

std::string dictionaries() {
  return itself("dict", true) +
         fmt::format("'CREATE TEXT SEARCH DICTIONARY ' || {} || ' (TEMPLATE = ' || {} || {} || ')' AS definition",
                     qualified("n.nspname", "c.dictname"), qualified("tn.nspname", "t.tmplname"),
                     clause(", ", "c.dictinitoption")) +
         from("pg_ts_dict", "dict",
              "JOIN pg_catalog.pg_ts_template t ON t.oid = c.dicttemplate JOIN pg_catalog.pg_namespace tn ON tn.oid = "
              "t.tmplnamespace");
}

// With a statement for each type of token.
std::string configurations() {
  const std::string name = qualified("n.nspname", "c.cfgname");
  return itself("cfg", true) +
         fmt::format(R"('CREATE TEXT SEARCH CONFIGURATION ' || {0} || ' (PARSER = ' || {1} || ')' || COALESCE((
      SELECT pg_catalog.string_agg(E';\nALTER TEXT SEARCH CONFIGURATION ' || {0} || ' ADD MAPPING FOR ' || pg_catalog.quote_ident(k.alias) || ' WITH ' || k.dictionaries,
        '' ORDER BY k.tokid)
      FROM (SELECT t.tokid, t.alias, pg_catalog.string_agg({2}, ', ' ORDER BY m.mapseqno) AS dictionaries
        FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
        JOIN pg_catalog.pg_ts_dict d ON d.oid = m.mapdict JOIN pg_catalog.pg_namespace dn ON dn.oid = d.dictnamespace
        WHERE m.mapcfg = c.oid GROUP BY t.tokid, t.alias) k), '') AS definition)",
                     name, qualified("pn.nspname", "p.prsname"), qualified("dn.nspname", "d.dictname")) +
         from("pg_ts_config", "cfg",
              "JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace");
}

}  // namespace

std::vector<SchemaQuery> text_queries() {
  return {{Kind::collation, CollationRelationId, collations()},
          {Kind::conversion, ConversionRelationId, conversions()},
          {Kind::ts_parser, TSParserRelationId, parsers()},
          {Kind::ts_template, TSTemplateRelationId, templates()},
          {Kind::ts_dictionary, TSDictionaryRelationId, dictionaries()},
          {Kind::ts_configuration, TSConfigRelationId, configurations()}};
}

}  // namespace strata::pg
