// layout.hpp - a directory of migration files -> revisions; ours, or another tool's.
//
// The layout is found from names and text: ours (a `-- revision:` header), dbmate, golang-migrate, Flyway. Foreign
// files form one line in the order of their numeric versions, and a revision's id is its version as text (Flyway's 1_2 is
// 1.2). One directory, one layout.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"

namespace strata {

struct SourceFile {
  std::string name;  // a path is fine, only its last part is looked at
  std::string text;
};

enum class Layout { strata, dbmate, golang_migrate, flyway };
std::string_view name_of(Layout);

struct LoadedLayout {
  std::optional<Layout> layout;     // none: no files, or files of several layouts
  std::vector<Revision> revisions;  // ours: in the order given; foreign: in the order of versions
  // For each revision the file its downgrade came from; other than Revision::file in golang-migrate and Flyway.
  std::vector<std::string> downgrade_files;
  FileFaults faults;  // when there are any, `revisions` holds only what could be read
};

// Reads all files; never raises for what they hold. Every file counts: one that belongs to no layout is a fault.
LoadedLayout load_layout(std::span<const SourceFile> files);

}  // namespace strata
