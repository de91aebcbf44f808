#include "pg/session_settings.hpp"

extern "C" {
#include "utils/guc_tables.h"
}

namespace strata::pg {
namespace {

bool is_settable(const config_generic* variable) {
  const std::string_view name = variable->name;
  const bool belongs_to_transaction = name.starts_with("transaction_") || name == "seed";
  return (variable->context == PGC_USERSET || variable->context == PGC_SUSET) && !belongs_to_transaction;
}

// Without a value: as RESET. A WARNING where that is not possible (temp_buffers in use, a role that is gone): the others go on.
void put(const char* name, const char* value, GucContext context) {
  (void)set_config_option(name, value, context, PGC_S_SESSION, GUC_ACTION_SET, true, WARNING, false);
}

void set(const char* name, const char* value) {
  (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
}

const char* value_of(const char* name) { return GetConfigOption(name, true, false); }

}  // namespace

SessionSettings::SessionSettings() : before_(present()) {}

std::map<std::string, SessionSettings::Setting> SessionSettings::present() {
  std::map<std::string, Setting> settings;
  config_generic** variables = get_guc_variables();
  for (int i = 0; i < GetNumConfigOptions(); i++) {
    if (!is_settable(variables[i])) continue;
    const char* value = call(value_of, static_cast<const char*>(variables[i]->name));
    settings.emplace(variables[i]->name, Setting{value ? value : "", variables[i]->source, variables[i]->scontext});
  }
  return settings;
}

void SessionSettings::restore() const {
  const auto put_back = [&](const std::string& name) {
    const auto found = before_.find(name);
    const bool was_set = found != before_.end() && found->second.source == PGC_S_SESSION;
    call(put, name.c_str(), was_set ? found->second.value.c_str() : static_cast<const char*>(nullptr), was_set ? found->second.context : PGC_SUSET);
  };
  std::map<std::string, Setting> now = present();
  // First who one is: the others may need his rights.
  for (const std::string name : {"session_authorization", "role"})
    if (const auto before = before_.find(name); before != before_.end() && now[name] != before->second) put_back(name);
  for (const auto& [name, setting] : present())
    if (const auto before = before_.find(name); before == before_.end() || before->second != setting) put_back(name);
}

void set_for_session(const char* name, const std::string& value) { call(set, name, value.c_str()); }

}  // namespace strata::pg
