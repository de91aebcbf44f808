#include "core/timestamp.hpp"
#include "core/text.hpp"
#include "parse/enum_use.hpp"
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

  StoredRevision prepare_revision(const Revision& revision, const std::string& downgrade_file) {
    const auto found = catalog_.find(revision.lineage.id);
    const StoredRevision* present = found == catalog_.end() ? nullptr : &found->second;
    StoredRevision stored{revision.lineage, revision.message, created_at(revision), revision.file, std::nullopt, std::nullopt};
    const std::string place = revision.file.empty() ? fmt::format("revision {}", revision.lineage.id) : revision.file;
    stored.upgrade = prepare_script(revision.upgrade, present ? present->upgrade : std::nullopt, revision, place, Direction::upgrade);
    if (revision.downgrade)
      stored.downgrade = prepare_script(*revision.downgrade, present ? present->downgrade : std::nullopt, revision,
                                        downgrade_file.empty() ? place : downgrade_file, Direction::downgrade);
    return stored;
  }

 private:
  std::string created_at(const Revision& revision) {
    if (revision.created_at.empty()) return {};
    if (auto time = canonical_timestamp(revision.created_at); time) return *time;
    faults_.push_back({sqlstate::malformed_file, revision.file, 0, 0, fmt::format("created_at of revision {} is no time: {}", quoted(revision.lineage.id), quoted(revision.created_at)),
                       "write it as 2026-01-15 10:00:00+00"});
    return {};
  }

  StoredScript prepare_script(const Script& script, const std::optional<StoredScript>& present, const Revision& revision, const std::string& file,
                              Direction direction) {
    if (present && present->script == script) return *present;
    const PreparedScript prepared = prepare(script.sql);
    StoredScript stored{{prepared.sql, script.transaction, script.line}, prepared.checksum, std::nullopt, std::nullopt};
    if (prepared.faults.empty()) {
      stored.barrier = barrier_of(script, prepared);
    } else if (direction == Direction::downgrade && prepared.faults.front().sqlstate == sqlstate::syntax_error) {
      stored.defect = warn_of_defect(in_file(prepared.faults.front(), script, file), revision);
    } else {
      for (const ScriptFault& fault : prepared.faults) faults_.push_back(in_file(fault, script, file));
    }
    return stored;
  }

  // Real histories have downgrades that never parsed, and an upgrade must not wait for their repair.
  std::string warn_of_defect(const FileFault& fault, const Revision& revision) {
    const std::string defect = fmt::format("{} at {}:{}:{}", fault.message, fault.file, fault.line, fault.column);
    say(WARNING, fmt::format("the downgrade of revision {} does not parse: {}", revision.lineage.id, defect),
        "The revision counts as irreversible until its downgrade is corrected and loaded again.");
    return defect;
  }

  const RevisionMap& catalog_;
  FileFaults& faults_;
};

std::set<std::string> applied_ids(const Graph& graph, Snapshot snapshot) {
  std::set<std::string> ids;
  Indexes rows;
  for (const std::string& row : version_rows(snapshot)) {
    ids.insert(row);  // even one that the catalog has lost
    if (const auto index = graph.find(row); index) rows.push_back(*index);
  }
  const std::vector<char> marks = applied(graph, rows);
  for (Index i = 0; i < graph.size(); i++)
    if (marks[i]) ids.insert(graph.id(i));
  return ids;
}

}  // namespace

Load load(Incoming incoming, Missing missing, Snapshot latest) {
  const RevisionMap catalog = all_revisions(latest, Detail::scripts);
  Preparation preparation(catalog, incoming.faults);
  std::vector<StoredRevision> prepared;
  prepared.reserve(incoming.revisions.size());
  for (std::size_t i = 0; i < incoming.revisions.size(); i++) {
    const Revision& revision = incoming.revisions[i];
    prepared.push_back(preparation.prepare_revision(revision, i < incoming.downgrade_files.size() ? incoming.downgrade_files[i] : ""));
    check_for_interrupts();
  }
  if (!incoming.faults.empty()) throw error_of(incoming.faults);

  const LoadPolicy policy{missing, settings().single_head ? Heads::single : Heads::several,
                          settings().require_downgrade ? Downgrades::required : Downgrades::optional};
  const Load load = plan_load(catalog, prepared, applied_ids(*graph(latest), latest), policy, incoming.faults);
  if (!incoming.faults.empty()) throw error_of(incoming.faults);
  write_revisions(load.changes, load.removed);
  return load;
}

}  // namespace strata::pg
