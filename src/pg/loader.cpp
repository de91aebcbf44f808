#include <algorithm>

#include "core/health.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "parse/enum_use.hpp"
#include "pg/journal.hpp"
#include "pg/loader.hpp"
#include "pg/settings.hpp"
#include "pg/store.hpp"

namespace strata::pg {
namespace {

std::string at(const Script& script, const PreparedScript& prepared, std::size_t number) {
  return fmt::format("(statement {}, line {})", number + 1, prepared.statements[number].line + script.line - 1);
}

std::optional<std::string> barrier_of(const Script& script, const PreparedScript& prepared) {
  for (std::size_t i = 0; i < prepared.statements.size(); i++)
    if (const auto& reason = prepared.statements[i].not_in_transaction; reason)
      return fmt::format("{} {}", *reason, at(script, prepared, i));
  if (const auto use = EnumValueWatch().next(prepared); use)
    return fmt::format("enum value {} of type {} is added and used in the same transaction {}", quoted(use->value.label),
                       use->value.type, at(script, prepared, use->statement));
  if (script.transaction == Transaction::forbidden) return "its author wrote transaction:false";
  return std::nullopt;
}

enum class Direction { upgrade, downgrade };

// Turns the scripts of one file into what is stored, reusing what the catalog has.
class Preparation {
 public:
  Preparation(const RevisionMap& catalog, FileFaults& faults) : catalog_(catalog), faults_(faults) {}

  StoredRevision prepare_revision(const Revision& revision, const std::string& place, const std::string& downgrade_place) {
    const auto found = catalog_.find(revision.lineage.id);
    const StoredRevision present = found == catalog_.end() ? StoredRevision() : found->second;
    StoredRevision stored{revision.lineage, revision.message, created_at(revision, place), revision.file, std::nullopt, std::nullopt};
    stored.upgrade = prepare_script(revision.upgrade, present.upgrade, place, [&](const FileFault&) { return false; });
    if (revision.downgrade)
      stored.downgrade = prepare_script(*revision.downgrade, present.downgrade, downgrade_place,
                                        [&](const FileFault& fault) { return warn_of_defect(fault, revision); });
    return stored;
  }

 private:
  std::string created_at(const Revision& revision, const std::string& place) {
    if (revision.created_at.empty()) return {};
    if (auto time = canonical_timestamp(revision.created_at); time) return *time;
    faults_.push_back({sqlstate::malformed_file, place, 0, 0, fmt::format("created_at is no time: {}", quoted(revision.created_at)),
                       "write it as 2026-01-15 10:00:00+00"});
    return {};
  }

  // `tolerates` says whether a script with this syntax error is kept all the same.
  StoredScript prepare_script(const Script& script, const std::optional<StoredScript>& present, const std::string& place,
                              const std::function<bool(const FileFault&)>& tolerates) {
    if (present && present->script == script) return *present;
    const PreparedScript prepared = prepare(script.sql, check_for_interrupts);
    StoredScript stored{stored_script(script, prepared), prepared.checksum, std::nullopt, std::nullopt};
    if (prepared.faults.empty()) {
      stored.barrier = barrier_of(script, prepared);
      return stored;
    }
    const FileFault first = in_file(prepared.faults.front(), script, place);
    if (first.sqlstate == sqlstate::syntax_error && tolerates(first)) {
      stored.defect = fmt::format("{}, line {}", first.message, first.line);
      return stored;
    }
    for (const ScriptFault& fault : prepared.faults) faults_.push_back(in_file(fault, script, place));
    return stored;
  }

  // Where BEGIN and COMMIT were dropped, blanks are left that no file would keep.
  static Script stored_script(const Script& script, const PreparedScript& prepared) {
    Script stored{tidy_script(prepared.sql), script.transaction, script.line};
    const std::size_t start = stored.sql.empty() ? 0 : prepared.sql.find(stored.sql);
    stored.line += static_cast<int>(std::count(prepared.sql.begin(), prepared.sql.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
    return stored;
  }

  // Real histories have downgrades that never parsed, and an upgrade must not wait for their repair.
  static bool warn_of_defect(const FileFault& fault, const Revision& revision) {
    say(WARNING, fmt::format("the downgrade of revision {} does not parse: {} (\"{}\", line {}, column {})", revision.lineage.id, fault.message,
                             fault.file, fault.line, fault.column),
        {"", "The revision counts as irreversible until its downgrade is corrected and loaded again."});
    return true;
  }

  const RevisionMap& catalog_;
  FileFaults& faults_;
};

Standing standing(Snapshot snapshot) {
  const SharedGraph known = graph(snapshot);
  const Texts rows = version_rows(snapshot);
  std::set<std::string> ids(rows.begin(), rows.end());  // even those that the catalog has lost
  const std::vector<char> marks = applied(*known, known_rows(*known, rows));
  for (Index i = 0; i < known->size(); i++)
    if (marks[i]) ids.insert(known->id(i));
  Standing found{std::move(ids), {}};
  for (const auto& [id, done] : half_applied(snapshot)) found.half_applied.insert(id);
  return found;
}

}  // namespace

Load load(Incoming incoming, Missing missing, Snapshot latest) {
  const LoadPolicy policy{missing, settings().single_head ? Heads::single : Heads::several,
                          settings().require_downgrade ? Downgrades::required : Downgrades::optional};
  const RevisionMap catalog = all_revisions(latest, Detail::scripts);
  Preparation preparation(catalog, incoming.faults);
  std::vector<StoredRevision> prepared;
  prepared.reserve(incoming.revisions.size());
  for (std::size_t i = 0; i < incoming.revisions.size(); i++) {
    prepared.push_back(preparation.prepare_revision(incoming.revisions[i], incoming.places[i], incoming.downgrade_places[i]));
    check_for_interrupts();
  }
  const Load load = plan_load(catalog, {std::move(prepared), incoming.unread, incoming.unread_ids}, standing(latest), policy, incoming.faults);
  if (!incoming.faults.empty()) throw error_of(incoming.faults);
  write_revisions(load.changes, load.removed);
  return load;
}

StoredRevision prepared_revision(const Revision& revision) {
  const RevisionMap nothing;
  FileFaults faults;
  const std::string place = fmt::format("revision {}", revision.lineage.id);
  StoredRevision prepared = Preparation(nothing, faults).prepare_revision(revision, place, place);
  if (!faults.empty()) throw error_of(faults);
  return prepared;
}

}  // namespace strata::pg
