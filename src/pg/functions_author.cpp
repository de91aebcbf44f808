// functions_author.cpp - migrate_revision and migrate_merge: new revisions written into the catalog.
#include "core/resolve.hpp"
#include "core/text.hpp"
#include "pg/loader.hpp"
#include "pg/runner.hpp"

extern "C" {
#include "utils/timestamp.h"
}

using namespace strata;
using namespace strata::pg;

namespace {

void draw_random(char* bytes, std::size_t count) {
  if (!pg_strong_random(bytes, count)) throw Error(sqlstate::internal, "could not generate random values");
}

// Twelve random hex digits, as Alembic's.
std::string new_id(const Graph& known) {
  for (;;) {
    unsigned char bytes[6];
    draw_random(reinterpret_cast<char*>(bytes), sizeof bytes);
    std::string id;
    for (unsigned char byte : bytes) id += fmt::format("{:02x}", byte);
    if (!known.find(id)) return id;
  }
}

std::string now_to_the_second() {
  const TimestampTz now = GetCurrentTimestamp();
  return timestamp_text(now - now % USECS_PER_SEC);
}

enum class Branching { refuse, allow };
// As `alembic revision --head`: only heads may get a child, unless the author says splice.
Texts parents_at(const Graph& known, const std::string& head, Branching branching, std::span<const Index> current) {
  const Indexes parents = resolve(known, head, current);
  for (Index parent : parents)
    if (branching == Branching::refuse && !known.children(parent).empty())
      throw Error(sqlstate::several_heads, fmt::format("revision {} is not a head", quoted(known.id(parent))))
          .with_detail("A child of it would start a new branch.")
          .with_hint("Name a head; migrate_revision(..., splice => true) starts a branch.");
  return ids_of(known, parents);
}

// Writes one revision that `compose` makes of the graph and the version rows, and returns its id.
Datum write_revision(const std::optional<std::string>& rev_id, const std::function<Revision(const Graph&, std::span<const Index>)>& compose) {
  std::string id;
  with_migration([&](Snapshot latest) {
    const SharedGraph known = graph(latest);
    Revision revision = compose(*known, locate(*known, version_rows(latest)));
    revision.lineage.id = id = rev_id ? *rev_id : new_id(*known);
    if (known->find(id))
      throw Error(sqlstate::broken_graph, fmt::format("revision {} exists already", quoted(id))).with_hint("Choose another rev_id.");
    revision.created_at = now_to_the_second();
    revision.message = tidy_message(revision.message);
    check_printable(revision);
    const std::string place = fmt::format("revision {}", id);
    load({{std::move(revision)}, {place}, {place}, {}, {}}, Missing::keep, latest);
  });
  return datum_of(id);
}

}  // namespace

STRATA_FUNCTION(migrate_revision) {
  const Arguments arguments(fcinfo);
  const std::string head = arguments.text(4, "head");
  const Branching branching = arguments.flag(5, "splice") ? Branching::allow : Branching::refuse;
  return write_revision(arguments.optional_text(3), [&](const Graph& known, std::span<const Index> current) {
    Revision revision;
    revision.lineage = {"", parents_at(known, head, branching, current), arguments.texts(7, "depends_on"), arguments.texts(6, "branch_labels")};
    revision.message = arguments.text(0, "message");
    revision.upgrade.sql = tidy_script(arguments.text(1, "upgrade"));
    if (const auto downgrade = arguments.optional_text(2); downgrade) revision.downgrade = Script{tidy_script(*downgrade)};
    return revision;
  });
}

STRATA_FUNCTION(migrate_merge) {
  const Arguments arguments(fcinfo);
  const Texts names = arguments.texts(1, "revisions");
  return write_revision(arguments.optional_text(2), [&](const Graph& known, std::span<const Index> current) {
    Revision revision;
    for (const std::string& name : names) {
      // A merge is to leave one head, so it takes those too that another head depends on.
      const Texts parents = name == "heads" ? ids_of(known, known.heads()) : parents_at(known, name, Branching::refuse, current);
      revision.lineage.down_revision.insert(revision.lineage.down_revision.end(), parents.begin(), parents.end());
    }
    if (revision.lineage.down_revision.size() < 2)
      throw Error(sqlstate::several_heads, "there is nothing to merge")
          .with_detail(fmt::format("{} names {} revision(s).", quoted_list(names), revision.lineage.down_revision.size()))
          .with_hint("A merge joins two or more revisions.");
    revision.lineage.branch_labels = arguments.texts(3, "branch_labels");
    revision.message = arguments.text(0, "message");
    revision.downgrade = Script{};
    return revision;
  });
}
