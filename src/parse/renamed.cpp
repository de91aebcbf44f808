#include "parse/renamed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "core/lines.hpp"
#include "core/text.hpp"
#include "parse/cursor.hpp"
#include "parse/script.hpp"

namespace strata {
namespace {

constexpr std::size_t most_faults = 100;
constexpr std::string_view place_hint =
    "put -- migrate:renamed old_name on a line of its own, directly above the CREATE of the object or the line of the column, attribute or named constraint";
constexpr std::string_view name_hint = "write -- migrate:renamed and one name, without a schema, in double quotes where SQL needs them";

char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string raised(std::string_view word) {
  std::string result(word);
  std::transform(result.begin(), result.end(), result.begin(), [](char byte) { return byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - ('a' - 'A')) : byte; });
  return result;
}

// As the server cuts it: 63 bytes, no character in parts.
std::string cut(std::string name) {
  constexpr std::size_t most = 63;
  if (name.size() <= most) return name;
  std::size_t length = most;
  while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80) --length;
  name.resize(length);
  return name;
}

// What the server makes of a name; nothing for U&"..." and for what is none.
std::optional<std::string> name_value(const Cursor& cursor) {
  if (!cursor.is_name()) return std::nullopt;
  const std::string_view text = cursor.text();
  if (cursor.kind() != Token::Kind::quoted_name) return cut(lowered(text));
  if (!text.starts_with('"') || text.size() < 3) return std::nullopt;
  std::string value;
  for (std::size_t index = 1; index + 1 < text.size(); ++index) {
    value += text[index];
    if (text[index] == '"') ++index;
  }
  return cut(std::move(value));
}

struct Name {
  std::string schema, name;
};

// a, a.b or a.b.c, of which the last two count.
std::optional<Name> take_name(Cursor& cursor) {
  Name result;
  for (;;) {
    const auto part = name_value(cursor);
    if (!part) return std::nullopt;
    result.schema = std::exchange(result.name, *part);
    cursor.advance();
    if (!cursor.take_symbol(".")) return result;
  }
}

void take_if_not_exists(Cursor& cursor) {
  Cursor next(cursor);
  if (!next.take("if") || !next.take("not") || !next.take("exists")) return;  // a thing may be called if
  for (int word = 0; word < 3; ++word) cursor.advance();
}

// What a CREATE makes, and the cursor at its name; empty for what has no name that could change.
std::string take_kind(Cursor& cursor) {
  if (cursor.take("or")) cursor.take("replace");
  cursor.take_any({"global", "local"});
  cursor.take_any({"temp", "temporary", "unlogged"});
  cursor.take_any({"recursive", "unique", "constraint", "trusted"});
  cursor.take("procedural");
  if (cursor.take("materialized")) return cursor.take("view") ? "MATERIALIZED VIEW" : "";
  if (cursor.take("event")) return cursor.take("trigger") ? "EVENT TRIGGER" : "";
  if (cursor.take("foreign")) {
    if (cursor.take("table")) return "FOREIGN TABLE";
    return cursor.take("data") && cursor.take("wrapper") ? "FOREIGN DATA WRAPPER" : "";
  }
  const bool text_search = cursor.take("text") && cursor.take("search");
  static constexpr std::string_view search_kinds[] = {"parser", "template", "dictionary", "configuration"};
  static constexpr std::string_view kinds[] = {"table", "view", "index", "sequence", "type", "domain", "function", "procedure", "aggregate", "schema", "trigger",
                                               "policy", "rule", "statistics", "collation", "conversion", "language", "server", "publication"};
  for (const std::string_view kind : text_search ? std::span<const std::string_view>(search_kinds) : std::span<const std::string_view>(kinds))
    if (cursor.take(kind)) return (text_search ? "TEXT SEARCH " : "") + raised(kind);
  return "";
}

// The table after ON (of a rule: TO), which no name before it can be: both are reserved words.
bool take_table(Cursor& cursor, std::string_view word, RenamedMarker& marker) {
  while (!cursor.at_end() && !cursor.is(word)) cursor.advance();
  if (!cursor.take(word)) return false;
  cursor.take("only");
  const auto table = take_name(cursor);
  if (!table) return false;
  marker.schema = table->schema;
  marker.owner = table->name;
  return true;
}

// Fills in what a CREATE makes; says what is wrong.
std::string read_create(Cursor cursor, RenamedMarker& marker) {
  cursor.take("create");
  marker.what = take_kind(cursor);
  if (marker.what.empty()) return "above a statement that makes nothing with a name of its own";
  if (marker.what == "INDEX") cursor.take("concurrently");
  if (!(marker.what == "INDEX" && cursor.is("on"))) take_if_not_exists(cursor);
  if (marker.what == "INDEX" && cursor.is("on")) return "above an index without a name";
  if (marker.what == "SCHEMA" && cursor.is("authorization")) return "above a schema without a name";
  if (marker.what == "STATISTICS" && cursor.is_symbol("(")) return "above statistics without a name";
  const auto name = take_name(cursor);
  if (!name) return "above a name that cannot be read";
  marker.schema = name->schema;
  marker.name = name->name;
  const bool of_table = marker.what == "INDEX" || marker.what == "TRIGGER" || marker.what == "POLICY";
  if (of_table && !take_table(cursor, "on", marker)) return "above a statement whose table cannot be read";
  if (marker.what == "RULE" && !take_table(cursor, "to", marker)) return "above a statement whose table cannot be read";
  return {};
}

// A line of a list of columns and constraints, or what follows ADD.
std::string read_part(Cursor cursor, RenamedMarker& marker, std::string_view whole) {
  if (cursor.take("constraint")) {
    marker.what = whole == "DOMAIN" ? "DOMAIN CONSTRAINT" : "CONSTRAINT";
  } else {
    if (whole == "DOMAIN") return "above nothing that has a name";
    marker.what = whole == "TYPE" ? "ATTRIBUTE" : "COLUMN";
    Cursor next = cursor;
    next.advance();
    if (cursor.is_any({"primary", "unique", "check", "foreign"}) || (cursor.is("exclude") && (next.is("using") || next.is_symbol("("))))
      return "above a constraint without a name";
    if (cursor.is("like")) return "above LIKE";
  }
  const auto name = name_value(cursor);
  if (!name) return cursor.is_constant() ? "above a value of an enum type" : "above nothing that has a name";
  marker.name = *name;
  return {};
}

// After ALTER TABLE t, ALTER FOREIGN TABLE t, ALTER DOMAIN d, ALTER TYPE t; the word, or nothing.
std::string take_altered(Cursor& cursor, RenamedMarker& marker) {
  cursor.take("alter");
  cursor.take("foreign");
  const std::string whole = cursor.take("table") ? "TABLE" : cursor.take("domain") ? "DOMAIN" : cursor.take("type") ? "TYPE" : "";
  if (whole.empty()) return {};
  if (cursor.take("if")) cursor.take("exists");
  cursor.take("only");
  const auto name = take_name(cursor);
  cursor.take_symbol("*");
  if (!name) return {};
  marker.schema = name->schema;
  marker.owner = name->name;
  return whole;
}

std::string read_add(Cursor cursor, RenamedMarker& marker, std::string_view whole) {
  if (!cursor.take("add")) return "above nothing that has a name";
  if (!(whole == "TYPE" ? cursor.take("attribute") : cursor.take("column")) && whole == "TYPE") return "above a value of an enum type";
  take_if_not_exists(cursor);
  return read_part(cursor, marker, whole);
}

// One marker and the statement it stands above or in.
class Place {
 public:
  Place(const TokenView& statement, std::size_t next) : statement_(statement), next_(next) {}

  std::string read(RenamedMarker& marker) const {
    const Cursor start(statement_);
    if (start.offset() == next_) {
      if (start.is("create")) return read_create(start, marker);
      Cursor cursor(start);
      const std::string whole = take_altered(cursor, marker);
      return whole.empty() ? "above a statement that makes nothing with a name of its own" : read_add(cursor, marker, whole);
    }
    return start.is("create") ? read_inside_create(marker) : read_inside_alter(marker);
  }

 private:
  static std::string nowhere() { return "inside a statement, above nothing that has a name"; }

  std::string read_inside_alter(RenamedMarker& marker) const {
    Cursor cursor(statement_);
    const std::string whole = take_altered(cursor, marker);
    if (whole.empty()) return nowhere();
    int depth = 0;
    for (; !cursor.at_end() && cursor.offset() < next_; cursor.advance()) depth += cursor.is_symbol("(") - cursor.is_symbol(")");
    return cursor.at_end() || depth != 0 ? nowhere() : read_add(cursor, marker, whole);
  }

  std::string read_inside_create(RenamedMarker& marker) const {
    Cursor cursor(statement_);
    cursor.take("create");
    std::string whole = take_kind(cursor);
    if (whole == "FOREIGN TABLE") whole = "TABLE";
    if (whole != "TABLE" && whole != "TYPE" && whole != "DOMAIN") return nowhere();
    take_if_not_exists(cursor);
    const auto name = take_name(cursor);
    if (!name) return nowhere();
    marker.schema = name->schema;
    marker.owner = name->name;
    if (whole == "DOMAIN") return read_inside_domain(cursor, marker);
    if (cursor.take("of")) cursor.take_qualified_name();
    if (cursor.take("partition")) cursor.take("of"), cursor.take_qualified_name();
    if (whole == "TYPE" && !cursor.take("as")) return nowhere();
    if (cursor.take("enum")) return "above a value of an enum type";
    if (!cursor.is_symbol("(")) return nowhere();
    return read_inside_list(cursor, marker, whole);
  }

  std::string read_inside_domain(Cursor cursor, RenamedMarker& marker) const {
    int depth = 0;
    for (; !cursor.at_end() && cursor.offset() < next_; cursor.advance()) depth += cursor.is_symbol("(") - cursor.is_symbol(")");
    return cursor.at_end() || depth != 0 ? nowhere() : read_part(cursor, marker, "DOMAIN");
  }

  // At the parenthesis that opens the list.
  std::string read_inside_list(Cursor cursor, RenamedMarker& marker, const std::string& whole) const {
    int depth = 0;
    bool begins_element = false;
    do {
      begins_element = depth <= 1 && (cursor.is_symbol("(") || (cursor.is_symbol(",") && depth == 1));
      depth += cursor.is_symbol("(") - cursor.is_symbol(")");
      cursor.advance();
      if (depth == 0) return nowhere();
    } while (!cursor.at_end() && cursor.offset() < next_);
    if (cursor.at_end() || depth != 1) return nowhere();
    return begins_element || cursor.is("constraint") ? read_part(cursor, marker, whole) : nowhere();
  }

  const TokenView& statement_;
  std::size_t next_;
};

// What a comment says after `--`: the name as written, or that it was meant for a marker.
struct Comment {
  enum class Kind { other, marker, slip } kind = Kind::other;
  std::string_view name;
};

Comment read_comment(std::string_view comment) {
  if (!comment.starts_with("--")) return {};
  const std::string_view text = trimmed(comment.substr(2));
  if (text.starts_with("migrate:renamed") && (text.size() == 15 || text[15] == ' ' || text[15] == '\t')) return {Comment::Kind::marker, trimmed(text.substr(15))};
  // migrate:rename a, Migrate: renamed a: a comment of this kind would silently drop what it wants to keep.
  const std::string folded = lowered(text.substr(0, 64));
  if (!folded.starts_with("migrate")) return {};
  const auto colon = folded.find_first_not_of(" \t", 7);
  if (colon == std::string::npos || folded[colon] != ':') return {};
  const auto word = folded.find_first_not_of(" \t", colon + 1);
  return word != std::string::npos && folded.compare(word, 6, "rename") == 0 ? Comment{Comment::Kind::slip, {}} : Comment{};
}

bool is_first_on_its_line(std::string_view sql, std::size_t offset) {
  while (offset > 0 && (sql[offset - 1] == ' ' || sql[offset - 1] == '\t')) --offset;
  return offset == 0 || sql[offset - 1] == '\n';
}

class Reader {
 public:
  explicit Reader(PreparedScript script) : script_(std::move(script)), scanned_(scan(script_.sql)) {}

  std::vector<RenamedMarker> read() && {
    std::size_t last_next = std::string_view::npos;
    for (std::size_t index = 0; index < scanned_.tokens.size() && faults_.size() < most_faults; ++index) {
      const Token& token = scanned_.tokens[index];
      if (token.kind != Token::Kind::comment) continue;
      const Comment comment = read_comment(std::string_view(script_.sql).substr(token.offset, token.length));
      if (comment.kind == Comment::Kind::other) continue;
      RenamedMarker marker;
      line_ += static_cast<int>(std::count(script_.sql.begin() + static_cast<std::ptrdiff_t>(counted_), script_.sql.begin() + static_cast<std::ptrdiff_t>(token.offset), '\n'));
      counted_ = token.offset;
      marker.line = line_;
      if (comment.kind == Comment::Kind::slip) {
        add_fault(marker, "is not written as a marker", name_hint);
        continue;
      }
      const auto next = std::find_if(scanned_.tokens.begin() + static_cast<std::ptrdiff_t>(index), scanned_.tokens.end(), [](const Token& other) { return other.kind != Token::Kind::comment; });
      const std::size_t below = next == scanned_.tokens.end() ? script_.sql.size() : next->offset;
      if (!is_first_on_its_line(script_.sql, token.offset)) add_fault(marker, "stands behind something else", place_hint);
      else if (std::exchange(last_next, below) == below) add_fault(marker, "is the second one in its place", "keep one of the lines");
      else read_marker(std::move(marker), comment.name, below);
    }
    if (!faults_.empty()) throw error();
    return std::move(markers_);
  }

 private:
  void add_fault(const RenamedMarker& marker, const std::string& text, std::string_view hint) {
    faults_.push_back(fmt::format("-- migrate:renamed on line {} {}", marker.line, text));
    if (hint_.empty()) hint_ = hint;
  }

  void read_marker(RenamedMarker marker, std::string_view name, std::size_t next) {
    const ScanResult scanned = scan(name);
    const TokenView view{name, scanned.tokens};
    const auto old_name = scanned.tokens.size() == 1 ? name_value(Cursor(view)) : std::nullopt;
    if (!old_name) return add_fault(marker, name.empty() ? "says no name" : "says no name that can be read: " + quoted(name), name_hint);
    marker.old_name = *old_name;
    const auto after = [](std::size_t offset, const Statement& statement) { return offset < statement.offset; };
    const auto found = std::upper_bound(script_.statements.begin(), script_.statements.end(), next, after);
    if (found == script_.statements.begin() || next >= (found - 1)->offset + (found - 1)->length) return add_fault(marker, "stands above nothing", place_hint);
    const TokenView statement{script_.sql, tokens_of(*(found - 1))};
    if (const std::string fault = Place(statement, next).read(marker); !fault.empty()) return add_fault(marker, "stands " + fault, place_hint);
    if (marker.old_name == marker.name) return add_fault(marker, "gives the name that is there already", "write the name before the change");
    markers_.push_back(std::move(marker));
  }

  std::span<const Token> tokens_of(const Statement& statement) const {
    const auto before = [](const Token& token, std::size_t offset) { return token.offset < offset; };
    const auto first = std::lower_bound(scanned_.tokens.begin(), scanned_.tokens.end(), statement.offset, before);
    const auto last = std::lower_bound(first, scanned_.tokens.end(), statement.offset + statement.length, before);
    return {first, last};
  }

  Error error() const {
    Error error(sqlstate::malformed_file, faults_.front());
    error.with_hint(hint_);
    if (faults_.size() > 1) error.with_detail(fmt::format("{}", fmt::join(faults_, "\n")));
    return error;
  }

  PreparedScript script_;
  ScanResult scanned_;
  std::vector<RenamedMarker> markers_;
  std::vector<std::string> faults_;
  std::string hint_;
  std::size_t counted_ = 0;  // bytes whose lines are counted
  int line_ = 1;
};

// Anything that could be a marker or a slip, in any letter case.
bool may_rename(std::string_view ddl) {
  constexpr std::string_view word = "migrate";
  const auto equal = [](char written, char wanted) { return lower(written) == wanted; };
  return std::search(ddl.begin(), ddl.end(), word.begin(), word.end(), equal) != ddl.end();
}

}  // namespace

std::vector<RenamedMarker> renames_in(std::string_view ddl, const Tick& tick) {
  if (!may_rename(ddl)) return {};
  PreparedScript script = prepare(ddl, tick);
  if (!script.faults.empty()) return {};
  return Reader(std::move(script)).read();
}

}  // namespace strata
