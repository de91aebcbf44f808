#include <charconv>

#include "core/literal.hpp"
#include "parse/query.hpp"
#include "pg/boundary.hpp"
#include "pg/client_statement.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
}

namespace strata::pg {
namespace {

Portal client_portal() {
  Portal unnamed = GetPortalByName("");
  return unnamed && unnamed->status == PORTAL_ACTIVE ? unnamed : ActivePortal;
}

// What a rule has made of a statement has the place of the statement.
const PlannedStmt* statement_of(Portal portal) {
  return portal && portal->stmts ? linitial_node(PlannedStmt, portal->stmts) : nullptr;
}

std::string_view text_of(Portal portal) {
  const char* source = portal ? portal->sourceText : debug_query_string;
  std::string_view text = source ? source : "";
  const PlannedStmt* statement = statement_of(portal);
  if (!statement || statement->stmt_location < 0 || static_cast<std::size_t>(statement->stmt_location) > text.size()) return text;
  text.remove_prefix(static_cast<std::size_t>(statement->stmt_location));
  return statement->stmt_len > 0 ? text.substr(0, static_cast<std::size_t>(statement->stmt_len)) : text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

const char* type_name(Oid type) { return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY); }

const char* value_text(const ParamExternData* parameter) {
  Oid output;
  bool is_variable;
  getTypeOutputInfo(parameter->ptype, &output, &is_variable);
  return OidOutputFunctionCall(output, parameter->value);
}

std::string constant_of(const ParamExternData& parameter) {
  const std::string type = to_utf8(call(type_name, parameter.ptype));
  if (parameter.isnull) return fmt::format("(NULL::{})", type);
  return fmt::format("({}::{})", sql_literal(to_utf8(call(value_text, &parameter))), type);
}

// The number of a parameter $1; 0: the token is something else.
int parameter_number(std::string_view token) {
  int number = 0;
  if (token.size() < 2 || token[0] != '$') return 0;
  const auto [end, error] = std::from_chars(token.data() + 1, token.data() + token.size(), number);
  return error == std::errc() && end == token.data() + token.size() ? number : 0;
}

std::string with_parameters(const std::string& sql, const ParamListInfoData& parameters) {
  std::string out;
  std::size_t done = 0;
  for (const Token& token : scan(sql).tokens) {
    const int number = parameter_number(std::string_view(sql).substr(token.offset, token.length));
    if (number < 1 || number > parameters.numParams || !OidIsValid(parameters.params[number - 1].ptype)) continue;
    out += sql.substr(done, token.offset - done) + constant_of(parameters.params[number - 1]);
    done = token.offset + token.length;
  }
  return out + sql.substr(done);
}

}  // namespace

StatementId client_statement_id() {
  const Portal portal = client_portal();
  const PlannedStmt* statement = statement_of(portal);
  return {portal ? static_cast<std::uint64_t>(portal->creation_time) : 0, statement ? statement->stmt_location : -1};
}

std::string client_statement() {
  const Portal portal = client_portal();
  const std::string sql = to_utf8(trimmed(text_of(portal)));
  return portal && portal->portalParams && portal->portalParams->numParams > 0 ? with_parameters(sql, *portal->portalParams) : sql;
}

bool is_prepared_statement() {
  const PlannedStmt* statement = statement_of(client_portal());
  const Node* command = statement ? statement->utilityStmt : nullptr;
  if (command && IsA(command, CreateTableAsStmt)) command = reinterpret_cast<const CreateTableAsStmt*>(command)->query;
  if (command && IsA(command, Query)) command = reinterpret_cast<const Query*>(command)->utilityStmt;
  return command && IsA(command, ExecuteStmt);
}

}  // namespace strata::pg
