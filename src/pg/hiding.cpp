#include "pg/hiding.hpp"

#include <map>
#include <set>

#include "pg/catalog.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace strata::pg {
namespace {

// Catalogs of what lives in a schema, with the column that says in which.
struct Housing {
  const char* catalog;
  const char* column;
};
constexpr Housing kHousing[] = {
    {"pg_class", "relnamespace"},     {"pg_type", "typnamespace"},        {"pg_proc", "pronamespace"},
    {"pg_constraint", "connamespace"}, {"pg_operator", "oprnamespace"},    {"pg_opclass", "opcnamespace"},
    {"pg_opfamily", "opfnamespace"},  {"pg_collation", "collnamespace"},  {"pg_conversion", "connamespace"},
    {"pg_ts_parser", "prsnamespace"}, {"pg_ts_dict", "dictnamespace"},    {"pg_ts_template", "tmplnamespace"},
    {"pg_ts_config", "cfgnamespace"}, {"pg_statistic_ext", "stxnamespace"}, {"pg_extension", "extnamespace"},
};

// Members of extensions, and what has to be in the same schema as one of them.
constexpr const char* kMembers = R"(
WITH named AS (
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
  WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype OPERATOR(pg_catalog.=) 'e'
), table_ AS (
  SELECT n.objid FROM named n WHERE n.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
  UNION SELECT t.typrelid FROM named n JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) n.objid
  WHERE n.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass AND t.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
), relation AS (
  SELECT t.objid FROM table_ t
  UNION SELECT i.indexrelid FROM table_ t JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) t.objid
  UNION SELECT s.oid FROM table_ t
  JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) t.objid
    AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype OPERATOR(pg_catalog.=) ANY ('{{a,i}}'::pg_catalog."char"[])
  JOIN pg_catalog.pg_class s ON s.oid OPERATOR(pg_catalog.=) d.objid AND s.relkind OPERATOR(pg_catalog.=) 'S'
), base AS (
  SELECT n.objid FROM named n WHERE n.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass
  UNION SELECT c.reltype FROM relation r JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.objid AND c.reltype OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
), ranged AS (
  SELECT b.objid FROM base b
  UNION SELECT r.rngmultitypid FROM base b JOIN pg_catalog.pg_range r ON r.rngtypid OPERATOR(pg_catalog.=) b.objid
), type_ AS (
  SELECT r.objid FROM ranged r
  UNION SELECT t.typarray FROM ranged r JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) r.objid AND t.typarray OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
), member AS (
  SELECT n.classid, n.objid FROM named n
  UNION SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, r.objid FROM relation r
  UNION SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.objid FROM type_ t
  UNION SELECT d.classid, d.objid FROM type_ t
  JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) t.objid
    AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype OPERATOR(pg_catalog.=) 'i'
  UNION SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid FROM relation r JOIN pg_catalog.pg_constraint c ON c.conrelid OPERATOR(pg_catalog.=) r.objid
  UNION SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid FROM type_ t JOIN pg_catalog.pg_constraint c ON c.contypid OPERATOR(pg_catalog.=) t.objid
  UNION SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, e.oid FROM pg_catalog.pg_extension e
)
{}
UNION ALL SELECT m.classid::pg_catalog.oid::pg_catalog.text, m.objid::pg_catalog.text, m.objid::pg_catalog.text FROM member m
WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND m.objid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]))";

constexpr const char* kMembersOf = R"(
SELECT m.classid::pg_catalog.oid::pg_catalog.text, m.objid::pg_catalog.text, t.{1}::pg_catalog.text FROM member m
JOIN pg_catalog.{0} t ON t.oid OPERATOR(pg_catalog.=) m.objid
WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.{0}'::pg_catalog.regclass AND t.{1} OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]))";

constexpr const char* kMove = R"(
UPDATE pg_catalog.{0} SET {1} = $2::pg_catalog.oid
WHERE {1} OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND oid OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.oid[]))";

constexpr const char* kMoveDependencies = R"(
UPDATE pg_catalog.pg_depend d SET refobjid = $2::pg_catalog.oid
FROM ROWS FROM (pg_catalog.unnest($3::pg_catalog.oid[]), pg_catalog.unnest($4::pg_catalog.oid[])) AS m(classid, objid)
WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
  AND d.classid OPERATOR(pg_catalog.=) m.classid AND d.objid OPERATOR(pg_catalog.=) m.objid)";

constexpr const char* kMoveMembership = R"(
UPDATE pg_catalog.pg_depend SET objid = $2::pg_catalog.oid
WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND objid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
  AND deptype OPERATOR(pg_catalog.=) 'e')";

constexpr const char* kRenameSchemas = R"(
UPDATE pg_catalog.pg_namespace n SET nspname = m.name::pg_catalog.name
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2)) AS m(oid, name) WHERE n.oid OPERATOR(pg_catalog.=) m.oid)";

// What initdb grants.
constexpr const char* kGrantAsInitdb = R"(
UPDATE pg_catalog.pg_namespace
SET nspacl = pg_catalog.array_append(pg_catalog.acldefault('n', nspowner), pg_catalog.makeaclitem(0::pg_catalog.oid, nspowner, 'USAGE', false))
WHERE oid OPERATOR(pg_catalog.=) $1::pg_catalog.oid)";

// Users' own, {0} being the catalog.
constexpr const char* kIsOfUsers = R"(t.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid AND NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.{0}'::pg_catalog.regclass
  AND d.objid OPERATOR(pg_catalog.=) t.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'))";
constexpr const char* kRenameGlobals = R"(
UPDATE pg_catalog.{0} t SET {1} = pg_catalog.concat('migrate_hidden_', t.oid)::pg_catalog.name WHERE {2})";
// What somebody's expression depends on stays.
constexpr const char* kDeleteGlobals = R"(
WITH gone AS (
  DELETE FROM pg_catalog.{0} t WHERE {1} AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend r WHERE r.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.{0}'::pg_catalog.regclass
      AND r.refobjid OPERATOR(pg_catalog.=) t.oid) RETURNING t.oid)
DELETE FROM pg_catalog.pg_depend d USING gone
WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.{0}'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) gone.oid)";

// A publication of all tables would ask new tables for a replica identity.
constexpr const char* kEmptyPublications = "UPDATE pg_catalog.pg_publication SET puballtables = false WHERE puballtables";
// Those of extensions, too.
constexpr const char* kDisableEventTriggers =
    "UPDATE pg_catalog.pg_event_trigger SET evtenabled = 'D' WHERE evtenabled OPERATOR(pg_catalog.<>) 'D'";
// Those of a schema go with the schema.
constexpr const char* kDeleteDefaultPrivileges =
    "DELETE FROM pg_catalog.pg_default_acl WHERE defaclnamespace OPERATOR(pg_catalog.=) 0::pg_catalog.oid";

constexpr const char* kGlobals[] = {"pg_extension", "pg_publication", "pg_event_trigger", "pg_foreign_data_wrapper", "pg_foreign_server",
                                    "pg_user_mapping", "pg_language", "pg_cast", "pg_transform", "pg_am", "pg_default_acl"};

constexpr const char* kIsReplayed = R"(
SELECT 'yes' WHERE pg_catalog.current_setting('archive_mode') OPERATOR(pg_catalog.<>) 'off'
  OR EXISTS (SELECT 1 FROM pg_catalog.pg_get_replication_slots() s WHERE s.slot_type OPERATOR(pg_catalog.=) 'physical')
  OR EXISTS (SELECT 1 FROM pg_catalog.pg_stat_get_wal_senders() w WHERE NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_get_replication_slots() s WHERE s.slot_type OPERATOR(pg_catalog.=) 'logical' AND s.active_pid OPERATOR(pg_catalog.=) w.pid)))";

Oid oid_of(const std::optional<std::string>& text) { return static_cast<Oid>(std::stoul(text.value_or("0"))); }

Parameter parameter_of(Oid oid) { return parameter(std::to_string(oid)); }

Oid owner_of_schema(Oid oid) {
  HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(oid));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid owner = reinterpret_cast<Form_pg_namespace>(GETSTRUCT(tuple))->nspowner;
  ReleaseSysCache(tuple);
  return owner;
}

Oid schema_named(const std::string& name) { return call(get_namespace_oid, name.c_str(), true); }

std::string free_name(Oid schema) {
  std::string name = fmt::format("migrate_hidden_{}_{}", schema, MyProcPid);
  while (OidIsValid(schema_named(name))) name += '_';
  return name;
}

std::string condition_of_users(const char* catalog) { return fmt::format(fmt::runtime(kIsOfUsers), catalog); }

void rename_globals(const char* catalog, const char* column) {
  write(fmt::format(fmt::runtime(kRenameGlobals), catalog, column, condition_of_users(catalog)).c_str(), {});
}
void delete_globals(const char* catalog) {
  write(fmt::format(fmt::runtime(kDeleteGlobals), catalog, condition_of_users(catalog)).c_str(), {});
}

}  // namespace

std::vector<HiddenSchema> find_schemas(const std::vector<std::string>& names) {
  std::vector<HiddenSchema> found;
  for (const std::string& name : std::set<std::string>(names.begin(), names.end()))
    if (const Oid oid = schema_named(to_server(name)); OidIsValid(oid)) found.push_back({name, oid, call(owner_of_schema, oid)});
  return found;
}

std::vector<Lodger> find_lodgers(const std::vector<HiddenSchema>& schemas) {
  Texts oids;
  for (const HiddenSchema& schema : schemas) oids.push_back(std::to_string(schema.oid));
  std::string parts;
  for (const Housing& housing : kHousing)
    parts += (parts.empty() ? "" : "UNION ALL") + fmt::format(fmt::runtime(kMembersOf), housing.catalog, housing.column);
  std::vector<Lodger> lodgers;
  for (const TextRow& row : query(fmt::format(fmt::runtime(kMembers), parts).c_str(), {parameter(oids)}))
    lodgers.push_back({{oid_of(row[0]), oid_of(row[1])}, oid_of(row[2])});
  return lodgers;
}

void rename_schemas(const std::vector<HiddenSchema>& schemas) {
  if (schemas.empty()) return;
  Texts oids, names;
  for (const HiddenSchema& schema : schemas) oids.push_back(std::to_string(schema.oid)), names.push_back(free_name(schema.oid));
  if (write(kRenameSchemas, {parameter(oids), parameter(names)}) == schemas.size()) return;
  throw Error(sqlstate::serialization_failure, "could not serialize access due to a concurrent change of schemas").with_hint("The transaction might succeed if retried.");
}

Oid create_schema(const FreshSchema& schema) {
  const std::string name = to_server(schema.name);
  const Oid oid = call(NamespaceCreate, name.c_str(), schema.owner, false);
  call(CommandCounterIncrement);
  if (schema.state == FreshSchema::State::as_initdb) {
    call(CreateComments, oid, static_cast<Oid>(NamespaceRelationId), 0, "standard public schema");
    write(kGrantAsInitdb, {parameter_of(oid)});
  }
  return oid;
}

void move_lodgers(const std::vector<Lodger>& lodgers, Oid from, Oid to) {
  std::map<Oid, Texts> by_class;
  Texts classes, objects;
  for (const Lodger& lodger : lodgers) {
    if (lodger.schema != from) continue;
    by_class[lodger.address.class_id].push_back(std::to_string(lodger.address.object_id));
    classes.push_back(std::to_string(lodger.address.class_id));
    objects.push_back(std::to_string(lodger.address.object_id));
  }
  if (classes.empty()) return;
  for (const Housing& housing : kHousing)
    if (const auto found = by_class.find(call(get_relname_relid, housing.catalog, static_cast<Oid>(PG_CATALOG_NAMESPACE))); found != by_class.end())
      write(fmt::format(fmt::runtime(kMove), housing.catalog, housing.column).c_str(), {parameter_of(from), parameter_of(to), parameter(found->second)});
  write(kMoveDependencies, {parameter_of(from), parameter_of(to), parameter(classes), parameter(objects)});
  write(kMoveMembership, {parameter_of(from), parameter_of(to)});
}

void hide_globals(ForeignServers servers) {
  write(kEmptyPublications, {});
  write(kDisableEventTriggers, {});
  write(kDeleteDefaultPrivileges, {});
  rename_globals("pg_publication", "pubname");
  rename_globals("pg_event_trigger", "evtname");
  rename_globals("pg_language", "lanname");
  if (servers == ForeignServers::rename) rename_globals("pg_foreign_server", "srvname"), rename_globals("pg_foreign_data_wrapper", "fdwname");
  delete_globals("pg_cast");
  delete_globals("pg_transform");
}

std::vector<Address> read_globals() {
  std::string sql;
  for (const char* catalog : kGlobals)
    sql += (sql.empty() ? "" : " UNION ALL ") +
           fmt::format("SELECT 'pg_catalog.{0}'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text, oid::pg_catalog.text FROM pg_catalog.{0}", catalog);
  std::vector<Address> found;
  for (const TextRow& row : query(sql.c_str(), {})) found.push_back({oid_of(row[0]), oid_of(row[1])});
  return found;
}

bool is_replayed() { return !query(kIsReplayed, {}).empty(); }

}  // namespace strata::pg
