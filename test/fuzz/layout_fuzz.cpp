// Directories: the input is a list of files, "name\0text\0name\0text..."; loading never crashes and a foreign history is a line.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "core/layout.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_part(std::string_view& text) {
  const std::size_t end = text.find('\0');
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<strata::SourceFile> files;
  while (!text.empty() && files.size() < 50) {
    const std::string_view name = take_part(text);
    files.push_back({std::string(name), std::string(take_part(text))});
  }
  const strata::LoadedLayout loaded = strata::load_layout(files);
  require(loaded.downgrade_files.size() == loaded.revisions.size());
  require(loaded.revisions.size() <= files.size());
  if (loaded.faults.empty()) require(files.empty() || loaded.layout.has_value());
  if (!loaded.faults.empty() || loaded.layout == strata::Layout::strata) return 0;
  std::set<std::string> seen;
  std::string parent;
  for (const strata::Revision& revision : loaded.revisions) {
    require(seen.insert(revision.lineage.id).second);
    require(revision.lineage.down_revision == (parent.empty() ? std::vector<std::string>{} : std::vector{parent}));
    strata::print_file(revision);
    parent = revision.lineage.id;
  }
  return 0;
}
