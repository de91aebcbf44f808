// settings.hpp - the settings migrate.*, and settings that hold for a while.
//
// Policies are for superusers, so that ALTER DATABASE ... SET binds everybody else.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace strata::pg {

enum class Guard { off, log, warn, refuse };

struct Settings {
  bool allow_downgrade;
  bool single_head;
  bool require_downgrade;
  int lock_timeout;  // milliseconds, as all of these
  int deploy_lock_timeout;
  int deploy_build_timeout;
  int deploy_retries;
  int check_timeout;
  bool keep_snapshot;
};

// Raises 42501 in a session whose client has tried to set a policy before the library could refuse that.
const Settings& settings();
// The same for migrate.guard alone: the guard is asked by every DDL, and must not stop it because of another policy.
Guard guard_setting();
void define_settings();
// The names in migrate.managed_schemas, not quoted; nothing: all schemas.
std::optional<std::vector<std::string>> managed_schemas();
// Raises MG007 while migrate.allow_downgrade is off.
void require_downgrades_allowed();

// What every revision starts with: begin before its script, end after it. `lock_timeout` in milliseconds; none: the caller's. end() takes back all that the script has SET, its
// role and search_path included; on an error the transaction does it. Returns the level that end wants.
int begin_revision_settings(std::optional<int> lock_timeout);
void end_revision_settings(int level);
// Sets them again, after a RESET ALL.
void renew_revision_settings(std::optional<int> lock_timeout);

}  // namespace strata::pg
