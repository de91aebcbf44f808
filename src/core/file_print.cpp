// The way back: a revision as a file, and what keeps a revision from being one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/file.hpp"
#include "core/file_line.hpp"
#include "core/lines.hpp"
#include "core/target.hpp"
#include "core/text.hpp"

namespace strata {
namespace {

bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }

void check_name(std::string_view what, std::string_view name) {
  if (const auto problem = find_bad_name(name))
    throw Error(sqlstate::malformed_file, fmt::format("bad {}: {}", what, *problem)).with_hint("choose another name");
}

void check_list(std::string_view what, const std::vector<std::string>& names) {
  for (std::size_t index = 0; index < names.size(); ++index) {
    check_name(what, names[index]);
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(index), names[index]) !=
        names.begin() + static_cast<std::ptrdiff_t>(index))
      throw Error(sqlstate::malformed_file, fmt::format("{} {} is given twice", what, quoted(names[index])))
          .with_hint("give it once");
  }
}

void check_value(std::string_view what, std::string_view value) {
  const bool has_control = std::any_of(value.begin(), value.end(), [](char byte) { return is_control(byte) && byte != '\t'; });
  if (has_control || trimmed(value) != value || find_invalid_utf8(value))
    throw Error(sqlstate::malformed_file, fmt::format("{} {} does not fit on a header line", what, quoted(value)))
        .with_hint("write it as one line of UTF-8 text without blanks around it");
}

void check_script(std::string_view what, std::string_view sql) {
  if (find_invalid_utf8(sql))
    throw Error(sqlstate::malformed_file, fmt::format("{} script is not UTF-8 text", what))
        .with_hint("write the script as UTF-8 text");
  if (tidy_script(sql) != sql)
    throw Error(sqlstate::malformed_file, fmt::format("{} script has blank lines before it or white space after it", what))
        .with_hint("trim the script");
  for (LineWalk walk(sql); walk.next();) {
    if (!is_file_line(walk.line())) continue;
    throw Error(sqlstate::malformed_file, fmt::format("line {} of the {} script would be read as part of the revision file: {}",
                                                      walk.number(), what, quoted(walk.line())))
        .with_hint("a line of this form is part of the file format, even inside a string: change the line");
  }
}

std::string joined(std::string_view key, const std::vector<std::string>& names) {
  return names.empty() ? fmt::format("-- {}:\n", key) : fmt::format("-- {}: {}\n", key, fmt::join(names, ", "));
}

std::string line_of(std::string_view key, std::string_view value) {
  return value.empty() ? fmt::format("-- {}:\n", key) : fmt::format("-- {}: {}\n", key, value);
}

std::string section_of(std::string_view name, const Script& script) {
  return fmt::format("\n-- migrate:{}{}\n{}{}", name, script.transaction == Transaction::forbidden ? " transaction:false" : "",
                     script.sql, script.sql.empty() ? "" : "\n");
}

std::string place_text(const FileFault& fault) {
  std::string text;
  if (!fault.file.empty()) text = fmt::format("file {}", quoted(fault.file));
  if (fault.line > 0) text += fmt::format("{}line {}, column {}", text.empty() ? "" : ", ", fault.line, fault.column);
  return text.empty() ? fault.message : fmt::format("{}: {}", text, fault.message);
}

}  // namespace

void check_printable(const Revision& revision) {
  check_name("revision id", revision.lineage.id);
  check_list("down_revision", revision.lineage.down_revision);
  check_list("depends_on", revision.lineage.depends_on);
  check_list("branch label", revision.lineage.branch_labels);
  check_value("message", revision.message);
  check_value("created_at", revision.created_at);
  check_script("upgrade", revision.upgrade.sql);
  if (revision.downgrade) check_script("downgrade", revision.downgrade->sql);
}

std::string print_file(const Revision& revision) {
  check_printable(revision);
  std::string file = line_of("revision", revision.lineage.id);
  file += joined("down_revision", revision.lineage.down_revision);
  file += joined("depends_on", revision.lineage.depends_on);
  file += joined("branch_labels", revision.lineage.branch_labels);
  file += line_of("message", revision.message);
  if (!revision.created_at.empty()) file += line_of("created_at", revision.created_at);
  file += section_of("up", revision.upgrade);
  if (revision.downgrade) file += section_of("down", *revision.downgrade);
  return file;
}

std::string tidy_message(std::string_view message) {
  std::string line(message);
  std::replace_if(line.begin(), line.end(), is_control, ' ');
  return std::string(trimmed(line));
}

std::optional<std::string> find_bad_name(std::string_view name) {
  if (std::string flaw = flaw_of_name(name); !flaw.empty()) return fmt::format("{} {}", quoted(name), flaw);
  // Lists in a header are separated by commas.
  if (name.find(',') != std::string_view::npos) return fmt::format("{} contains \",\"", quoted(name));
  return std::nullopt;
}

Error error_of(std::span<const FileFault> faults) {
  constexpr std::size_t max_lines = 50;
  const FileFault& first = faults.front();
  Error error(first.sqlstate, place_text(first));
  error.with_hint(first.hint);
  if (faults.size() == 1) return error;
  std::string detail;
  for (const FileFault& fault : faults.first(std::min(faults.size(), max_lines))) detail += place_text(fault) + "\n";
  if (faults.size() > max_lines) detail += fmt::format("... and {} more\n", faults.size() - max_lines);
  detail.pop_back();
  error.with_detail(detail);
  return error;
}

}  // namespace strata
