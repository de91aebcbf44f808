// functions_author.cpp - migrate_revision and migrate_merge: new revisions written into the catalog.
#include "core/plan.hpp"
#include "core/resolve.hpp"
#include "core/text.hpp"
#include "pg/author.hpp"
#include "pg/job.hpp"

using namespace strata;
using namespace strata::pg;

STRATA_FUNCTION(migrate_revision) {
  const Arguments arguments(fcinfo);
  const std::string head = arguments.text(4, "head");
  const Branching branching = arguments.flag(5, "splice") ? Branching::allow : Branching::refuse;
  return datum_of(*write_revision(arguments.optional_text(3), [&](const Graph& known, const Texts& rows, Snapshot) {
    Revision revision;
    revision.lineage = {"", parents_at(known, head, branching, locate(known, rows)), arguments.texts(7, "depends_on"), arguments.texts(6, "branch_labels")};
    revision.message = arguments.text(0, "message");
    revision.upgrade.sql = tidy_script(arguments.text(1, "upgrade"));
    if (const auto downgrade = arguments.optional_text(2); downgrade) revision.downgrade = Script{tidy_script(*downgrade)};
    return std::optional(std::move(revision));
  }));
}

STRATA_FUNCTION(migrate_merge) {
  const Arguments arguments(fcinfo);
  const Texts names = arguments.texts(1, "revisions");
  return datum_of(*write_revision(arguments.optional_text(2), [&](const Graph& known, const Texts& rows, Snapshot) {
    const Indexes current = locate(known, rows);
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
    return std::optional(std::move(revision));
  }));
}
