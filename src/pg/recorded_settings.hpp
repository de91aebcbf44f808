// recorded_settings.hpp - the settings of the client's session that change what its DDL means.
//
// The surprise: a function with a SET clause, or the script of an extension, has settings of its own while it runs. It is not
// theirs that count, but those under which the client's statement began.
#pragma once

#include "core/record.hpp"

namespace strata::pg {

RecordedSettings present_settings();
// With which a revision begins to run here.
RecordedSettings usual_settings();

}  // namespace strata::pg
