#include "core/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/lines.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace strata {
namespace {

// What a file's name says. Repeatable and baseline are Flyway's R__ and B__ scripts, which have no place in a graph.
struct Name {
  enum class Role { both, up, down, repeatable, baseline };
  Layout layout;
  Role role;
  std::string version;  // the revision id
  std::string message;
};

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

std::string message_of(std::string_view description) {
  std::string message(description);
  std::replace(message.begin(), message.end(), '_', ' ');
  return tidy_message(message);
}

bool remove_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// dbmate: 20240102_name.sql; golang-migrate: 0001_name.up.sql and 0001_name.down.sql.
std::optional<Name> read_numbered(std::string_view name) {
  const auto digits = static_cast<std::size_t>(std::find_if_not(name.begin(), name.end(), is_digit) - name.begin());
  if (digits == 0 || !remove_suffix(name, ".sql")) return std::nullopt;
  Name result{Layout::dbmate, Name::Role::both, std::string(name.substr(0, digits)), {}};
  if (remove_suffix(name, ".up"))
    result.layout = Layout::golang_migrate, result.role = Name::Role::up;
  else if (remove_suffix(name, ".down"))
    result.layout = Layout::golang_migrate, result.role = Name::Role::down;
  std::string_view rest = name.substr(std::min(digits, name.size()));
  if (result.layout == Layout::golang_migrate && !rest.starts_with('_')) return std::nullopt;
  result.message = message_of(rest);
  return result;
}

// V1_2__name.sql, U1_2__name.sql, R__name.sql, B1_2__name.sql.
std::optional<Name> read_flyway(std::string_view name) {
  const std::size_t separator = name.find("__");
  if (separator == std::string_view::npos || separator == 0 || !remove_suffix(name, ".sql")) return std::nullopt;
  Name result{Layout::flyway, Name::Role::up, std::string(name.substr(1, separator - 1)),
              message_of(name.substr(std::min(separator + 2, name.size())))};
  std::replace(result.version.begin(), result.version.end(), '_', '.');
  switch (name.front()) {
    case 'V':
      break;
    case 'U':
      result.role = Name::Role::down;
      break;
    case 'B':
      result.role = Name::Role::baseline;
      break;
    case 'R':
      if (!result.version.empty()) return std::nullopt;
      result.role = Name::Role::repeatable;
      return result;
    default:
      return std::nullopt;
  }
  if (!is_version(result.version)) return std::nullopt;
  return result;
}

struct Located {
  const SourceFile* file;
  Name name;
};

FileFault fault_of(std::string_view file, std::string message, std::string hint) {
  return {sqlstate::malformed_file, std::string(file), 0, 0, std::move(message), std::move(hint)};
}

// The layout of one file; nothing, and a fault, when it belongs to none.
std::optional<Located> locate(const SourceFile& file, FileFaults& faults) {
  const std::string_view name = base_name(file.name);
  if (has_header(file.text)) return Located{&file, {Layout::strata, Name::Role::both, {}, {}}};
  if (auto flyway = read_flyway(name)) return Located{&file, std::move(*flyway)};
  if (auto numbered = read_numbered(name)) {
    if (numbered->layout == Layout::golang_migrate || has_sections(file.text)) return Located{&file, std::move(*numbered)};
  }
  // Neither a name nor a header that says what it is: the reader's fault shows the header.
  const std::size_t faults_before = faults.size();
  parse_file(file.text, file.name, faults);
  if (faults.size() == faults_before)
    faults.push_back(fault_of(file.name, "file belongs to no known layout", "add a header to the file"));
  return std::nullopt;
}

std::optional<Layout> common_layout(const std::vector<Located>& located, FileFaults& faults) {
  std::map<Layout, std::pair<std::string_view, std::size_t>> seen;  // one file of each layout, and how many
  for (const Located& each : located) ++seen.try_emplace(each.name.layout, each.file->name, 0).first->second.second;
  if (seen.empty()) return std::nullopt;
  if (seen.size() == 1) return seen.begin()->first;
  std::string list;
  for (const auto& [layout, example] : seen)
    list += fmt::format("{}{} ({} of them, such as {})", list.empty() ? "" : ", ", name_of(layout), example.second,
                        quoted(example.first));
  faults.push_back(
      fault_of("", "files of several layouts in one directory: " + list,
               "keep one layout; to go on from another tool's history, load it and write it out with migrate_script()"));
  return std::nullopt;
}

// ${name} outside of our reach: Flyway would replace it, we would run it as it stands.
void check_placeholders(const Script& script, std::string_view file, FileFaults& faults) {
  const std::string_view sql = script.sql;
  for (std::size_t start = sql.find("${"); start != std::string_view::npos; start = sql.find("${", start + 2)) {
    const std::size_t end =
        sql.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-", start + 2);
    if (end == std::string_view::npos || sql[end] != '}' || end == start + 2) continue;
    const Place place = place_of(sql, start);
    faults.push_back({sqlstate::malformed_file, std::string(file), script.line + place.line - 1, place.column,
                      fmt::format("placeholder of Flyway: {}", quoted(sql.substr(start, end + 1 - start))),
                      "write the value instead"});
    return;  // one is enough to explain, and each costs a walk over the text
  }
}

// One version of a foreign history while its files come in.
struct Entry {
  const Located* up = nullptr;
  const Located* down = nullptr;
};

class ForeignHistory {
 public:
  ForeignHistory(Layout layout, LoadedLayout& loaded) : layout_(layout), loaded_(loaded) {}

  void add(const Located& located) {
    if (located.name.role == Name::Role::repeatable)
      return loaded_.faults.push_back(fault_of(located.file->name,
                                               "repeatable migrations of Flyway have no place in a revision graph",
                                               "make it a revision of its own, a new one for each change"));
    if (located.name.role == Name::Role::baseline)
      return loaded_.faults.push_back(fault_of(located.file->name, "baseline migrations of Flyway are not loaded",
                                               "leave the file out, or make it the first revision of a history of its own"));
    Entry& entry = entries_[Version(located.name.version)];
    const Located*& slot = located.name.role == Name::Role::down ? entry.down : entry.up;
    if (slot != nullptr)
      return loaded_.faults.push_back(fault_of(
          located.file->name, fmt::format("version {} is also that of {}", located.name.version, quoted(slot->file->name)),
          "give each migration a version of its own"));
    slot = &located;
  }

  void finish() {
    std::string parent;
    for (const auto& [version, entry] : entries_) {
      if (entry.up == nullptr) {
        loaded_.faults.push_back(fault_of(entry.down->file->name,
                                          fmt::format("version {} has a downgrade and no upgrade", entry.down->name.version),
                                          "add the file of the upgrade, or take this one away"));
        continue;
      }
      std::optional<Revision> revision = read(entry);
      if (revision) {
        if (!parent.empty()) revision->lineage.down_revision = {parent};
        revision->lineage.id = entry.up->name.version;
        revision->message = entry.up->name.message;
        revision->file = entry.up->file->name;
        loaded_.revisions.push_back(std::move(*revision));
        loaded_.downgrade_files.push_back(entry.down != nullptr ? entry.down->file->name : entry.up->file->name);
      }
      parent = entry.up->name.version;
    }
  }

 private:
  std::optional<Revision> read(const Entry& entry) {
    if (layout_ == Layout::dbmate) return parse_sections(entry.up->file->text, entry.up->file->name, loaded_.faults);
    std::optional<Script> up = read_script(*entry.up);
    std::optional<Script> down = entry.down != nullptr ? read_script(*entry.down) : std::nullopt;
    if (!up || (entry.down != nullptr && !down)) return std::nullopt;
    Revision revision;
    revision.upgrade = std::move(*up);
    revision.downgrade = std::move(down);
    return revision;
  }

  std::optional<Script> read_script(const Located& located) {
    std::optional<Script> script = parse_plain(located.file->text, located.file->name, loaded_.faults);
    if (script && layout_ == Layout::flyway) check_placeholders(*script, located.file->name, loaded_.faults);
    return script;
  }

  Layout layout_;
  LoadedLayout& loaded_;
  std::map<Version, Entry> entries_;
};

}  // namespace

std::string_view name_of(Layout layout) {
  switch (layout) {
    case Layout::strata:
      return "pg_strata";
    case Layout::dbmate:
      return "dbmate";
    case Layout::golang_migrate:
      return "golang-migrate";
    case Layout::flyway:
      return "Flyway";
  }
  return "unknown";
}

LoadedLayout load_layout(std::span<const SourceFile> files) {
  LoadedLayout loaded;
  std::vector<Located> located;
  for (const SourceFile& file : files) {
    if (find_invalid_utf8(file.name)) {
      std::string readable = file.name;
      std::replace_if(
          readable.begin(), readable.end(), [](char byte) { return static_cast<unsigned char>(byte) > 0x7F; }, '?');
      loaded.faults.push_back(fault_of(readable, "file name is not UTF-8", "rename the file"));
      continue;
    }
    if (auto each = locate(file, loaded.faults)) located.push_back(std::move(*each));
  }
  loaded.layout = common_layout(located, loaded.faults);
  if (!loaded.layout) return loaded;
  if (*loaded.layout == Layout::strata) {
    for (const Located& each : located) {
      auto revision = parse_file(each.file->text, each.file->name, loaded.faults);
      if (!revision) continue;
      loaded.revisions.push_back(std::move(*revision));
      loaded.downgrade_files.push_back(each.file->name);
    }
    return loaded;
  }
  ForeignHistory history(*loaded.layout, loaded);
  for (const Located& each : located) history.add(each);
  history.finish();
  return loaded;
}

}  // namespace strata
