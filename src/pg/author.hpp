// author.hpp - a new revision on its way into the catalog, whoever has written it.
#pragma once

#include <functional>

#include "core/revision.hpp"
#include "pg/store.hpp"

namespace strata::pg {

// Writes one revision that `compose` makes of the graph and the version rows, with the migration lock held, and returns its id: `rev_id`
// or, as Alembic's, twelve random hex digits. Nothing composed: nothing is written. Raises MG005 for an id that is taken, and what a load raises.
using Compose = std::function<std::optional<Revision>(const Graph&, const Texts& version_rows, Snapshot)>;
std::optional<std::string> write_revision(const std::optional<std::string>& rev_id, const Compose& compose);

// `rev_id`, or twelve random hex digits. Raises MG005 for an id that is taken.
std::string id_of_new(const Graph& known, const std::optional<std::string>& rev_id);
std::string now_to_the_second();

enum class Branching { refuse, allow };
// The parents that `head` names; as `alembic revision --head`: only heads may get a child, unless the author says splice (MG003).
Texts parents_at(const Graph& known, const std::string& head, Branching branching, std::span<const Index> current);

}  // namespace strata::pg
