#include <algorithm>
#include <cerrno>

#include "core/text.hpp"
#include "pg/boundary.hpp"
#include "pg/directory.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
}

namespace strata::pg {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} * 1024 * 1024;

// Its end is what tells a path from others.
std::string shown(const std::string& path) {
  constexpr std::size_t longest = 200;
  return path.size() <= longest ? fmt::format("\"{}\"", path) : fmt::format("\"...{}\"", path.substr(path.size() - longest));
}

Error cannot(const char* what, const std::string& path, int error) {
  const char* state = error == ENOENT ? "58P01" : error == EACCES || error == EPERM ? "42501" : error == ENOTDIR ? "42809" : "58030";
  return Error(SqlState{{state[0], state[1], state[2], state[3], state[4], '\0'}},
               fmt::format("could not {} {}: {}", what, shown(path), strerror(error)))
      .with_hint("The path is one of the server's machine, read by the server's operating system user.");
}

// Closes itself; the server's virtual descriptors would be closed by the transaction, but a load may read thousands.
class File {
 public:
  explicit File(const std::string& path) : path_(path) {
    // Without O_NONBLOCK a named pipe would hang the session.
    descriptor_ = call(OpenTransientFile, to_server(path).c_str(), O_RDONLY | O_NONBLOCK | PG_BINARY);
    if (descriptor_ < 0) throw cannot("open file", path, errno);
  }
  ~File() { CloseTransientFile(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::string content(std::size_t limit) const {
    struct stat about;
    if (fstat(descriptor_, &about) != 0) throw cannot("stat file", path_, errno);
    if (!S_ISREG(about.st_mode))
      throw Error(SqlState{"42809"}, fmt::format("{} is not a regular file", shown(path_))).with_hint("Take it out of the directory.");
    if (static_cast<std::size_t>(about.st_size) > limit)
      throw Error(sqlstate::program_limit_exceeded, fmt::format("the files of the directory hold more than {} MiB", kMaxBytes / 1024 / 1024))
          .with_hint("Load bulk data outside of migrations.");
    std::string text(static_cast<std::size_t>(about.st_size), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
      const ssize_t count = ::read(descriptor_, text.data() + filled, text.size() - filled);
      if (count < 0 && errno != EINTR) throw cannot("read file", path_, errno);
      if (count == 0) break;
      if (count > 0) filled += static_cast<std::size_t>(count);
    }
    text.resize(filled);
    return text;
  }

 private:
  std::string path_;
  int descriptor_;
};

std::vector<std::string> sql_files(const std::string& path) {
  const std::string server_path = to_server(path);
  DIR* directory = call(AllocateDir, server_path.c_str());
  if (!directory) throw cannot("open directory", path, errno);
  std::vector<std::string> names;
  while (const dirent* entry = call(ReadDir, directory, server_path.c_str())) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(".sql") && !name.starts_with('.')) names.emplace_back(name);
    check_for_interrupts();
  }
  call(FreeDir, directory);
  std::sort(names.begin(), names.end());
  return names;
}

void require_file_access() {
  if (call(has_privs_of_role, call(GetUserId), static_cast<Oid>(ROLE_PG_READ_SERVER_FILES))) return;
  throw Error(sqlstate::insufficient_privilege, "permission denied to read files of the server")
      .with_hint("GRANT pg_read_server_files TO the role, or pass the files' texts to migrate_load.");
}

}  // namespace

std::vector<SourceFile> read_directory(const std::string& path) {
  require_file_access();
  std::vector<SourceFile> files;
  std::size_t left = kMaxBytes;
  for (const std::string& name : sql_files(path)) {
    const File file(path + "/" + name);
    files.push_back({name, file.content(left)});
    left -= files.back().text.size();
    check_for_interrupts();
  }
  return files;
}

}  // namespace strata::pg
