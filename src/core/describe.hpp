// describe.hpp - one revision for a person to read, as `alembic show` prints it.
#pragma once

#include <span>
#include <string>

#include "core/graph.hpp"
#include "core/stored.hpp"

namespace strata {

// `current` are the version rows.
std::string describe(const Graph& graph, Index revision, const StoredRevision& stored, std::span<const Index> current);

}  // namespace strata
