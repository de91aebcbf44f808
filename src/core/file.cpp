#include "core/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/file_line.hpp"
#include "core/lines.hpp"
#include "core/text.hpp"

namespace strata {
namespace {

constexpr std::size_t max_faults_per_file = 100;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view header_hint =
    "begin the file with lines like these:\n"
    "-- revision: 6a2b1c6f3c2b\n"
    "-- down_revision: (the revision before, or nothing)\n"
    "-- message: what it does\n"
    "\n"
    "-- migrate:up\n"
    "(SQL)\n"
    "\n"
    "-- migrate:down\n"
    "(SQL)";
constexpr std::string_view keys_hint =
    "known keys are revision, down_revision, depends_on, branch_labels, message and created_at; write a comment without a colon "
    "after its "
    "first word";
constexpr std::string_view file_line_hint =
    "a line of this form is part of the file format, even inside a string: change the line";

constexpr std::string_view white_space = " \t\r\n\f\v";

enum class Header { expected, none };

int column_of(std::string_view line, std::size_t offset) { return place_of(line, offset).column; }

std::string_view tidy_part(std::string_view sql) {
  const std::size_t first = sql.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  const std::size_t newline = sql.rfind('\n', first);
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  return sql.substr(start, sql.find_last_not_of(white_space) + 1 - start);
}

// One file while it is read. Lines are told apart by file_line.hpp; this class knows the order they may come in.
class Reader {
 public:
  Reader(std::string_view text, std::string_view name, Header header, FileFaults& faults)
      : text_(text), header_(header), walk_(text), faults_(faults), faults_before_(faults.size()) {
    revision_.file = name;
  }

  std::optional<Revision> read() {
    while (walk_.next()) read_line();
    close_section(text_.size());
    check_whole();
    if (faults_.size() != faults_before_) return std::nullopt;
    return std::move(revision_);
  }

 private:
  enum class Section { none, up, down, repeated };

  void add_fault(int line, int column, std::string message, std::string_view hint) {
    if (faults_.size() - faults_before_ < max_faults_per_file)
      faults_.push_back({sqlstate::malformed_file, revision_.file, line, column, std::move(message), std::string(hint)});
  }
  void add_fault_at(std::size_t offset_in_line, std::string message, std::string_view hint) {
    add_fault(walk_.number(), column_of(walk_.line(), offset_in_line), std::move(message), hint);
  }

  void read_line() {
    const Mark mark = read_mark(walk_.line());
    switch (mark.kind) {
      case Mark::Kind::up:
        return open_section(Section::up, mark);
      case Mark::Kind::down:
        return open_section(Section::down, mark);
      case Mark::Kind::unknown:
        return add_fault_at(0, fmt::format("unknown section {}", quoted(fmt::format("-- migrate:{}", mark.name))),
                            "sections are -- migrate:up and -- migrate:down; -- migrate:repeat stands before a statement in one");
      case Mark::Kind::misplaced:
        return add_fault_at(
            0, fmt::format("marker {} is not written as one", quoted(trimmed(walk_.line()))),
            "begin the line with -- migrate:up, -- migrate:down or -- migrate:repeat, in lower case and without blanks around the "
            "colon");
      case Mark::Kind::repeat:
        if (section_ != Section::none) return;  // a line of the script
        return add_fault_at(0, "-- migrate:repeat before the first section",
                            "put it below -- migrate:up or -- migrate:down, directly before the statement to repeat");
      case Mark::Kind::none:
        break;
    }
    if (section_ != Section::none) return read_script_line();
    read_header_line();
  }

  void read_script_line() {
    if (!is_file_line(walk_.line())) return;
    add_fault_at(0, fmt::format("header key after the first section: {}", quoted(walk_.line())),
                 "move the line above the first section; if it is a comment, write it without the colon");
  }

  void read_header_line() {
    const std::string_view line = trimmed(walk_.line());
    if (comment_depth_ > 0) return read_block_comment(walk_.line());
    if (line.empty()) return;
    if (line.starts_with("/*")) return read_block_comment(line);
    if (!line.starts_with("--")) return add_stray_text(line);
    if (header_ == Header::none) return;
    const std::optional<KeyLine> key = read_key(walk_.line());
    if (!key) return;
    if (!is_known_key(key->key))
      return add_fault_at(walk_.line().find(key->key), fmt::format("unknown header key {}", quoted(key->key)), keys_hint);
    if (std::find(keys_seen_.begin(), keys_seen_.end(), key->key) != keys_seen_.end())
      return add_fault_at(walk_.line().find(key->key), fmt::format("header key {} is given twice", quoted(key->key)),
                          "keep one of the lines");
    keys_seen_.push_back(key->key);
    read_value(*key);
  }

  // Block comments nest in SQL; what follows the end of one on its line has to be blank.
  void read_block_comment(std::string_view line) {
    for (std::size_t offset = 0; offset < line.size(); ++offset) {
      const std::string_view pair = line.substr(offset, 2);
      if (pair == "/*")
        ++comment_depth_, ++offset;
      else if (pair == "*/")
        --comment_depth_, ++offset;
      else
        continue;
      if (comment_depth_ > 0) continue;
      const std::string_view rest = trimmed(line.substr(offset + 1));
      if (!rest.empty() && !rest.starts_with("--")) add_stray_text(rest);
      return;
    }
  }

  // One is enough: the lines after it have the same cause.
  void add_stray_text(std::string_view text) {
    if (std::exchange(stray_text_line_, walk_.number()) != 0) return;
    stray_text_fault_ = faults_.size();
    add_fault_at(walk_.line().find(text), fmt::format("text before the first section: {}", quoted(text)),
                 "put SQL below -- migrate:up");
  }

  void read_value(const KeyLine& key) {
    const auto control = std::find_if(key.value.begin(), key.value.end(), [](char byte) {
      return (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') || byte == 0x7F;
    });
    if (control != key.value.end())
      return add_fault_at(key.value_offset + static_cast<std::size_t>(control - key.value.begin()),
                          fmt::format("control character in the value of {}", quoted(key.key)), "write the value as plain text");
    if (key.key == "revision") read_id(key);
    if (key.key == "down_revision") read_list(key, revision_.lineage.down_revision);
    if (key.key == "depends_on") read_list(key, revision_.lineage.depends_on);
    if (key.key == "branch_labels") read_list(key, revision_.lineage.branch_labels);
    if (key.key == "message") revision_.message = key.value;
    if (key.key == "created_at") revision_.created_at = key.value;
  }

  void read_id(const KeyLine& key) {
    if (const auto problem = find_bad_name(key.value))
      return add_fault_at(key.value_offset, "bad revision id: " + *problem, "choose another id");
    revision_.lineage.id = key.value;
  }

  static constexpr std::size_t most_names = 1000;  // each is compared with each
  void read_list(const KeyLine& key, std::vector<std::string>& list) {
    if (key.value.empty()) return;
    for (std::size_t start = 0; start <= key.value.size();) {
      const std::size_t end = std::min(key.value.find(',', start), key.value.size());
      const std::string_view item = trimmed(key.value.substr(start, end - start));
      const auto column_offset =
          key.value_offset + (item.empty() ? start : static_cast<std::size_t>(item.data() - key.value.data()));
      if (const auto problem = find_bad_name(item))
        add_fault_at(column_offset, fmt::format("bad name in {}: {}", key.key, *problem), "separate names with one comma");
      else if (std::find(list.begin(), list.end(), item) != list.end())
        add_fault_at(column_offset, fmt::format("{} names {} twice", key.key, quoted(item)), "keep one of them");
      else
        list.emplace_back(item);
      if (list.size() > most_names)
        return add_fault_at(column_offset, fmt::format("{} has more than {} names", key.key, most_names), "name fewer revisions");
      start = end + 1;
    }
  }

  void open_section(Section section, const Mark& mark) {
    close_section(walk_.offset());
    const Transaction transaction = read_options(mark);
    auto& seen_at = section == Section::up ? up_line_ : down_line_;
    if (seen_at != 0) {
      add_fault_at(0, fmt::format("second -- migrate:{} section, the first is on line {}", mark.name, seen_at),
                   "join the two sections");
      section_ = Section::repeated;
      return;
    }
    seen_at = walk_.number();
    section_ = section;
    section_start_ = walk_.rest();
    if (section == Section::down) revision_.downgrade.emplace();
    open_script().transaction = transaction;
    open_script().line = walk_.number() + 1;
  }

  Script& open_script() { return section_ == Section::up ? revision_.upgrade : *revision_.downgrade; }

  Transaction read_options(const Mark& mark) {
    Transaction transaction = Transaction::allowed;
    const std::string_view line = walk_.line();
    for (std::size_t start = line.find_first_not_of(" \t\r\f\v", mark.options); start != std::string_view::npos;) {
      const std::size_t end = std::min(line.find_first_of(" \t\r\f\v", start), line.size());
      const std::string_view option = line.substr(start, end - start);
      if (option == "transaction:false")
        transaction = Transaction::forbidden;
      else if (option == "transaction:true")
        transaction = Transaction::allowed;
      else
        add_fault_at(start, fmt::format("unknown option {} after a section marker", quoted(option)),
                     "the options are transaction:false and transaction:true");
      start = line.find_first_not_of(" \t\r\f\v", end);
    }
    return transaction;
  }

  void close_section(std::size_t end) {
    if (section_ == Section::none || section_ == Section::repeated) return;
    const std::string_view section = text_.substr(section_start_, end - section_start_);
    const std::string_view sql = tidy_part(section);
    Script& script = open_script();
    script.sql = sql;
    if (!sql.empty()) script.line += static_cast<int>(std::count(section.data(), sql.data(), '\n'));
  }

  void check_whole() {
    const bool has_header = !keys_seen_.empty();
    if (header_ == Header::expected && !has_header && up_line_ == 0 && down_line_ == 0) {
      // A plain SQL script: one fault says it all.
      if (stray_text_line_ != 0 && stray_text_fault_ < faults_.size())
        faults_.erase(faults_.begin() + static_cast<std::ptrdiff_t>(stray_text_fault_));
      return add_fault(1, 1, "not a revision file: it has neither a header nor a -- migrate:up section", header_hint);
    }
    if (header_ == Header::expected && std::find(keys_seen_.begin(), keys_seen_.end(), "revision") == keys_seen_.end())
      add_fault(1, 1, "header key \"revision\" is missing", header_hint);
    if (up_line_ == 0)
      add_fault(walk_.number(), 1, "section -- migrate:up is missing", "put a line -- migrate:up above the SQL of the upgrade");
  }

  std::string_view text_;
  Header header_;
  LineWalk walk_;
  FileFaults& faults_;
  std::size_t faults_before_;
  Revision revision_;
  std::vector<std::string_view> keys_seen_;
  Section section_ = Section::none;
  std::size_t section_start_ = 0;
  int up_line_ = 0;
  int down_line_ = 0;
  int comment_depth_ = 0;
  int stray_text_line_ = 0;
  std::size_t stray_text_fault_ = 0;
};

// The text as the reader wants it: no byte order mark, LF for a file of CRLF. Nothing when it is not text.
std::optional<std::string> decode(std::string_view text, std::string_view name, FileFaults& faults) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (const auto bad = find_invalid_utf8(text)) {
    const Place place = place_of(text, *bad);
    const auto byte = static_cast<unsigned>(static_cast<unsigned char>(text[*bad]));
    faults.push_back({sqlstate::malformed_file, std::string(name), place.line, place.column,
                      byte == 0 ? "NUL byte in the file" : fmt::format("byte 0x{:02x} is not UTF-8", byte),
                      "save the file as UTF-8 text"});
    return std::nullopt;
  }
  std::string decoded(text);
  const auto newlines = std::count(text.begin(), text.end(), '\n');
  std::ptrdiff_t pairs = 0;
  for (std::size_t at = text.find("\r\n"); at != std::string_view::npos; at = text.find("\r\n", at + 2)) ++pairs;
  if (pairs == 0 || pairs != newlines) return decoded;
  std::size_t kept = 0;
  for (std::size_t index = 0; index < decoded.size(); ++index) {
    if (decoded[index] == '\r' && index + 1 < decoded.size() && decoded[index + 1] == '\n') continue;
    decoded[kept++] = decoded[index];
  }
  decoded.resize(kept);
  return decoded;
}

std::optional<Revision> read_file(std::string_view text, std::string_view name, Header header, FileFaults& faults) {
  const auto decoded = decode(text, name, faults);
  if (!decoded) return std::nullopt;
  return Reader(*decoded, name, header, faults).read();
}

}  // namespace

std::optional<Revision> parse_file(std::string_view text, std::string_view name, FileFaults& faults) {
  return read_file(text, name, Header::expected, faults);
}

std::optional<Revision> parse_sections(std::string_view text, std::string_view name, FileFaults& faults) {
  return read_file(text, name, Header::none, faults);
}

std::optional<Script> parse_plain(std::string_view text, std::string_view name, FileFaults& faults) {
  const auto decoded = decode(text, name, faults);
  if (!decoded) return std::nullopt;
  const std::size_t faults_before = faults.size();
  for (LineWalk walk(*decoded); walk.next() && faults.size() - faults_before < max_faults_per_file;) {
    if (is_file_line(walk.line()))
      faults.push_back({sqlstate::malformed_file, std::string(name), walk.number(), 1,
                        fmt::format("line of a revision file in a plain script: {}", quoted(walk.line())),
                        std::string(file_line_hint)});
  }
  if (faults.size() != faults_before) return std::nullopt;
  const std::string_view sql = tidy_part(*decoded);
  Script script;
  script.sql = sql;
  if (!sql.empty()) script.line += static_cast<int>(std::count(static_cast<const char*>(decoded->data()), sql.data(), '\n'));
  return script;
}

namespace {

// The `-- revision:` line before the first section.
std::optional<KeyLine> find_revision_key(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (LineWalk walk(text); walk.next();) {
    const Mark::Kind mark = read_mark(walk.line()).kind;
    if (mark == Mark::Kind::up || mark == Mark::Kind::down) return std::nullopt;
    const auto key = read_key(walk.line());
    if (key && key->key == "revision") return key;
  }
  return std::nullopt;
}

}  // namespace

bool has_header(std::string_view text) { return find_revision_key(text).has_value(); }

std::optional<std::string> find_revision_id(std::string_view text) {
  const auto key = find_revision_key(text);
  if (!key || find_bad_name(key->value)) return std::nullopt;
  return std::string(key->value);
}

bool has_sections(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (LineWalk walk(text); walk.next();)
    if (read_mark(walk.line()).kind == Mark::Kind::up) return true;
  return false;
}

std::string tidy_script(std::string_view sql) { return std::string(tidy_part(sql)); }

}  // namespace strata
