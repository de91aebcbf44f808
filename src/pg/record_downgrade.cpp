#include "pg/record_downgrade.hpp"

namespace strata::pg {

schema::Model read_managed_schema() { return {}; }

std::optional<std::string> recorded_downgrade(const schema::Model&, const schema::Model&) { return std::nullopt; }

}  // namespace strata::pg
