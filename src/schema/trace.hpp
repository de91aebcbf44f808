// trace.hpp - who was called what before, after a series of renames that have been run.
//
// The surprise: statements name things as they are called at that moment; a trace leads from the last name to the first.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "schema/rename.hpp"

namespace strata::schema {

// ALTER TABLE ... RENAME of a relation, or of a column or constraint of one; names without quotes. `schema` may be empty.
struct RanRename {
  enum class What { relation, column, constraint } what;
  std::string schema;
  std::string relation;
  std::string old_name;  // of the part; empty for a relation
  std::string new_name;
};

// As marks on the schema `before` these renames: what has the old name there, and which name it has `after` them. What was made or
// dropped meanwhile is left out.
std::vector<RenameMark> marks_back(const std::vector<RanRename>& renames, const Model& before, const Model& after);

}  // namespace strata::schema
