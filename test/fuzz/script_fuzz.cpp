// Scripts: prepare() and the lint never crash, places are inside the text, and the checksum stands comments and blanks.
#include <cstdint>
#include <cstdlib>

#include "lint/rules.hpp"
#include "parse/query.hpp"
#include "parse/enum_use.hpp"
#include "parse/script.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// The same statements, laid out anew: a comment and a line before each token (but inside n'...', where it has a meaning).
std::string respaced(const strata::PreparedScript& script) {
  std::string text = "-- respaced\n;";
  for (const strata::Statement& statement : script.statements) {
    const std::string sql = script.sql.substr(statement.offset, statement.length);
    const strata::ScanResult result = strata::scan(sql);
    require(!result.fault);
    bool opens_string = false;
    for (const strata::Token& token : result.tokens) {
      if (token.kind == strata::Token::Kind::comment) continue;
      text += (opens_string ? "" : " /* x /* y */ */\n\t") + sql.substr(token.offset, token.length);
      opens_string = token.kind == strata::Token::Kind::constant && (sql[token.offset] == 'n' || sql[token.offset] == 'N');
    }
    text += "\n;;";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const strata::PreparedScript script = strata::prepare(sql);
  require(script.sql.size() == sql.size());
  require(script.faults.empty() == !script.checksum.empty());
  for (const strata::ScriptFault& fault : script.faults)
    require(fault.offset <= sql.size() && fault.line >= 1 && fault.column >= 1 && fault.message.size() < 2000);
  std::size_t end = 0;
  for (const strata::Statement& statement : script.statements) {
    require(statement.offset >= end && statement.length > 0);
    end = statement.offset + statement.length;
    require(end <= sql.size());
  }
  strata::lint(script);
  strata::EnumValueWatch().next(script);
  if (!script.faults.empty()) return 0;

  const strata::PreparedScript again = strata::prepare(script.sql);
  require(again.checksum == script.checksum && again.sql == script.sql);
  const strata::PreparedScript other = strata::prepare(respaced(script));
  require(other.checksum == script.checksum);
  return 0;
}
