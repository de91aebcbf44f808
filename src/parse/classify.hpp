// classify.hpp - what one statement needs and does, read off its tokens.
//
// No parse tree is asked for (see query.hpp). The tokens are those of one statement that is known to parse; comments
// among them do not matter. Rules are those of PostgreSQL 15 to 18 (callers of PreventInTransactionBlock). What depends on
// the database (REINDEX or CLUSTER of a partitioned table, a procedure that commits) is not seen here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/token.hpp"

namespace strata {

// Why the statement cannot run inside a transaction block, e.g. "CREATE INDEX CONCURRENTLY cannot run inside a transaction
// block"; nothing when it can.
std::optional<std::string> reason_not_in_transaction(const TokenView& statement);

// BEGIN, COMMIT, SAVEPOINT and the like.
enum class TransactionControl { none, begin, commit, other };
// `begin` and `commit` are the plain forms that can be dropped as a pair: no isolation level, no AND CHAIN.
TransactionControl transaction_control(const TokenView& statement);

// The index in `statement.tokens` of the STDIN or STDOUT of a COPY from or to the client.
std::optional<std::size_t> find_client_copy(const TokenView& statement);

// ALTER TYPE ... ADD VALUE 'label'. `type` is as the server would read it: folded, quotes removed, schema with a dot.
struct AddedEnumValue {
  std::string type;
  std::string label;
  bool operator==(const AddedEnumValue&) const = default;
};
std::optional<AddedEnumValue> added_enum_value(const TokenView& statement);

// The value of a string constant as written ('..', E'..', $$..$$); nothing for other constants and for escapes that would
// have to be decoded.
std::optional<std::string> string_value(std::string_view constant);

}  // namespace strata
