// limits.hpp - what PostgreSQL cannot do at all, so that a migration is refused or has no way back instead of failing when it runs.
#pragma once

#include <string>
#include <vector>

#include "schema/entity.hpp"
#include "schema/plan.hpp"

namespace strata::schema {

// One sentence for each thing, in the order of the objects.
std::vector<std::string> limits_of(const Entities& entities, const ExtensionUpdates& updates);

}  // namespace strata::schema
