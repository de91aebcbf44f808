#include "parse/classify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "parse/cursor.hpp"

namespace strata {
namespace {

char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte; }

// A boolean option's value as defGetBoolean reads it; an option without a value is true.
bool read_switch(Cursor& cursor) {
  cursor.take_symbol("=");
  if (cursor.at_end() || cursor.is_symbol(",") || cursor.is_symbol(")")) return true;
  std::string value(cursor.text());
  if (cursor.is_constant() && value.starts_with('\'')) value = value.substr(1, value.size() - 2);
  std::transform(value.begin(), value.end(), value.begin(), lower);
  cursor.advance();
  return !(value == "false" || value == "off" || value == "0");
}

// `name [= value]` in a list `(a, b = c)` the cursor stands before; the last one counts.
std::optional<bool> find_switch(Cursor cursor, std::string_view name) {
  std::optional<bool> found;
  if (!cursor.take_symbol("(")) return found;
  while (!cursor.at_end() && !cursor.is_symbol(")")) {
    if (cursor.take(name))
      found = read_switch(cursor);
    else
      cursor.advance();
  }
  return found;
}

// The cursor at the list after the last WITH of a statement, or at its end.
Cursor find_options(Cursor cursor) {
  while (!cursor.at_end()) {
    if (cursor.take("with") && cursor.is_symbol("(")) return cursor;
    if (!cursor.at_end()) cursor.advance();
  }
  return cursor;
}

std::string_view command_of_create(Cursor& cursor) {
  if (cursor.take("database")) return "CREATE DATABASE";
  if (cursor.take("tablespace")) return "CREATE TABLESPACE";
  if (cursor.take("subscription")) {
    const Cursor options = find_options(cursor);
    const bool creates_slot = find_switch(options, "create_slot").value_or(find_switch(options, "connect").value_or(true));
    return creates_slot ? "CREATE SUBSCRIPTION ... WITH (create_slot = true)" : "";
  }
  cursor.take("unique");
  return cursor.take("index") && cursor.is("concurrently") ? "CREATE INDEX CONCURRENTLY" : "";
}

std::string_view command_of_drop(Cursor& cursor) {
  if (cursor.take("database")) return "DROP DATABASE";
  if (cursor.take("tablespace")) return "DROP TABLESPACE";
  // Allowed when the subscription has no slot; only the server knows.
  if (cursor.take("subscription")) return "DROP SUBSCRIPTION";
  return cursor.take("index") && cursor.is("concurrently") ? "DROP INDEX CONCURRENTLY" : "";
}

std::string_view command_of_alter_database(Cursor& cursor) {
  if (cursor.is_name()) cursor.advance();
  if (cursor.take("set")) {
    // SET tablespace TO x would be a setting of that name.
    return cursor.take("tablespace") && cursor.is_name() && !cursor.is("to") ? "ALTER DATABASE SET TABLESPACE" : "";
  }
  if (!cursor.is_any({"with", "tablespace"})) return "";
  for (; !cursor.at_end(); cursor.advance())
    if (cursor.is("tablespace")) return "ALTER DATABASE SET TABLESPACE";
  return "";
}

std::string_view command_of_alter_subscription(Cursor& cursor) {
  if (cursor.is_name()) cursor.advance();
  if (cursor.take("refresh")) return "ALTER SUBSCRIPTION ... REFRESH";
  if (!cursor.take_any({"set", "add", "drop"})) return "";
  if (cursor.take("publication"))
    return find_switch(find_options(cursor), "refresh").value_or(true) ? "ALTER SUBSCRIPTION with refresh" : "";
  if (find_switch(cursor, "failover")) return "ALTER SUBSCRIPTION ... SET (failover)";
  if (find_switch(cursor, "two_phase")) return "ALTER SUBSCRIPTION ... SET (two_phase)";
  return "";
}

// DETACH PARTITION p CONCURRENTLY is a command of its own; FINALIZE runs in a transaction.
std::string_view command_of_alter_table(Cursor& cursor) {
  if (cursor.take("if")) cursor.take("exists");
  cursor.take("only");
  cursor.take_qualified_name();
  cursor.take_symbol("*");
  if (!cursor.take("detach") || !cursor.take("partition")) return "";
  cursor.take_qualified_name();
  return cursor.is("concurrently") ? "ALTER TABLE ... DETACH CONCURRENTLY" : "";
}

std::string_view command_of_alter(Cursor& cursor) {
  if (cursor.take("system")) return "ALTER SYSTEM";
  if (cursor.take("database")) return command_of_alter_database(cursor);
  if (cursor.take("subscription")) return command_of_alter_subscription(cursor);
  return cursor.take("table") ? command_of_alter_table(cursor) : "";
}

std::string_view command_of_reindex(Cursor& cursor) {
  const bool concurrently = find_switch(cursor, "concurrently").value_or(false);
  cursor.take_parentheses();
  if (cursor.is("schema")) return "REINDEX SCHEMA";
  if (cursor.is("database")) return "REINDEX DATABASE";
  if (cursor.is("system")) return "REINDEX SYSTEM";
  cursor.take_any({"table", "index"});
  return concurrently || cursor.is("concurrently") ? "REINDEX CONCURRENTLY" : "";
}

std::string_view command_of_cluster(Cursor& cursor) {
  cursor.take_parentheses();
  cursor.take("verbose");
  return cursor.at_end() ? "CLUSTER" : "";
}

// The command as the server names it in its error, empty when it runs in a transaction.
std::string_view command_not_in_transaction(Cursor cursor) {
  if (cursor.take("create")) return command_of_create(cursor);
  if (cursor.take("drop")) return command_of_drop(cursor);
  if (cursor.take("alter")) return command_of_alter(cursor);
  if (cursor.take("reindex")) return command_of_reindex(cursor);
  if (cursor.take("vacuum")) return "VACUUM";
  if (cursor.take("cluster")) return command_of_cluster(cursor);
  if (cursor.take("discard")) return cursor.is("all") ? "DISCARD ALL" : "";
  return "";
}

}  // namespace

std::optional<std::string> reason_not_in_transaction(const TokenView& statement) {
  const std::string_view command = command_not_in_transaction(Cursor(statement));
  if (command.empty()) return std::nullopt;
  return fmt::format("{} cannot run inside a transaction block", command);
}

TransactionControl transaction_control(const TokenView& statement) {
  Cursor cursor(statement);
  if (cursor.take_any({"rollback", "abort", "savepoint", "release"})) return TransactionControl::other;
  // PREPARE transaction AS ... is a prepared statement of that name.
  if (cursor.take("prepare"))
    return cursor.take("transaction") && cursor.is_constant() ? TransactionControl::other : TransactionControl::none;
  if (cursor.take("start")) {
    cursor.take("transaction");
    return cursor.at_end() ? TransactionControl::begin : TransactionControl::other;
  }
  if (cursor.take("begin")) {
    cursor.take_any({"work", "transaction"});
    return cursor.at_end() ? TransactionControl::begin : TransactionControl::other;
  }
  if (!cursor.take_any({"commit", "end"})) return TransactionControl::none;
  cursor.take_any({"work", "transaction"});
  if (cursor.take("and") && !cursor.take("no")) return TransactionControl::other;
  cursor.take("chain");
  return cursor.at_end() ? TransactionControl::commit : TransactionControl::other;
}

std::optional<std::size_t> find_client_copy(const TokenView& statement) {
  Cursor cursor(statement);
  if (!cursor.take("copy")) return std::nullopt;
  while (!cursor.at_end()) {
    if (cursor.is_symbol("(")) {
      cursor.take_parentheses();
    } else if (cursor.take_any({"from", "to"})) {
      if (cursor.is_any({"stdin", "stdout"})) return cursor.index();
      return std::nullopt;
    } else {
      cursor.advance();
    }
  }
  return std::nullopt;
}

}  // namespace strata
