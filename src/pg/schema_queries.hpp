// schema_queries.hpp - what is asked of the catalogs, one statement for each kind of object.
//
// Every statement takes the namespaces as $1 and gives the columns of Column, then a column for each property, by its name; a
// null or false property is absent. An object whose definition is null has vanished meanwhile. The surprise: rows with the
// address of an object that is known already add properties to it.
#pragma once

#include "pg/schema_rows.hpp"
#include "schema/model.hpp"

namespace strata::pg {

// The leading columns of every statement. The address is (catalog, oid, sub); sub is also the position of a column. `holder` is
// the table, view, type or sequence it belongs to, which must be in the model as well.
struct Column {
  enum : int { oid, sub, holder, schema, parent, name, first_property };
};

// Asking for a kind that nobody uses would take as long as finding a few objects of it.
struct SchemaQuery {
  schema::Kind kind;
  Oid catalog;
  std::string sql;
  // It finds nothing unless there is one of these letters, of relkind, typtype or prokind by the catalog; empty: it may always.
  struct Presence {
    Oid catalog = InvalidOid;
    std::string_view letters;
  } presence{};
};

// Catalogs of our own for what pg_depend has no address for: the oid is then that of the table, sequence or index.
inline constexpr Oid kPartitions = 1, kSequenceOwners = 2, kIndexAttachments = 3, kReplicaIdentities = 4, kClusterings = 5;

std::vector<SchemaQuery> relation_queries();  // tables, views, sequences and their columns
std::vector<SchemaQuery> part_queries();      // indexes, constraints, triggers, rules, policies, statistics
std::vector<SchemaQuery> type_queries();      // types
std::vector<SchemaQuery> routine_queries();   // functions, aggregates, casts
std::vector<SchemaQuery> operator_queries();  // operators, their families and classes
std::vector<SchemaQuery> text_queries();      // collations, conversions, text search
std::vector<SchemaQuery> database_queries();  // schemas, extensions, and what belongs to the whole database

// Rows (catalog, letter): what is in the schemas, in the sense of Presence.
std::string presence_query();
// Rows (catalog, oid, sub, catalog, oid, sub): the first address is another name of the second one.
std::string alias_query();
// Rows of the same form: the first one needs the second one. pg_depend does not say so.
std::string tie_query();
// Rows (catalog, oid, relation or 0, kind, name) of all that is in the schemas, catalog by catalog.
struct CatalogQuery {
  Oid catalog;
  std::string sql;
};
std::vector<CatalogQuery> contents_queries();
// Rows of the same form: what nobody here compares.
std::string not_compared_query();
// Rows (oid, name, statement without its options, has options, server).
std::string user_mapping_query();

// --- pieces of statements ---

// The name of the role.
std::string role(std::string_view oid);
// `type` as acldefault() names it; null when the privileges are those that an object of the owner has from the start.
std::string privileges(std::string_view acl, char type, std::string_view owner);
// All that is granted; an empty text for nothing.
std::string grants(std::string_view acl, std::string_view owner);
// a='1', b='2', sorted; null for none. Options of a foreign object are `a '1'`.
std::string storage_options(std::string_view options);
std::string foreign_options(std::string_view options);
// schema.name of a relation, type ... from the names of its namespace and of itself.
std::string qualified(std::string_view schema, std::string_view name);
// By object id: schema.f / schema.f(integer) / schema.+ / OPERATOR(schema.+); null for 0.
std::string function_name(std::string_view oid);
std::string function_signature(std::string_view oid);
std::string bare_operator(std::string_view oid);
std::string operator_name(std::string_view oid);
// Whether the relation is there at this moment; most functions of the deparser find that out themselves.
std::string still_there(std::string_view oid);
// `word` and the text, or nothing when the text is null.
std::string clause(std::string_view word, std::string_view text);

}  // namespace strata::pg
