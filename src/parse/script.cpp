#include "parse/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/checksum.hpp"
#include "core/lines.hpp"
#include "core/text.hpp"
#include "parse/psql.hpp"
#include "parse/query.hpp"
#include "parse/repeat.hpp"

namespace strata {
namespace {

constexpr std::string_view transaction_hint =
    "take it out: a revision runs in one transaction; where it has to commit in between, make it several revisions";

// Tokens of one statement, from the first that is no comment to the last; offsets count from the start of `text`.
struct Scanned {
  std::size_t offset = 0;  // of `text` in the script
  std::string_view text;
  std::vector<Token> tokens;
  std::optional<SyntaxFault> fault;
  TokenView view() const { return {text, tokens}; }
};

Scanned scan_statement(std::string_view sql, const Extent& extent) {
  Scanned scanned;
  scanned.offset = extent.offset;
  scanned.text = sql.substr(extent.offset, extent.length);
  ScanResult result = scan(scanned.text);
  scanned.fault = std::move(result.fault);
  scanned.tokens = std::move(result.tokens);
  const auto is_comment = [](const Token& token) { return token.kind == Token::Kind::comment; };
  while (!scanned.tokens.empty() && is_comment(scanned.tokens.back())) scanned.tokens.pop_back();
  const auto first = std::find_if_not(scanned.tokens.begin(), scanned.tokens.end(), is_comment);
  scanned.tokens.erase(scanned.tokens.begin(), first);
  return scanned;
}

// Lines of ascending offsets, each byte of the text counted once.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  int line_of(std::size_t offset) {
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(offset_),
                                         text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    offset_ = offset;
    return line_;
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  int line_ = 1;
};

void blank(std::string& sql, std::size_t offset, std::size_t length) {
  for (std::size_t index = offset; index < offset + length; ++index)
    if (sql[index] != '\n') sql[index] = ' ';
}

// From the first token to the `;` after the last one.
Extent extent_of(const Scanned& scanned, std::string_view sql) {
  const std::size_t start = scanned.offset + scanned.tokens.front().offset;
  const std::size_t separator = scanned.offset + scanned.text.size();
  const std::size_t last = scanned.offset + scanned.tokens.back().offset + scanned.tokens.back().length;
  return {start, (separator < sql.size() && sql[separator] == ';' ? separator + 1 : last) - start};
}

// One script while it is prepared.
class Preparation {
 public:
  Preparation(std::string_view sql, const Tick& tick) : tick_(tick) { prepared_.sql = sql; }

  PreparedScript run() && {
    if (check_text()) {
      std::vector<Extent> extents = divide();
      if (prepared_.faults.empty()) check(extents);
    }
    if (!prepared_.faults.empty()) prepared_.statements.clear(), prepared_.checksum.clear();
    return std::move(prepared_);
  }

 private:
  void add_fault(SqlState state, std::size_t offset, std::string message, std::string_view hint) {
    if (prepared_.faults.size() >= max_faults) return;
    const Place place = place_of(prepared_.sql, offset);
    prepared_.faults.push_back({state, offset, place.line, place.column, std::move(message), std::string(hint)});
  }

  bool check_text() {
    const std::string& sql = prepared_.sql;
    if (sql.size() > max_script_bytes) {
      add_fault(sqlstate::program_limit_exceeded, 0,
                fmt::format("script of {} bytes is larger than the limit of {} bytes", sql.size(), max_script_bytes),
                "split the script into several revisions, or load data outside of migrations");
    } else if (const auto storm = find_comment_storm(sql)) {
      add_fault(sqlstate::program_limit_exceeded, *storm, "comments are nested too deeply", "write the comment in plain words");
    } else if (const auto bad = find_invalid_utf8(sql)) {
      const auto byte = static_cast<unsigned>(static_cast<unsigned char>(sql[*bad]));
      add_fault(sqlstate::malformed_file, *bad,
                byte == 0 ? "NUL byte in the script" : fmt::format("byte 0x{:02x} is not UTF-8", byte),
                "write the script as UTF-8 text");
    }
    return prepared_.faults.empty();
  }

  // Statements of the script; a line that only pg_dump writes for psql is blanked when the parser stumbles over it.
  std::vector<Extent> divide() {
    for (int dropped = 0;; ++dropped) {
      SplitResult result = split(prepared_.sql);
      if (!result.fault) return std::move(result.statements);
      const auto line = dropped < max_dropped_lines ? find_dump_restriction(prepared_.sql, *result.fault) : std::nullopt;
      if (!line) {
        explain(*result.fault);
        return {};
      }
      blank(prepared_.sql, line->offset, line->length);
    }
  }

  // A syntax error may have a reason the parser does not know.
  void explain(const SyntaxFault& fault) {
    for (const std::size_t copy : find_client_copies(prepared_.sql, fault.offset)) add_copy_fault(copy);
    if (!prepared_.faults.empty()) return;
    if (const auto command = find_meta_command(prepared_.sql, fault))
      return add_fault(sqlstate::malformed_file, fault.offset,
                       fmt::format("psql meta-command {} in a script", quoted(command->text)), command->hint);
    add_fault(sqlstate::syntax_error, fault.offset, fault.message, find_syntax_hint(prepared_.sql, fault.offset));
  }

  void add_copy_fault(std::size_t offset) {
    add_fault(sqlstate::malformed_file, offset, "COPY from or to the client in a script: a migration has no client to copy with",
              "write INSERT statements, or load the data outside of migrations");
  }

  void drop_transaction_pair(std::vector<Extent>& extents) {
    if (extents.size() < 2) return;
    const Scanned first = scan_statement(prepared_.sql, extents.front());
    const Scanned last = scan_statement(prepared_.sql, extents.back());
    if (transaction_control(first.view()) != TransactionControl::begin ||
        transaction_control(last.view()) != TransactionControl::commit)
      return;
    const Extent begin = extent_of(first, prepared_.sql);
    const Extent commit = extent_of(last, prepared_.sql);
    for (const Extent& dropped : {begin, commit}) blank(prepared_.sql, dropped.offset, dropped.length);
    extents.erase(extents.begin());
    extents.pop_back();
  }

  void check(std::vector<Extent>& extents) {
    // Before the pair is dropped: a mark above BEGIN is no mark of the statement after it.
    const std::vector<RepeatMark> marks = find_repeat_marks(prepared_.sql);
    drop_transaction_pair(extents);
    if (check_statements(extents)) read_repeats(marks);
  }

  // False when not all of them could be read.
  bool check_statements(const std::vector<Extent>& extents) {
    Digest digest;
    LineCounter lines(prepared_.sql);
    prepared_.statements.reserve(extents.size());
    for (const Extent& extent : extents) {
      tick_();
      const Scanned scanned = scan_statement(prepared_.sql, extent);
      if (scanned.fault) {
        add_fault(sqlstate::syntax_error, extent.offset + scanned.fault->offset, scanned.fault->message, find_syntax_hint(prepared_.sql, extent.offset + scanned.fault->offset));
        return false;
      }
      if (scanned.tokens.empty()) continue;
      const TokenView view = scanned.view();
      const std::size_t first = scanned.tokens.front().offset;
      const std::size_t offset = extent.offset + first;
      if (transaction_control(view) != TransactionControl::none)
        add_fault(sqlstate::malformed_file, offset,
                  fmt::format("transaction control in a script: {}", quoted(view.text.substr(first))), transaction_hint);
      if (find_client_copy(view)) add_copy_fault(offset);
      const std::size_t length = scanned.tokens.back().offset + scanned.tokens.back().length - first;
      prepared_.statements.push_back(
          {offset, length, lines.line_of(offset), reason_not_in_transaction(view), added_enum_value(view), std::nullopt});
      digest.add(view);
      digest.end_statement();
    }
    prepared_.checksum = digest.finish();
    return true;
  }

  void read_repeats(const std::vector<RepeatMark>& marks) {
    for (RepeatFault& fault : apply_repeat_marks(marks, prepared_.sql, prepared_.statements))
      add_fault(sqlstate::malformed_file, fault.offset, std::move(fault.message), fault.hint);
    std::stable_sort(prepared_.faults.begin(), prepared_.faults.end(),
                     [](const ScriptFault& left, const ScriptFault& right) { return left.offset < right.offset; });
  }

  static constexpr std::size_t max_faults = 100;
  static constexpr int max_dropped_lines = 8;
  PreparedScript prepared_;
  const Tick& tick_;
};

}  // namespace

PreparedScript prepare(std::string_view sql, const Tick& tick) { return Preparation(sql, tick).run(); }

FileFault in_file(const ScriptFault& fault, const Script& script, std::string_view file) {
  return {fault.sqlstate, std::string(file), script.line + fault.line - 1, fault.column, fault.message, fault.hint};
}

}  // namespace strata
