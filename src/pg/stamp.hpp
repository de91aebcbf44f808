// stamp.hpp - a new revision counts as applied, because what it does is there already.
#pragma once

#include <string>

namespace strata::pg {

// As the next step from the version rows; logged as a stamp, and the schema is noted. The caller holds the migration lock.
void count_as_applied(const std::string& id);

}  // namespace strata::pg
