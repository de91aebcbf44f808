#include "pg/recorded_settings.hpp"

#include "core/literal.hpp"
#include "pg/boundary.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/guc_tables.h"
#include "utils/varlena.h"
}

namespace strata::pg {
namespace {

constexpr const char* kSearchPath = "search_path";
constexpr const char* kOthers[] = {"check_function_bodies", "default_tablespace", "default_table_access_method", "default_toast_compression",
                                   "DateStyle", "IntervalStyle", "TimeZone", "transform_null_equals"};

config_generic* find(const char* name) {
  config_generic** variables = get_guc_variables();
  for (int i = 0; i < GetNumConfigOptions(); i++)
    if (strcmp(variables[i]->name, name) == 0) return variables[i];
  return nullptr;
}

// What a function or an extension script has put over it stands on the stack; the lowest of these keeps what was there before.
const GucStack* lowest_scope(const config_generic* setting) {
  const GucStack* lowest = nullptr;
  for (const GucStack* entry = setting->stack; entry; entry = entry->prev)
    if (entry->state == GUC_SAVE) lowest = entry;
  return lowest;
}

const char* value_of(const char* name) {
  config_generic* setting = find(name);
  if (!setting) return "";
  const GucStack* scope = lowest_scope(setting);
  if (!scope) return GetConfigOption(name, true, false);
  switch (setting->vartype) {
    case PGC_BOOL: return scope->prior.val.boolval ? "on" : "off";
    case PGC_ENUM: return config_enum_lookup_by_value(reinterpret_cast<config_enum*>(setting), scope->prior.val.enumval);
    case PGC_STRING: return scope->prior.val.stringval;
    default: return GetConfigOption(name, true, false);
  }
}

const char* reset_value_of(const char* name) { return GetConfigOptionResetString(name); }

bool split_names(char* text, List** names) { return SplitIdentifierString(text, ',', names); }

// The schemas that the path really leads to: "$user" is another one for whoever runs the revision.
const char* quoted_name(const char* name) {
  if (!*name) return nullptr;
  if (strcmp(name, "$user") != 0) return quote_identifier(name);
  const char* user = GetUserNameFromId(GetOuterUserId(), true);
  return user && OidIsValid(get_namespace_oid(user, true)) ? quote_identifier(user) : nullptr;
}

std::string search_path() {
  const char* value = call(value_of, kSearchPath);
  std::string text = value ? value : "";
  List* names = nullptr;
  (void)call(split_names, text.data(), &names);
  std::string path;
  ListCell* cell;
  foreach (cell, names) {
    const char* name = call(quoted_name, static_cast<const char*>(lfirst(cell)));
    if (name) path += (path.empty() ? "" : ", ") + to_utf8(name);
  }
  return path.empty() ? "''" : path;
}

RecordedSettings with_others(std::string path, const char* (*read)(const char*)) {
  RecordedSettings settings{{kSearchPath, std::move(path)}};
  for (const char* name : kOthers) {
    const char* value = call(read, name);
    settings.emplace_back(name, sql_literal(to_utf8(value ? value : "")));
  }
  return settings;
}

}  // namespace

RecordedSettings present_settings() { return with_others(search_path(), value_of); }

RecordedSettings usual_settings() { return with_others("public", reset_value_of); }

}  // namespace strata::pg
