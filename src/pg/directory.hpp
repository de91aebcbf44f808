// directory.hpp - the *.sql files of a directory of the server.
#pragma once

#include <string>
#include <vector>

#include "core/layout.hpp"

namespace strata::pg {

// Sorted by name; not recursive; hidden files are left out. Raises 42501 unless the current user has the rights of
// pg_read_server_files, 58P01 and the like for what cannot be read, 54000 for more than 256 MiB.
std::vector<SourceFile> read_directory(const std::string& path);

}  // namespace strata::pg
