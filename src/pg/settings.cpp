#include "pg/settings.hpp"

#include <climits>

#include "pg/boundary.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace strata::pg {
namespace {

Settings current{true, false, false, 5000};

int enter_revision() {
  const int level = NewGUCNestLevel();
  // Under FORCE ROW LEVEL SECURITY a backfill would otherwise update zero rows without a word.
  (void)set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  // The scripts were split and checked with it.
  (void)set_config_option("standard_conforming_strings", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  return level;
}

}  // namespace

const Settings& settings() { return current; }

void require_downgrades_allowed() {
  if (current.allow_downgrade) return;
  throw Error(sqlstate::refused_by_policy, "downgrades are not allowed here")
      .with_detail("migrate.allow_downgrade is off.")
      .with_hint("Go forward with a new revision.");
}

void define_settings() {
  DefineCustomBoolVariable("migrate.allow_downgrade", "Allows downgrades.",
                           "Off is a forward-only policy: every downgrade is refused.", &current.allow_downgrade, true, PGC_SUSET, 0,
                           nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("migrate.single_head", "Refuses a load that would leave several heads.", nullptr, &current.single_head, false,
                           PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("migrate.require_downgrade", "Refuses to load a new revision without a downgrade.", nullptr,
                           &current.require_downgrade, false, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("migrate.lock_timeout", "Sets how long to wait for another migration to end.",
                          "0 does not wait at all.", &current.lock_timeout, 5000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, nullptr,
                          nullptr, nullptr);
  MarkGUCPrefixReserved("migrate");
}

int begin_revision_settings() { return call(enter_revision); }

// As an abort: a plain SET inside the script would survive the commit of a level.
void end_revision_settings(int level) { call(AtEOXact_GUC, false, level); }

}  // namespace strata::pg
