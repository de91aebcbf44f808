#include "schema/rewrites.hpp"

#include <algorithm>
#include <cctype>

#include "schema/lists.hpp"
#include "schema/names.hpp"
#include "schema/types.hpp"

namespace strata::schema {
namespace {

std::string without_literals(const std::string& expression) {
  std::string rest;
  bool literal = false;
  for (const char letter : expression) {
    if (letter == '\'') literal = !literal;
    else if (!literal) rest += letter;
  }
  return rest;
}

bool is_of_name(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_' || letter == '.' || letter == '"' || letter == '$' || (letter & 0x80) != 0; }

// Names before a parenthesis.
std::vector<std::string> called_functions(const std::string& expression) {
  const std::string text = without_literals(expression);
  std::vector<std::string> names;
  for (std::size_t open = text.find('('); open != std::string::npos; open = text.find('(', open + 1)) {
    std::size_t begin = open;
    while (begin > 0 && is_of_name(text[begin - 1])) begin--;
    if (begin < open) names.push_back(text.substr(begin, open - begin));
  }
  return names;
}

// The deparser names those of the server without a schema, and all others with it. Which of several of the name is called is not known here.
bool may_be_volatile(const std::string& function, const Model& schema) {
  static const char* const volatiles[] = {"clock_timestamp", "currval", "gen_random_uuid", "lastval", "nextval", "random", "set_config", "setval", "timeofday", "txid_current", "pg_current_xact_id"};
  if (function.find('.') == std::string::npos) return std::find(std::begin(volatiles), std::end(volatiles), function) != std::end(volatiles);
  bool known = false;
  for (const Object& object : schema.objects()) {
    if (object.key.kind != Kind::function || !qualified_name(object.key).starts_with(function + "(")) continue;
    const std::string& definition = object.get("definition");
    const std::string head = definition.substr(0, std::min({find_outside(definition, "\nAS "), find_outside(definition, "\nBEGIN ATOMIC"), find_outside(definition, "\nRETURN ")}));
    if (head.find(" IMMUTABLE") == std::string::npos && head.find(" STABLE") == std::string::npos) return true;
    known = true;
  }
  return !known;
}

bool is_checked_domain(const std::string& type, const Model& schema) {
  const auto [name_space, name] = split_name(type);
  const Object* domain = schema.find({Kind::domain, name_space, "", name});
  if (!domain) return false;
  return domain->has("not_null") || !schema.children_of(domain->key).empty() || is_checked_domain(without_modifier(domain->get("type")), schema);
}

// ALTER TABLE public.t | ALTER COLUMN a TYPE ...: the table, and what is said of it.
struct Action {
  std::string table, words;
};

Action action_of(const Statement& statement) {
  static const std::string_view begin = "ALTER TABLE ", column = " ALTER COLUMN ";
  if (statement.operation != Operation::alter || !statement.sql.starts_with(begin)) return {};
  const std::size_t at = find_outside(statement.sql, column);
  if (at == std::string::npos) return {};
  Action action{statement.sql.substr(0, at), statement.sql.substr(at)};
  const bool null_check = action.words.ends_with(" SET NOT NULL");
  return statement.rewrites_table || null_check ? action : Action();
}

}  // namespace

bool rewrites_when_added(const Object& column, const std::string& expression, const Model& schema) {
  if (column.has("generated") || column.has("identity") || is_checked_domain(without_modifier(column.get("type")), schema)) return true;
  const auto functions = called_functions(expression);
  return std::any_of(functions.begin(), functions.end(), [&](const std::string& function) { return may_be_volatile(function, schema); });
}

Statements merged(Statements statements) {
  Statements all;
  Action last;
  for (Statement& statement : statements) {
    Action action = action_of(statement);
    if (!action.table.empty() && action.table == last.table) {
      Statement& one = all.back();
      one.sql += "," + action.words;
      if (statement.object != one.object) one.object = {Kind::table, statement.object.schema, "", statement.object.parent};
      if (!statement.lost.empty()) one.lost += (one.lost.empty() ? "" : "; ") + statement.lost;
      if (!statement.advice.empty()) one.advice += (one.advice.empty() ? "" : "; ") + statement.advice;
      one.rewrites_table |= statement.rewrites_table;
    } else {
      all.push_back(std::move(statement));
    }
    last = std::move(action);
  }
  return all;
}

}  // namespace strata::schema
