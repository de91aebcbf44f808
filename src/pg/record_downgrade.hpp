// record_downgrade.hpp - the way back from what was recorded: from the schema as it is to the schema as it was.
//
// The schema engine gives it. Nothing: the revision is irreversible.
#pragma once

#include <optional>
#include <string>

#include "schema/model.hpp"

namespace strata::pg {

schema::Model read_managed_schema();
// `upgrade`: what was recorded; what it has renamed is renamed back.
std::optional<std::string> recorded_downgrade(const schema::Model& before, const schema::Model& after, const std::string& upgrade);

}  // namespace strata::pg
