// doctor.hpp - what looks wrong or risky in a set of revisions and the version rows of a database.
//
// Works on what is there, broken graphs included, so it takes revisions and not a Graph. What needs the text of a script
// (lint) is added by the caller.
#pragma once

#include <string>
#include <vector>

#include "core/load.hpp"

namespace strata {

enum class Severity { info, warning, error };
std::string_view name_of(Severity);

struct Diagnosis {
  std::string code;
  Severity severity;
  std::string revision;  // empty: the set as a whole
  std::string message;
  std::string hint;
  bool operator==(const Diagnosis&) const = default;
};

// Errors first, then warnings, then the rest; each in the order of revisions.
// `half_applied` are revisions that a deploy has left behind, with the number of statements done.
std::vector<Diagnosis> diagnose(const RevisionMap& revisions, const std::vector<std::string>& version_rows, const std::map<std::string, int>& half_applied = {});

}  // namespace strata
