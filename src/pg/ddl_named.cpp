// What a parse tree names, looked up without a lock: the command itself takes the right one, and looks again.
#include "pg/catalog.hpp"
#include "pg/ddl_objects.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace strata::pg {
namespace {

// One object while plain C collects them: the schema where it is, its name for a person.
struct Found {
  Oid schema;  // invalid: of the whole database
  const char* title;
};

template <typename T>
const T* as(const Node* node) {
  return reinterpret_cast<const T*>(node);
}

void add(List** found, Oid schema, const char* title) {
  auto* one = static_cast<Found*>(palloc(sizeof(Found)));
  *one = {schema, title};
  *found = lappend(*found, one);
}

void add_relation(List** found, Oid relation) {
  if (!OidIsValid(relation)) return;
  const Oid schema = get_rel_namespace(relation);
  const char* name = get_rel_name(relation);
  if (OidIsValid(schema) && name) add(found, schema, psprintf("relation %s", quote_qualified_identifier(get_namespace_name(schema), name)));
}

Oid relation_named(const RangeVar* name) { return name ? RangeVarGetRelid(name, NoLock, true) : InvalidOid; }

void add_schema(List** found, const char* name) {
  const Oid schema = get_namespace_oid(name, true);
  if (OidIsValid(schema)) add(found, schema, psprintf("schema %s", quote_identifier(name)));
}

void add_function(List** found, ObjectType kind, ObjectWithArgs* name) {
  const Oid function = LookupFuncWithArgs(kind, name, true);
  const Oid ours = get_extension_oid("pg_strata", true);
  if (!OidIsValid(function) || (OidIsValid(ours) && getExtensionOfObject(ProcedureRelationId, function) == ours)) return;
  add(found, get_func_namespace(function), psprintf("function %s", NameListToString(name->objname)));
}

void add_type(List** found, const TypeName* name) {
  const Oid type = LookupTypeNameOid(nullptr, name, true);
  if (!OidIsValid(type)) return;
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return;
  add(found, reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typnamespace, psprintf("type %s", TypeNameToString(name)));
  ReleaseSysCache(tuple);
}

// Where a qualified name says it is. Without a schema: the first schema of the path, which is where nearly all of these are.
void add_by_name(List** found, List* names) {
  char* schema = nullptr;
  char* name = nullptr;
  DeconstructQualifiedName(names, &schema, &name);
  if (schema) {
    const Oid oid = get_namespace_oid(schema, true);
    if (OidIsValid(oid)) add(found, oid, NameListToString(names));
    return;
  }
  ListCell* cell;
  List* path = fetch_search_path(false);
  foreach (cell, path) add(found, lfirst_oid(cell), NameListToString(names));
}

// ALTER ... SET SCHEMA: at its end it is somewhere else.
void add_moved(List** found, const AlterObjectSchemaStmt* statement) {
  Node* object = statement->object;
  switch (statement->objectType) {
    case OBJECT_TABLE:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_SEQUENCE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW: add_relation(found, relation_named(statement->relation)); return;
    case OBJECT_AGGREGATE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE: add_function(found, statement->objectType, castNode(ObjectWithArgs, object)); return;
    case OBJECT_DOMAIN:
    case OBJECT_TYPE: add_type(found, makeTypeNameFromNameList(castNode(List, object))); return;
    case OBJECT_OPERATOR: add_by_name(found, castNode(ObjectWithArgs, object)->objname); return;
    case OBJECT_OPCLASS:
    case OBJECT_OPFAMILY: add_by_name(found, list_copy_tail(castNode(List, object), 1)); return;  // the access method stands first
    case OBJECT_EXTENSION: return;  // it says so at its end
    default:
      if (IsA(object, List)) add_by_name(found, castNode(List, object));
  }
}

// GRANT and REVOKE: their end does not tell on what.
void add_granted(List** found, const GrantStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->objects) {
    Node* object = static_cast<Node*>(lfirst(cell));
    if (statement->targtype == ACL_TARGET_ALL_IN_SCHEMA || statement->objtype == OBJECT_SCHEMA) {
      add_schema(found, strVal(object));
      continue;
    }
    switch (statement->objtype) {
      case OBJECT_TABLE:
      case OBJECT_SEQUENCE: add_relation(found, relation_named(castNode(RangeVar, object))); break;
      case OBJECT_FUNCTION:
      case OBJECT_PROCEDURE:
      case OBJECT_ROUTINE: add_function(found, statement->objtype, castNode(ObjectWithArgs, object)); break;
      case OBJECT_DOMAIN:
      case OBJECT_TYPE: add_type(found, makeTypeNameFromNameList(castNode(List, object))); break;
      case OBJECT_LARGEOBJECT: break;
      default: add(found, InvalidOid, IsA(object, String) ? strVal(object) : "privileges");
    }
  }
}

void add_default_privileges(List** found, const AlterDefaultPrivilegesStmt* statement) {
  bool names_schemas = false;
  ListCell* cell;
  foreach (cell, statement->options) {
    const auto* option = lfirst_node(DefElem, cell);
    if (strcmp(option->defname, "schemas") != 0) continue;
    names_schemas = true;
    ListCell* name;
    foreach (name, castNode(List, option->arg)) add_schema(found, strVal(lfirst(name)));
  }
  if (!names_schemas) add(found, InvalidOid, "default privileges");
}

void add_dropped(List** found, const DropStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->objects) {
    Node* object = static_cast<Node*>(lfirst(cell));
    switch (statement->removeType) {
      case OBJECT_SCHEMA: add_schema(found, strVal(object)); break;
      case OBJECT_TABLE:
      case OBJECT_SEQUENCE:
      case OBJECT_VIEW:
      case OBJECT_MATVIEW:
      case OBJECT_INDEX:
      case OBJECT_FOREIGN_TABLE: add_relation(found, relation_named(makeRangeVarFromNameList(castNode(List, object)))); break;
      default: break;
    }
  }
}

void add_altered(List** found, const AlterTableStmt* statement) {
  const Oid relation = relation_named(statement->relation);
  if (!OidIsValid(relation)) return;
  add_relation(found, relation);
  if (!has_subclass(relation)) return;
  ListCell* cell;
  foreach (cell, find_all_inheritors(relation, NoLock, nullptr)) add_relation(found, lfirst_oid(cell));
}

// CREATE INDEX IF NOT EXISTS of one that is there does nothing.
void add_indexed(List** found, const IndexStmt* statement) {
  const Oid relation = relation_named(statement->relation);
  if (!OidIsValid(relation)) return;
  const bool is_there = statement->if_not_exists && statement->idxname && OidIsValid(get_relname_relid(statement->idxname, get_rel_namespace(relation)));
  if (!is_there) add_relation(found, relation);
}

// The query may take hours.
void add_filled(List** found, const CreateTableAsStmt* statement) {
  const RangeVar* name = statement->into->rel;
  if (statement->if_not_exists || name->relpersistence == RELPERSISTENCE_TEMP) return;
  const Oid schema = name->schemaname ? get_namespace_oid(name->schemaname, true) : RangeVarGetCreationNamespace(name);
  if (OidIsValid(schema)) add(found, schema, psprintf("relation %s", quote_qualified_identifier(get_namespace_name(schema), name->relname)));
}

List* find_named(const Node* node) {
  List* found = nullptr;
  switch (nodeTag(node)) {
    case T_AlterTableStmt: add_altered(&found, as<AlterTableStmt>(node)); break;
    case T_AlterObjectSchemaStmt: add_moved(&found, as<AlterObjectSchemaStmt>(node)); break;
    case T_AlterDefaultPrivilegesStmt: add_default_privileges(&found, as<AlterDefaultPrivilegesStmt>(node)); break;
    case T_CreateTableAsStmt: add_filled(&found, as<CreateTableAsStmt>(node)); break;
    case T_DropStmt: add_dropped(&found, as<DropStmt>(node)); break;
    case T_GrantStmt: add_granted(&found, as<GrantStmt>(node)); break;
    case T_IndexStmt: add_indexed(&found, as<IndexStmt>(node)); break;
    case T_RenameStmt:
      if (as<RenameStmt>(node)->renameType == OBJECT_SCHEMA) add_schema(&found, as<RenameStmt>(node)->subname);
      break;
    default: break;
  }
  return found;
}

constexpr const char* kExtensionSchema = R"(
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
WHERE e.extname OPERATOR(pg_catalog.=) $1)";

std::optional<std::string> schema_of_extension(const std::string& name) {
  const auto rows = query_as_caller(kExtensionSchema, {parameter(name)});
  return rows.empty() ? std::nullopt : rows[0][0];
}

// The schema where the functions of pg_strata are would take the guard away with it, before it is asked for the last time.
void add_extensions(std::vector<Touched>& objects, const DropStmt* statement) {
  if (statement->removeType != OBJECT_SCHEMA && statement->removeType != OBJECT_EXTENSION) return;
  const std::optional<std::string> ours = statement->removeType == OBJECT_SCHEMA ? schema_of_extension("pg_strata") : std::nullopt;
  ListCell* cell;
  foreach (cell, statement->objects) {
    const std::string name = to_utf8(strVal(lfirst(cell)));
    if (ours && name == *ours) objects.push_back({fmt::format("schema {}, which holds pg_strata", name), std::nullopt});
    if (statement->removeType != OBJECT_EXTENSION) continue;
    if (auto schema = schema_of_extension(name); schema) objects.push_back({"extension " + name, std::move(schema)});
  }
}

const char* schema_name(Oid schema) { return get_namespace_name(schema); }

}  // namespace

std::vector<Touched> named_by(const Node* parsetree) {
  std::vector<Touched> objects;
  ListCell* cell;
  foreach (cell, call(find_named, parsetree)) {
    const auto* found = static_cast<const Found*>(lfirst(cell));
    const char* schema = OidIsValid(found->schema) ? call(schema_name, found->schema) : nullptr;
    if (OidIsValid(found->schema) && !schema) continue;
    objects.push_back({to_utf8(found->title), schema ? std::optional(to_utf8(schema)) : std::nullopt});
  }
  if (IsA(parsetree, DropStmt)) add_extensions(objects, as<DropStmt>(parsetree));
  return objects;
}

}  // namespace strata::pg
