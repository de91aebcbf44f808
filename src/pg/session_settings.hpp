// session_settings.hpp - takes back what a revision has SET where no transaction ends with it.
//
// A revision that runs statement by statement sets for the session, as a script of psql does: a concurrent build commits
// several times and must keep its settings. The surprise: everything is compared, not only what SET was seen to change, because functions
// (set_config) change settings, too.
#pragma once

#include <map>
#include <string>

#include "pg/boundary.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace strata::pg {

class SessionSettings {
 public:
  // Remembers all settings that a script can change.
  SessionSettings();
  // Puts them back, role and source included. What it does lasts when the transaction commits.
  void restore() const;

 private:
  struct Setting {
    std::string value;
    GucSource source;
    GucContext context;  // whose right has set it: to put it back needs no other
    bool operator==(const Setting&) const = default;
  };
  static std::map<std::string, Setting> present();
  std::map<std::string, Setting> before_;
};

// As SET by the user of the session.
void set_for_session(const char* name, const std::string& value);

}  // namespace strata::pg
