#include "parse/query.hpp"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include <fmt/format.h>

#include <memory>

#include "core/error.hpp"
#include "core/lines.hpp"
#include "core/text.hpp"

namespace strata {
namespace {

constexpr SqlState untranslatable_character{"22021"};

// Frees what libpg_query returned, whatever happens to our own copies.
struct Scanned {
  PgQueryScanResult raw;
  explicit Scanned(const std::string& sql) : raw(pg_query_scan(sql.c_str())) {}
  Scanned(const Scanned&) = delete;
  Scanned& operator=(const Scanned&) = delete;
  ~Scanned() { pg_query_free_scan_result(raw); }
};

struct Divided {
  PgQuerySplitResult raw;
  explicit Divided(const std::string& sql) : raw(pg_query_split_with_parser(sql.c_str())) {}
  Divided(const Divided&) = delete;
  Divided& operator=(const Divided&) = delete;
  ~Divided() { pg_query_free_split_result(raw); }
};

struct FreeTokens {
  void operator()(PgQuery__ScanResult* result) const { pg_query__scan_result__free_unpacked(result, nullptr); }
};

void check_input(std::string_view sql) {
  if (sql.size() > max_script_bytes)
    throw Error(sqlstate::program_limit_exceeded,
                fmt::format("script of {} bytes is larger than the limit of {} bytes", sql.size(), max_script_bytes))
        .with_hint("split the script into several revisions, or load data outside of migrations");
  if (find_comment_storm(sql))
    throw Error(sqlstate::program_limit_exceeded, "comments are nested too deeply").with_hint("write the comment in plain words");
  if (sql.find('\0') != std::string_view::npos) throw Error(untranslatable_character, "script has a NUL byte");
}

// libpg_query quotes the rest of the text for an unterminated string, however long it is.
std::string shorten(std::string_view message) {
  constexpr std::string_view mark = " at or near ";
  const std::size_t near = message.find(mark);
  if (near == std::string_view::npos) {
    constexpr std::size_t longest = 200;
    return std::string(message.substr(0, offset_of_character(message, longest)));
  }
  std::string_view culprit = message.substr(near + mark.size());
  if (culprit.size() >= 2 && culprit.front() == '"') culprit = culprit.substr(1, culprit.size() - 2);
  return fmt::format("{}{}{}", message.substr(0, near), mark, quoted(culprit));
}

SyntaxFault fault_of(const PgQueryError& error, std::string_view sql) {
  // cursorpos counts characters from 1; 0 when the place is not known.
  const std::size_t character = error.cursorpos > 0 ? static_cast<std::size_t>(error.cursorpos) - 1 : 0;
  const std::string_view message = error.message != nullptr ? error.message : "syntax error";
  const auto cause = message == R"(syntax error at or near "\")" ? SyntaxFault::Cause::backslash : SyntaxFault::Cause::other;
  return {offset_of_character(sql, character), shorten(message), cause};
}

Token::Kind kind_of(const PgQuery__ScanToken& token, std::string_view text) {
  const char first = text.front();
  switch (token.token) {
    case PG_QUERY__TOKEN__SQL_COMMENT:
    case PG_QUERY__TOKEN__C_COMMENT:
      return Token::Kind::comment;
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__BCONST:
    case PG_QUERY__TOKEN__XCONST:
      return Token::Kind::constant;
    case PG_QUERY__TOKEN__UIDENT:
      return Token::Kind::quoted_name;
    case PG_QUERY__TOKEN__IDENT:
      return first == '"' ? Token::Kind::quoted_name : Token::Kind::name;
    // n'a' comes as NCHAR and 'a'; it must not pass for the name n.
    case PG_QUERY__TOKEN__NCHAR:
      return text.size() == 1 ? Token::Kind::constant : Token::Kind::keyword;
    default:
      break;
  }
  return token.keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD ? Token::Kind::keyword : Token::Kind::symbol;
}

SplitResult divide(std::string_view sql) {
  const std::string text(sql);
  const Divided divided(text);
  if (divided.raw.error != nullptr) return {{}, fault_of(*divided.raw.error, sql)};
  SplitResult result;
  result.statements.reserve(static_cast<std::size_t>(divided.raw.n_stmts));
  for (int index = 0; index < divided.raw.n_stmts; ++index) {
    const PgQuerySplitStmt& statement = *divided.raw.stmts[index];
    result.statements.push_back(
        {static_cast<std::size_t>(statement.stmt_location), static_cast<std::size_t>(statement.stmt_len)});
  }
  return result;
}

// The text with blanks for its comments, up to where it cannot be scanned; every byte keeps its place.
std::string without_comments(std::string_view sql) {
  ScanResult scanned = scan(sql);
  if (scanned.fault) scanned = scan(sql.substr(0, scanned.fault->offset));
  std::string bare(sql);
  for (const Token& token : scanned.tokens) {
    if (token.kind != Token::Kind::comment) continue;
    for (std::size_t index = token.offset; index < token.offset + token.length; ++index)
      if (bare[index] != '\n') bare[index] = ' ';
  }
  return bare;
}

}  // namespace

std::optional<std::size_t> find_comment_storm(std::string_view sql) {
  constexpr std::string_view operator_characters = "~!@#^&|`?+-*/%<>=";
  constexpr std::size_t harmless = 10;
  std::size_t starts = 0, cost = 0;
  for (std::size_t at = 0; at + 1 < sql.size(); ++at) {
    if (operator_characters.find(sql[at]) == std::string_view::npos) starts = 0;
    else if (sql[at] == '/' && sql[at + 1] == '*' && ++starts >= harmless) cost += starts;
    if (cost > max_comment_cost) return at;
  }
  return std::nullopt;
}

ScanResult scan(std::string_view sql) {
  check_input(sql);
  const std::string text(sql);
  const Scanned scanned(text);
  if (scanned.raw.error != nullptr) return {{}, fault_of(*scanned.raw.error, sql)};
  const std::unique_ptr<PgQuery__ScanResult, FreeTokens> unpacked(
      pg_query__scan_result__unpack(nullptr, scanned.raw.pbuf.len, reinterpret_cast<const std::uint8_t*>(scanned.raw.pbuf.data)));
  if (!unpacked) throw Error(sqlstate::out_of_memory, "out of memory").with_detail("Failed to read the tokens of a script.");

  ScanResult result;
  result.tokens.reserve(unpacked->n_tokens);
  for (std::size_t index = 0; index < unpacked->n_tokens; ++index) {
    const PgQuery__ScanToken& token = *unpacked->tokens[index];
    const auto start = static_cast<std::size_t>(token.start);
    // The end libpg_query gives is wrong for U&'...' and U&"...". Only white space is between tokens, so the next
    // token tells where this one ends.
    const std::size_t next =
        index + 1 < unpacked->n_tokens ? static_cast<std::size_t>(unpacked->tokens[index + 1]->start) : sql.size();
    const std::string_view whole = trimmed(sql.substr(start, next - start));
    if (!whole.empty()) result.tokens.push_back({kind_of(token, whole), start, whole.size()});
  }
  return result;
}

SplitResult split(std::string_view sql) {
  check_input(sql);
  SplitResult result = divide(sql);
  // libpg_query looks one token ahead after NOT, WITH, NULLS and U&'...', and there takes a comment for that token: what
  // it refuses may be good SQL.
  const auto has_comment = [&] { return sql.find("--") != std::string_view::npos || sql.find("/*") != std::string_view::npos; };
  if (result.fault && result.fault->cause != SyntaxFault::Cause::backslash && has_comment()) {
    const std::string bare = without_comments(sql);
    if (bare != sql) result = divide(bare);
  }
  return result;
}

}  // namespace strata
