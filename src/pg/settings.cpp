#include "pg/settings.hpp"

#include <climits>

#include "pg/boundary.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/varlena.h"
}

namespace strata::pg {
namespace {

Settings current{true, false, false, 5000, 2000, 3'600'000, 10, 60'000, true};
char* managed_schemas_text = nullptr;

int guard = static_cast<int>(Guard::off);
constexpr config_enum_entry kGuards[] = {{"off", static_cast<int>(Guard::off), false},
                                         {"log", static_cast<int>(Guard::log), false},
                                         {"warn", static_cast<int>(Guard::warn), false},
                                         {"refuse", static_cast<int>(Guard::refuse), false},
                                         {nullptr, 0, false}};

// Before the library is loaded a setting of ours is a placeholder, which anybody may set in the start-up options and which hides what
// ALTER DATABASE or postgresql.conf say. Defining the real setting refuses it with a warning, but the hidden value is gone.
std::string refused_policy;
bool guard_is_refused = false;

void note_policies_of_client() {
  config_generic** variables = get_guc_variables();
  for (int i = 0; i < GetNumConfigOptions(); i++) {
    const std::string_view name = variables[i]->name;
    const bool is_policy = name == "migrate.allow_downgrade" || name == "migrate.single_head" || name == "migrate.require_downgrade";
    const bool is_refused = variables[i]->source == PGC_S_CLIENT && (variables[i]->scontext == PGC_BACKEND || variables[i]->scontext == PGC_USERSET);
    if (is_policy && is_refused) refused_policy = name;
    if (name == "migrate.guard") guard_is_refused = is_refused;
  }
}

void set_for_revision(GucAction action, const char* lock_timeout) {
  // Under FORCE ROW LEVEL SECURITY a backfill would otherwise update zero rows without a word.
  (void)set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, action, true, 0, false);
  // The scripts were split and checked with it.
  (void)set_config_option("standard_conforming_strings", "on", PGC_USERSET, PGC_S_SESSION, action, true, 0, false);
  if (lock_timeout) (void)set_config_option("lock_timeout", lock_timeout, PGC_USERSET, PGC_S_SESSION, action, true, 0, false);
}

int enter_revision(const char* lock_timeout) {
  const int level = NewGUCNestLevel();
  set_for_revision(GUC_ACTION_SAVE, lock_timeout);
  return level;
}

void define_time(const char* name, const char* what, const char* more, int* value) {
  DefineCustomIntVariable(name, what, more, value, *value, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
}

Error refused(const std::string& policy) {
  return Error(sqlstate::insufficient_privilege, fmt::format("permission denied to set parameter \"{}\"", policy))
      .with_detail("The connection asks for it in its start-up options.")
      .with_hint("Connect without it: policies are for superusers, ALTER DATABASE ... SET or postgresql.conf.");
}

// A list of identifiers, as search_path is; * stands for all.
bool check_schemas(char** value, void**, GucSource) {
  if (std::string_view(*value) == "*") return true;
  char* list = pstrdup(*value);
  List* names = NIL;
  const bool valid = SplitIdentifierString(list, ',', &names) && names != NIL;
  list_free(names);
  pfree(list);
  if (!valid) GUC_check_errdetail("It is a list of schemas, or * for all of them.");
  return valid;
}

std::vector<std::string> split_schemas(const char* value) {
  std::vector<std::string> names;
  List* list = NIL;
  if (!call(SplitIdentifierString, pstrdup(value), ',', &list)) return names;
  const ListCell* cell;
  foreach (cell, list) names.push_back(to_utf8(static_cast<const char*>(lfirst(cell))));
  return names;
}

}  // namespace

std::optional<std::vector<std::string>> managed_schemas() {
  if (!managed_schemas_text || std::string_view(managed_schemas_text) == "*") return std::nullopt;
  return split_schemas(managed_schemas_text);
}

const Settings& settings() {
  if (!refused_policy.empty()) throw refused(refused_policy);
  return current;
}

Guard guard_setting() {
  if (guard_is_refused) throw refused("migrate.guard");
  return static_cast<Guard>(guard);
}

void require_downgrades_allowed() {
  if (settings().allow_downgrade) return;
  throw Error(sqlstate::refused_by_policy, "downgrades are not allowed here")
      .with_detail("migrate.allow_downgrade is off.")
      .with_hint("Go forward with a new revision.");
}

void define_settings() {
  note_policies_of_client();
  DefineCustomBoolVariable("migrate.allow_downgrade", "Allows downgrades.",
                           "Off is a forward-only policy: every downgrade is refused.", &current.allow_downgrade, true, PGC_SUSET, 0,
                           nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("migrate.single_head", "Refuses a load that would leave several heads.", nullptr, &current.single_head, false,
                           PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("migrate.require_downgrade", "Refuses to load a new revision without a downgrade.", nullptr,
                           &current.require_downgrade, false, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable("migrate.guard", "Sets what happens to DDL outside of a migration.", nullptr, &guard, guard, kGuards, PGC_SUSET, 0,
                           nullptr, nullptr, nullptr);
  define_time("migrate.lock_timeout", "Sets how long to wait for another migration to end.", "0 does not wait at all.", &current.lock_timeout);
  define_time("migrate.deploy_lock_timeout", "Sets how long a statement of migrate_deploy waits for a lock.",
              "Then it is rolled back and tried again. 0 waits for ever.", &current.deploy_lock_timeout);
  define_time("migrate.deploy_build_timeout", "Sets how long a concurrent build of migrate_deploy waits for others.",
              "0 waits for ever.", &current.deploy_build_timeout);
  DefineCustomIntVariable("migrate.deploy_retries", "Sets how often migrate_deploy tries again what has met a lock or a deadlock.",
                          nullptr, &current.deploy_retries, current.deploy_retries, 0, 1'000'000, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomStringVariable("migrate.managed_schemas", "Names the schemas that migrate_autogenerate and migrate_check compare.",
                             "A list, or * for all but those of the system and of pg_strata.", &managed_schemas_text, "public", PGC_USERSET, GUC_LIST_INPUT,
                             check_schemas, nullptr, nullptr);
  DefineCustomBoolVariable("migrate.keep_snapshot", "Notes the managed schemas at the end of each migration.", "migrate_check() needs it to tell drift.",
                           &current.keep_snapshot, true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  define_time("migrate.check_timeout", "Sets how long a comparison of schemas may take.", "0 does not limit it.", &current.check_timeout);
  MarkGUCPrefixReserved("migrate");
}

int begin_revision_settings(std::optional<int> lock_timeout) {
  const std::string text = std::to_string(lock_timeout.value_or(0));
  return call(enter_revision, lock_timeout ? text.c_str() : nullptr);
}

void renew_revision_settings(std::optional<int> lock_timeout) {
  const std::string text = std::to_string(lock_timeout.value_or(0));
  call(set_for_revision, GUC_ACTION_SET, lock_timeout ? text.c_str() : nullptr);
}

// As an abort: a plain SET inside the script would survive the commit of a level.
void end_revision_settings(int level) { call(AtEOXact_GUC, false, level); }

}  // namespace strata::pg
