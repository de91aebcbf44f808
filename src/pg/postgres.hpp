// postgres.hpp - the one door to the server's headers.
//
// The surprise: postgres.h redefines printf and friends as macros, so every standard and fmt header has to come
// before it. A file of this layer includes those first, then "pg/postgres.hpp", and never "postgres.h" itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

extern "C" {
#include "postgres.h"
#include "fmgr.h"
#include "miscadmin.h"
}
