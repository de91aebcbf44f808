#include "schema/script.hpp"

#include <algorithm>

namespace strata::schema {
namespace {

// A quoted name may hold a line end, and what follows that would be no comment any more.
std::string on_one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace

std::string script_of(const Statements& statements) {
  std::string text;
  // As pg_dump: a function may be made before what its body speaks of.
  if (std::any_of(statements.begin(), statements.end(), [](const Statement& statement) { return statement.object.kind == Kind::function && statement.operation != Operation::drop; }))
    text += "SET check_function_bodies = off;\n\n";
  for (const Statement& statement : statements) {
    const bool converts = statement.operation == Operation::alter && statement.sql.find(" TYPE ") != std::string::npos;
    if (!statement.lost.empty()) text += (converts ? "-- loses, or fails on, " : "-- loses ") + on_one_line(statement.lost) + "\n";
    if (!statement.advice.empty()) text += "-- " + on_one_line(statement.advice) + "\n";
    text += statement.sql + ";\n";
  }
  return text;
}

std::vector<std::string> losses_of(const Statements& statements) {
  std::vector<std::string> losses;
  for (const Statement& statement : statements)
    if (!statement.lost.empty()) losses.push_back(title_of(statement.object) + ": " + statement.lost);
  return losses;
}

}  // namespace strata::schema
