#include <algorithm>

#include "pg/catalog.hpp"
#include "pg/ddl_objects.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "nodes/parsenodes.h"
#include "utils/guc_tables.h"
#include "utils/varlena.h"
}

namespace strata::pg {
namespace {

constexpr const char* kSetting = "migrate.managed_schemas";
constexpr const char* kUsual = "public";

const config_generic* find_setting(std::string_view name) {
  config_generic** variables = get_guc_variables();
  for (int i = 0; i < GetNumConfigOptions(); i++)
    if (name == variables[i]->name) return variables[i];
  return nullptr;
}

// From the server's files, a superuser, or the owner of the database.
bool is_trusted(const config_generic* setting, GucSource source, GucContext setter) {
  return setting->context <= PGC_SUSET || source <= PGC_S_DATABASE || (source >= PGC_S_CLIENT && setter <= PGC_SUSET && setter != PGC_BACKEND);
}

// Nothing: it cannot be known what would be there without the user.
std::optional<std::string> trusted_setting() {
  const config_generic* setting = find_setting(kSetting);
  if (!setting || setting->vartype != PGC_STRING) return kUsual;
  const auto* text = reinterpret_cast<const config_string*>(setting);
  const char* value = nullptr;
  if (is_trusted(setting, setting->source, setting->scontext)) value = *text->variable;
  else if (is_trusted(setting, setting->reset_source, setting->reset_scontext)) value = text->reset_val;
  else return std::nullopt;
  return value ? value : "";
}

bool split_names(char* text, List** names) { return SplitIdentifierString(text, ',', names); }

// What a command does to an extension it does to the schema where that lives. Privileges were seen before the command.
// What belongs to pg_strata is no schema of anybody.
constexpr const char* kChanged = R"(
SELECT pg_catalog.concat(c.object_type, ' ', c.object_identity),
  CASE WHEN c.schema_name IS NOT NULL THEN c.schema_name
    WHEN c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass THEN
      (SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_namespace n WHERE n.oid OPERATOR(pg_catalog.=) c.objid)
    WHEN c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass THEN
      (SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
       WHERE e.oid OPERATOR(pg_catalog.=) c.objid)
    ELSE (SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) r.relnamespace
          WHERE r.oid OPERATOR(pg_catalog.=) CASE c.classid
            WHEN 'pg_catalog.pg_trigger'::pg_catalog.regclass THEN (SELECT t.tgrelid FROM pg_catalog.pg_trigger t WHERE t.oid OPERATOR(pg_catalog.=) c.objid)
            WHEN 'pg_catalog.pg_policy'::pg_catalog.regclass THEN (SELECT p.polrelid FROM pg_catalog.pg_policy p WHERE p.oid OPERATOR(pg_catalog.=) c.objid)
            WHEN 'pg_catalog.pg_rewrite'::pg_catalog.regclass THEN (SELECT w.ev_class FROM pg_catalog.pg_rewrite w WHERE w.oid OPERATOR(pg_catalog.=) c.objid)
          END)
  END
FROM pg_catalog.pg_event_trigger_ddl_commands() c
WHERE NOT c.in_extension AND c.objid IS NOT NULL AND c.object_type OPERATOR(pg_catalog.<>) ALL (ARRAY['default acl', 'large object'])
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
                  WHERE d.classid OPERATOR(pg_catalog.=) c.classid AND d.objid OPERATOR(pg_catalog.=) c.objid AND d.deptype OPERATOR(pg_catalog.=) 'e'
                    AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.extname OPERATOR(pg_catalog.=) 'pg_strata'))";

// An extension was seen before the command. What belongs to the whole database counts where it was named, not where it went with something else.
constexpr const char* kDropped = R"(
SELECT o.title, o.place FROM (
  SELECT d.original, pg_catalog.concat(d.object_type, ' ', d.object_identity) AS title, coalesce(d.schema_name,
    CASE WHEN d.object_type OPERATOR(pg_catalog.=) 'schema' THEN d.object_name
      WHEN d.object_type OPERATOR(pg_catalog.=) ANY (ARRAY['trigger', 'policy', 'rule', 'default value', 'table constraint', 'domain constraint'])
        THEN d.address_names[1]
    END) AS place
  FROM pg_catalog.pg_event_trigger_dropped_objects() d
  WHERE NOT d.is_temporary AND d.object_type OPERATOR(pg_catalog.<>) ALL (ARRAY['default acl', 'extension', 'large object'])) o
WHERE o.original OR o.place IS NOT NULL
ORDER BY o.original DESC)";

std::vector<Touched> objects_of(const char* sql) {
  std::vector<Touched> objects;
  for (const TextRow& row : query_as_caller(sql, {})) objects.push_back({row[0].value_or("?"), row[1]});
  return objects;
}

bool lists(List* names, std::string_view name) {
  ListCell* cell;
  foreach (cell, names)
    if (IsA(lfirst(cell), String) && name == strVal(lfirst(cell))) return true;
  return false;
}

template <typename T>
const T* as(const Node* node) {
  return reinterpret_cast<const T*>(node);
}

}  // namespace

ManagedSchemas::ManagedSchemas() {
  std::string text = trusted_setting().value_or("*");
  List* names = nullptr;
  // What is no list of names is no reason to manage nothing.
  all_ = !call(split_names, text.data(), &names);
  ListCell* cell;
  foreach (cell, names) {
    names_.push_back(to_utf8(static_cast<const char*>(lfirst(cell))));
    all_ |= names_.back() == "*";
  }
}

bool ManagedSchemas::has(const std::string& schema) const {
  if (std::find(names_.begin(), names_.end(), schema) != names_.end()) return true;
  return all_ && !schema.starts_with("pg_") && schema != "information_schema" && schema != "migrate";
}

std::vector<Touched> dropped_objects() { return objects_of(kDropped); }
std::vector<Touched> changed_objects() { return objects_of(kChanged); }

const Touched* find_managed(const std::vector<Touched>& objects, const std::string& kind) {
  if (objects.empty()) return nullptr;
  const ManagedSchemas managed;
  const Touched* found = nullptr;
  for (const Touched& object : objects) {
    if (object.is_temporary() || (object.schema && !managed.has(*object.schema))) continue;
    if (object.title.starts_with(kind + " ")) return &object;
    if (!found) found = &object;
  }
  return found;
}

bool is_about_pg_strata(const Node* node) {
  constexpr std::string_view kName = "pg_strata";
  switch (nodeTag(node)) {
    case T_CreateExtensionStmt: return kName == as<CreateExtensionStmt>(node)->extname;
    case T_AlterExtensionStmt: return kName == as<AlterExtensionStmt>(node)->extname;
    case T_AlterExtensionContentsStmt: return kName == as<AlterExtensionContentsStmt>(node)->extname;
    case T_AlterObjectSchemaStmt: {
      const auto* statement = as<AlterObjectSchemaStmt>(node);
      return statement->objectType == OBJECT_EXTENSION && kName == strVal(statement->object);
    }
    case T_CommentStmt: {
      const auto* statement = as<CommentStmt>(node);
      return statement->objtype == OBJECT_EXTENSION && kName == strVal(statement->object);
    }
    case T_DropStmt: return as<DropStmt>(node)->removeType == OBJECT_EXTENSION && lists(as<DropStmt>(node)->objects, kName);
    default: return false;
  }
}

}  // namespace strata::pg
