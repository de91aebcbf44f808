#include "pg/guard.hpp"

#include <algorithm>
#include <cstring>

#include "pg/boundary.hpp"
#include "pg/client_statement.hpp"
#include "pg/ddl_objects.hpp"
#include "pg/encoding.hpp"
#include "pg/lock.hpp"
#include "pg/record.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "commands/extension.h"
#include "utils/acl.h"
#include "utils/guc_tables.h"
#include "utils/syscache.h"
}

namespace strata::pg {
namespace {

constexpr std::size_t kLongestQuote = 10'000;

int unguarded = 0;
Oid printed_script_function = InvalidOid;
bool has_made_extension = false;

// What is known of the commands that are under way; they may be nested. An error leaves some behind, whose place in memory another one
// may get: it begins by forgetting them.
struct Seen {
  const Node* command;
  std::string managed;  // what it touches; empty: nothing yet
  bool is_told;
};
std::vector<Seen> seen;
constexpr std::size_t kMostSeen = 100;

void forget(const Node* command) {
  std::erase_if(seen, [&](const Seen& one) { return one.command == command; });
}

Seen& know(const Node* command) {
  const auto found = std::find_if(seen.begin(), seen.end(), [&](const Seen& one) { return one.command == command; });
  if (found != seen.end()) return *found;
  if (seen.size() >= kMostSeen) seen.clear();
  return seen.emplace_back(Seen{command, {}, false});
}

bool has_execute(Oid function, Oid role) {
  return SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function)) && pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
}

// These have event triggers and change no schema.
bool changes_schema(std::string_view tag) { return tag != "REFRESH MATERIALIZED VIEW" && tag != "REINDEX" && tag != "LOGIN"; }

// A dump sets migrate.guard with ALTER DATABASE before it makes the tables. Who restores it has made the extension, or is a superuser
// with pg_restore, whose workers are sessions of their own. What he has SET himself holds all the same.
bool is_restored(const char* setting) {
  config_generic** variables = get_guc_variables();
  for (int i = 0; i < GetNumConfigOptions(); i++)
    if (strcmp(variables[i]->name, setting) == 0 && variables[i]->source >= PGC_S_CLIENT) return false;
  return has_made_extension || (strcmp(application_name, "pg_restore") == 0 && superuser_arg(GetAuthenticatedUserId()));
}

struct Report {
  const char* message;
  const char* detail;
};
void write_log_line(const Report* report) {
  ereport(LOG_SERVER_ONLY, errmsg_internal("%s", report->message), errdetail_internal("%s", report->detail), errhidestmt(true));
}

const char* current_role() { return GetUserNameFromId(GetUserId(), true); }

std::string role_and_application() {
  const char* role = call(current_role);
  return fmt::format("role \"{}\", application \"{}\"", role ? to_utf8(role) : "?", application_name ? to_utf8(application_name) : "");
}

constexpr const char* kHint = "Load a revision and run migrate_upgrade or migrate_deploy, or let migrate_record_start() make a revision of what you type.";

void tell(Guard guard, const DdlCommand& command, const std::string& title) {
  const std::string message = fmt::format("{} outside of a migration: {}", command.tag, title);
  if (guard == Guard::refuse)
    throw Error(sqlstate::refused_by_policy, message)
        .with_detail("migrate.guard is refuse: for the schemas of migrate.managed_schemas, and for what belongs to no schema.")
        .with_hint(std::string(kHint) + (superuser() ? " A superuser can SET migrate.guard = off." : ""));
  if (guard == Guard::warn) return say(WARNING, message, {fmt::format("By {}.", role_and_application()), kHint});
  const std::string text = to_server_lossy(message),
                    detail = to_server_lossy(fmt::format("By {}, statement: {}", role_and_application(), client_statement().substr(0, kLongestQuote)));
  const Report report{text.c_str(), detail.c_str()};
  call(write_log_line, &report);
}

// All that the command is known to touch now.
std::vector<Touched> touched_by(const DdlCommand& command) {
  switch (command.event) {
    case DdlEvent::start: return named_by(command.parsetree);
    case DdlEvent::drop: return dropped_objects();
    case DdlEvent::end: return changed_objects();
  }
  return {};
}

// CREATE TABLE makes sequences and indexes as well: "table".
std::string kind_of(std::string_view tag) {
  std::string kind(tag.substr(std::min(tag.size(), tag.find(' ') + 1)));
  for (char& c : kind) c = static_cast<char>(pg_tolower(static_cast<unsigned char>(c)));
  return kind;
}

bool is_elsewhere(const std::vector<Touched>& objects) {
  return std::any_of(objects.begin(), objects.end(), [](const Touched& object) { return !object.is_temporary(); });
}

void watch(Guard guard, const DdlCommand& command) {
  if (command.event == DdlEvent::start) forget(command.parsetree);
  const std::vector<Touched> objects = touched_by(command);
  const Touched* managed = find_managed(objects, kind_of(command.tag));
  if (managed && know(command.parsetree).managed.empty()) know(command.parsetree).managed = managed->title;
  const Seen now = know(command.parsetree);
  if (command.event == DdlEvent::end) forget(command.parsetree);
  if (is_recording() && may_record()) {
    if (command.event != DdlEvent::end) return;
    if (!now.managed.empty()) record_statement();
    else if (is_elsewhere(objects)) say(NOTICE, fmt::format("not recorded: {} is outside of migrate.managed_schemas", objects.front().title));
    return;
  }
  if (guard == Guard::off || now.managed.empty() || now.is_told) return;
  tell(guard, command, now.managed);
  if (command.event != DdlEvent::end) know(command.parsetree).is_told = true;
}

}  // namespace

Unguarded::Unguarded() { unguarded++; }
Unguarded::~Unguarded() { unguarded--; }

void pass_printed_script(Oid function) { printed_script_function = function; }

bool may_execute(Oid function) {
  return OidIsValid(function) && (call(has_execute, function, GetSessionUserId()) || call(has_execute, function, GetUserId()));
}

void watch_ddl(const DdlCommand& command) {
  // What the script of an extension does belongs to the command that runs it.
  if (creating_extension) {
    has_made_extension |= CurrentExtensionObject == get_extension_oid("pg_strata", true);
    return;
  }
  const Guard guard = guard_setting();
  if (guard == Guard::off && !is_recording()) return;
  if (unguarded > 0 || is_running_scripts() || IsBinaryUpgrade || !changes_schema(command.tag) || is_about_pg_strata(command.parsetree)) return;
  if (may_execute(printed_script_function)) return;
  watch(guard != Guard::off && is_restored("migrate.guard") ? Guard::off : guard, command);
}

}  // namespace strata::pg
