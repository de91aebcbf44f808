// foreign_key_without_on_delete.hpp - a foreign key should say what a deletion of the parent does.
//
// Without ON DELETE it is NO ACTION, which is seldom a decision. Looks at CREATE TABLE and ALTER TABLE only.
#pragma once

#include <vector>

#include "lint/rules.hpp"

namespace strata {

std::vector<Hit> foreign_key_without_on_delete(const TokenView& statement);

}  // namespace strata
