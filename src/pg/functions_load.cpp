// functions_load.cpp - migrate_load and migrate_load_directory.
#include <set>

#include "pg/directory.hpp"
#include "pg/loader.hpp"
#include "pg/runner.hpp"

using namespace strata;
using namespace strata::pg;

namespace {

void load_into(Rows& rows, const Incoming& incoming, bool prune) {
  with_migration([&](Snapshot latest) {
    for (const auto& [revision, action] : load(incoming, prune ? Missing::prune : Missing::keep, latest).actions)
      rows.add({value(revision), value(name_of(action))});
  });
}

// A file with faults may still tell which revision it holds, so that its children are not called orphans.
void note_unread(Incoming& incoming, std::string_view text) {
  if (auto id = find_revision_id(text); id) incoming.unread.push_back(std::move(*id));
  else incoming.unread_ids = IncomingSet::Ids::unknown;
}

Incoming read_files(const std::string& path) {
  const std::vector<SourceFile> files = read_directory(path);
  LoadedLayout layout = load_layout(files);
  Incoming incoming{std::move(layout.revisions), {}, std::move(layout.downgrade_files), std::move(layout.faults), {}};
  std::set<std::string_view> read;
  for (const Revision& revision : incoming.revisions) {
    incoming.places.push_back(revision.file);
    read.insert(revision.file);
  }
  if (incoming.faults.empty()) return incoming;
  for (const SourceFile& file : files)
    if (!read.contains(file.name)) note_unread(incoming, file.text);
  return incoming;
}

Incoming read_scripts(const Texts& scripts) {
  Incoming incoming;
  int number = 0;
  for (const std::string& script : scripts) {
    const std::string name = fmt::format("script {}", ++number);
    if (auto revision = parse_file(script, name, incoming.faults); revision) {
      revision->file.clear();  // it has none
      incoming.revisions.push_back(std::move(*revision));
      incoming.places.push_back(fmt::format("{} (revision {})", name, incoming.revisions.back().lineage.id));
    } else {
      note_unread(incoming, script);
    }
    check_for_interrupts();
  }
  incoming.downgrade_places = incoming.places;
  return incoming;
}

}  // namespace

STRATA_FUNCTION(migrate_load) {
  const Arguments arguments(fcinfo);
  const Texts scripts = arguments.texts(0, "scripts");
  const bool prune = arguments.flag(1, "prune");
  Rows rows(fcinfo);
  load_into(rows, read_scripts(scripts), prune);
  return 0;
}

STRATA_FUNCTION(migrate_load_directory) {
  const Arguments arguments(fcinfo);
  const std::string path = arguments.text(0, "path");
  const bool prune = arguments.flag(1, "prune");
  Rows rows(fcinfo);
  load_into(rows, read_files(path), prune);
  return 0;
}
