#include "parse/repeat.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/file_line.hpp"
#include "core/text.hpp"
#include "parse/cursor.hpp"

namespace strata {
namespace {

constexpr std::string_view mark_text = "migrate:repeat";
constexpr std::size_t most_faults = 100;
constexpr std::string_view place_hint =
    "put the line directly before the INSERT, UPDATE, DELETE, MERGE or WITH to repeat, and after the semicolon of the statement above";
constexpr std::string_view kind_hint =
    "-- migrate:repeat is for INSERT, UPDATE, DELETE, MERGE, and for WITH that ends in one of them: a statement is repeated until it "
    "affects no row";

std::string_view text_of(std::string_view sql, const Statement& statement) { return sql.substr(statement.offset, statement.length); }

bool may_repeat(std::string_view sql) { return sql.find(mark_text) != std::string_view::npos; }

// Not past a CTE of that name: WITH recursive AS (...).
void take_recursive(Cursor& cursor) {
  Cursor name(cursor);
  if (name.take("recursive") && name.is_name() && !name.is("as")) cursor.take("recursive");
}

void take_name(Cursor& cursor) {
  if (cursor.is_name()) cursor.advance();
}

void take_names(Cursor& cursor) {
  do take_name(cursor);
  while (cursor.take_symbol(","));
}

// SEARCH DEPTH FIRST BY a, b SET c. Columns may have the name of a command.
void take_search(Cursor& cursor) {
  if (!cursor.take("search")) return;
  cursor.take_any({"depth", "breadth"});
  cursor.take("first");
  cursor.take("by");
  take_names(cursor);
  if (cursor.take("set")) take_name(cursor);
}

// CYCLE a, b SET c TO constant DEFAULT constant USING d.
void take_cycle(Cursor& cursor) {
  if (!cursor.take("cycle")) return;
  take_names(cursor);
  if (cursor.take("set")) take_name(cursor);
  while (!cursor.at_end() && !cursor.is("using")) cursor.advance();
  if (cursor.take("using")) take_name(cursor);
}

// name (columns) AS [NOT] MATERIALIZED (...) SEARCH ... CYCLE ...
void take_table_expression(Cursor& cursor) {
  take_name(cursor);
  cursor.take_parentheses();
  cursor.take("as");
  cursor.take("not");
  cursor.take("materialized");
  cursor.take_parentheses();
  take_search(cursor);
  take_cycle(cursor);
}

// What a SELECT counts does not tell whether anything is left to do, whatever its WITH changes.
bool counts_changed_rows(const TokenView& statement) {
  Cursor cursor(statement);
  if (cursor.take("with")) {
    take_recursive(cursor);
    do take_table_expression(cursor);
    while (cursor.take_symbol(","));
  }
  return cursor.is_any({"insert", "update", "delete", "merge"});
}

// Marks of one script, applied to its statements.
class Application {
 public:
  Application(std::string_view sql, std::vector<Statement>& statements) : sql_(sql), statements_(statements) {}

  std::vector<RepeatFault> apply(std::span<const RepeatMark> marks) && {
    for (std::size_t index = 0; index < marks.size() && faults_.size() < most_faults; ++index) {
      Statement* statement = find_statement(marks[index]);
      if (statement == nullptr) continue;
      if (index > 0 && marks[index - 1].next == marks[index].next)
        add_fault(marks[index], "second -- migrate:repeat before one statement", "keep one of the lines");
      else
        apply_one(marks[index], *statement);
    }
    return std::move(faults_);
  }

 private:
  void add_fault(const RepeatMark& mark, std::string message, std::string_view hint) {
    faults_.push_back({mark.offset, std::move(message), std::string(hint)});
  }

  Statement* find_statement(const RepeatMark& mark) {
    const auto after = [](std::size_t offset, const Statement& statement) { return offset < statement.offset; };
    const auto next = std::upper_bound(statements_.begin(), statements_.end(), mark.next, after);
    Statement* last = next == statements_.begin() ? nullptr : &*(next - 1);
    if (last != nullptr && last->offset == mark.next) return last;
    if (last != nullptr && mark.next < last->offset + last->length)
      add_fault(mark, "-- migrate:repeat inside a statement", place_hint);
    else
      add_fault(mark, "no statement follows -- migrate:repeat", place_hint);
    return nullptr;
  }

  void apply_one(const RepeatMark& mark, Statement& statement) {
    const std::size_t before = faults_.size();
    ParsedRepeat parsed = parse_repeat(mark.options);
    for (RepeatFlaw& flaw : parsed.flaws) add_fault(mark, std::move(flaw.message), flaw.hint);
    check_kind(mark, statement);
    if (faults_.size() == before) statement.repeat = parsed.repeat;
  }

  void check_kind(const RepeatMark& mark, const Statement& statement) {
    if (const auto& reason = statement.not_in_transaction; reason)
      return add_fault(mark, fmt::format("-- migrate:repeat before a statement that cannot be repeated: {}", *reason), kind_hint);
    const std::string_view text = text_of(sql_, statement);
    const ScanResult scanned = scan(text);
    if (!counts_changed_rows({text, scanned.tokens}))
      add_fault(mark, fmt::format("-- migrate:repeat before a statement that cannot be repeated: {}", quoted(text)), kind_hint);
  }

  std::string_view sql_;
  std::vector<Statement>& statements_;
  std::vector<RepeatFault> faults_;
};

// A tag of this word and as many underscores as the text nowhere has after it: found in one pass, whatever the text.
std::string dollar_quoted(std::string_view text, std::string_view word) {
  std::size_t underscores = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t start = at + word.size();
    const std::size_t end = std::min(text.find_first_not_of('_', start), text.size());
    underscores = std::max(underscores, end - start + 1);
  }
  return fmt::format("${0}{1}$\n{2}\n${0}{1}$", word, std::string(underscores, '_'), text);
}

std::string limit_of(const Repeat& repeat) {
  if (!repeat.max_rows) return {};
  return fmt::format(
      "    IF total OPERATOR(pg_catalog.>) {0} THEN\n"
      "      RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = 'repeated statement has affected more than {0} rows',\n"
      "        HINT = 'Correct the statement if it finds the same rows again, or raise max_rows.';\n"
      "    END IF;\n",
      *repeat.max_rows);
}

// EXECUTE, not the statement itself: PL/pgSQL would take names in it for its variables, and refuse RETURNING.
std::string loop_of(std::string_view statement, const Repeat& repeat) {
  const std::string body = fmt::format(
      "DECLARE\n"
      "  batch bigint;\n"
      "  total bigint := 0;\n"
      "BEGIN\n"
      "  LOOP\n"
      "    EXECUTE {};\n"
      "    GET DIAGNOSTICS batch = ROW_COUNT;\n"
      "    EXIT WHEN batch OPERATOR(pg_catalog.=) 0;\n"
      "    total := total OPERATOR(pg_catalog.+) batch;\n"
      "{}"
      "  END LOOP;\n"
      "END",
      dollar_quoted(statement, "repeat"), limit_of(repeat));
  return "DO LANGUAGE plpgsql " + dollar_quoted(body, "loop");
}

bool begins_line(std::string_view sql, std::size_t offset) { return offset == 0 || sql[offset - 1] == '\n'; }

}  // namespace

std::vector<RepeatMark> find_repeat_marks(std::string_view sql) {
  std::vector<RepeatMark> marks;
  if (!may_repeat(sql)) return marks;
  const ScanResult scanned = scan(sql);
  std::size_t open = 0;  // the first mark that waits for its token
  for (const Token& token : scanned.tokens) {
    if (token.kind != Token::Kind::comment) {
      for (; open < marks.size(); ++open) marks[open].next = token.offset;
      continue;
    }
    const std::string_view comment = sql.substr(token.offset, token.length);
    const Mark mark = begins_line(sql, token.offset) ? read_mark(comment) : Mark();
    if (mark.kind == Mark::Kind::repeat) marks.push_back({token.offset, sql.size(), comment.substr(mark.options)});
  }
  return marks;
}

std::vector<RepeatFault> apply_repeat_marks(std::span<const RepeatMark> marks, std::string_view sql, std::vector<Statement>& statements) {
  return Application(sql, statements).apply(marks);
}

std::string spell_out_repeats(std::string_view sql, const Tick& tick) {
  std::string spelled;
  std::size_t copied = 0;
  const std::vector<Statement> statements = may_repeat(sql) ? prepare(sql, tick).statements : std::vector<Statement>();
  for (const Statement& statement : statements) {
    if (!statement.repeat) continue;
    spelled += sql.substr(copied, statement.offset - copied);
    spelled += loop_of(text_of(sql, statement), *statement.repeat);
    copied = statement.offset + statement.length;
  }
  return spelled.append(sql.substr(copied));
}

}  // namespace strata
