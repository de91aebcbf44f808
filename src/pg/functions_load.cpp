// functions_load.cpp - migrate_load and migrate_load_directory.
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

Incoming read_scripts(const Texts& scripts) {
  Incoming incoming;
  int number = 0;
  for (const std::string& script : scripts) {
    const std::string name = fmt::format("script {}", ++number);
    if (auto revision = parse_file(script, name, incoming.faults); revision) {
      revision->file.clear();  // it has none
      incoming.revisions.push_back(std::move(*revision));
      incoming.places.push_back(name);
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
  LoadedLayout layout = load_layout(read_directory(path));
  std::vector<std::string> places;
  for (const Revision& revision : layout.revisions) places.push_back(revision.file);
  load_into(rows, {std::move(layout.revisions), std::move(places), std::move(layout.downgrade_files), std::move(layout.faults)}, prune);
  return 0;
}
