#include "parse/psql.hpp"

#include <algorithm>

#include "core/lines.hpp"
#include "parse/classify.hpp"

namespace strata {
namespace {

std::string_view line_from(std::string_view sql, std::size_t offset) {
  const std::size_t newline = sql.find('\n', offset);
  return sql.substr(offset, newline == std::string_view::npos ? std::string_view::npos : newline - offset);
}

bool begins_its_line(std::string_view sql, std::size_t offset) {
  while (offset > 0 && (sql[offset - 1] == ' ' || sql[offset - 1] == '\t')) --offset;
  return offset == 0 || sql[offset - 1] == '\n';
}

bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_'; }

std::string_view command_word(std::string_view line) {
  const auto end = std::find_if_not(line.begin() + 1, line.end(), is_letter);
  return line.substr(1, static_cast<std::size_t>(end - line.begin()) - 1);
}

std::string_view hint_of(std::string_view word) {
  if (word == "copy" || word.empty()) return "write INSERT statements, or load the data outside of migrations";
  if (word == "i" || word == "ir" || word == "include" || word == "include_relative")
    return "put the SQL of that file into the script";
  if (word == "c" || word == "connect") return "take it out: a revision runs in the database it is loaded into";
  return "take it out: the script is run by the server, not by psql";
}

}  // namespace

std::optional<Extent> find_dump_restriction(std::string_view sql, const SyntaxFault& fault) {
  if (fault.cause != SyntaxFault::Cause::backslash || !begins_its_line(sql, fault.offset)) return std::nullopt;
  const std::string_view line = line_from(sql, fault.offset);
  const std::string_view word = command_word(line);
  if (word != "restrict" && word != "unrestrict") return std::nullopt;
  return Extent{fault.offset, line.size()};
}

std::optional<MetaCommand> find_meta_command(std::string_view sql, const SyntaxFault& fault) {
  if (fault.cause != SyntaxFault::Cause::backslash) return std::nullopt;
  const std::string_view line = trimmed(line_from(sql, fault.offset));
  return MetaCommand{line, hint_of(command_word(line))};
}

std::vector<std::size_t> find_client_copies(std::string_view sql, std::size_t error_offset) {
  const std::string_view before = sql.substr(0, std::min(error_offset, sql.size()));
  std::vector<std::size_t> found;
  // A scan is dear, and most syntax errors have nothing to do with COPY.
  constexpr std::string_view word = "copy";
  const auto same = [](char written, char wanted) { return written == wanted || written == wanted - ('a' - 'A'); };
  if (std::search(before.begin(), before.end(), word.begin(), word.end(), same) == before.end()) return found;
  const ScanResult result = scan(before);
  const std::span<const Token> tokens(result.tokens);
  for (std::size_t start = 0; start < tokens.size();) {
    std::size_t end = start;
    while (end < tokens.size() && !(tokens[end].length == 1 && before[tokens[end].offset] == ';')) ++end;
    const TokenView statement{before, tokens.subspan(start, end - start)};
    if (const auto target = find_client_copy(statement)) {
      const auto first = std::find_if(statement.tokens.begin(), statement.tokens.end(),
                                      [](const Token& token) { return token.kind != Token::Kind::comment; });
      found.push_back(first->offset);
    }
    start = end + 1;
  }
  return found;
}

std::string_view find_syntax_hint(std::string_view sql, std::size_t error_offset) {
  const std::string_view text = sql.substr(std::min(error_offset, sql.size()));
  const bool is_variable =
      text.size() > 1 && text[0] == ':' && (is_letter(text[1]) || text[1] == '\'' || text[1] == '"' || text[1] == '{');
  return is_variable ? "variables of psql are not known to the server: write the value"
                     : "correct the statement; psql shows the same error for it";
}

}  // namespace strata
