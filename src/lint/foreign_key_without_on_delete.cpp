#include "lint/foreign_key_without_on_delete.hpp"

#include <fmt/format.h>

#include "core/lines.hpp"
#include "core/text.hpp"
#include "parse/cursor.hpp"

namespace strata {
namespace {

bool is_table_statement(Cursor cursor) {
  if (cursor.take("alter")) return cursor.is("table");
  if (!cursor.take("create")) return false;
  while (cursor.take_any({"global", "local", "temp", "temporary", "unlogged"})) {}
  return cursor.is("table");
}

// What follows the parent's name: a column list, MATCH, and ON UPDATE and ON DELETE in any order.
bool says_on_delete(Cursor& cursor) {
  cursor.take_parentheses();
  if (cursor.take("match")) cursor.advance();
  while (cursor.take("on")) {
    if (cursor.take("delete")) return true;
    cursor.take("update");
    if (cursor.take_any({"no", "set"}))
      cursor.take_any({"action", "null", "default"});
    else
      cursor.take_any({"restrict", "cascade"});
    cursor.take_parentheses();
  }
  return false;
}

}  // namespace

std::vector<Hit> foreign_key_without_on_delete(const TokenView& statement) {
  std::vector<Hit> hits;
  Cursor cursor(statement);
  if (!is_table_statement(cursor)) return hits;
  while (!cursor.at_end()) {
    const std::size_t offset = cursor.offset();
    if (!cursor.take("references")) {
      cursor.advance();
      continue;
    }
    const std::size_t name_start = cursor.at_end() ? offset : cursor.offset();
    cursor.take_qualified_name();
    const Token& last = statement.tokens[cursor.index() - 1];
    const std::string_view parent = statement.text.substr(name_start, last.offset + last.length - name_start);
    if (!says_on_delete(cursor))
      hits.push_back({offset, fmt::format("foreign key to {} does not say what a deletion does", quoted(parent))});
  }
  return hits;
}

}  // namespace strata
