#include "pg/sessions.hpp"

#include "pg/catalog.hpp"

namespace strata::pg {
namespace {

constexpr const char* kSessions = R"(
SELECT a.pid::pg_catalog.text, pg_catalog.pg_get_userbyid(a.usesysid)::pg_catalog.text, a.application_name,
       pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.xact_start)::pg_catalog.text, a.state,
       pg_catalog.left(pg_catalog.regexp_replace(a.query, '[[:space:]]+', ' ', 'g'), 200), a.backend_type
FROM pg_catalog.pg_stat_get_activity(NULL) a WHERE a.pid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[]) ORDER BY a.pid)";

// A prepared transaction has no process.
constexpr const char* kHolders = R"(
SELECT DISTINCT l.pid::pg_catalog.text FROM pg_catalog.pg_locks l WHERE l.granted AND l.virtualtransaction OPERATOR(pg_catalog.=) ANY ($1))";

std::string sentence_on(const TextRow& session) {
  std::string text = fmt::format("Process {}", session[0].value_or("?"));
  if (session[1]) text += fmt::format(", role \"{}\", application \"{}\"", *session[1], session[2].value_or(""));
  else text += fmt::format(", {}", session[6].value_or("a process of the server"));
  if (session[3]) text += fmt::format(", {} for {}", session[4] && session[4]->starts_with("idle in") ? *session[4] : "in a transaction", *session[3]);
  return text + (session[5] && !session[5]->empty() ? fmt::format(": {}", *session[5]) : "");
}

}  // namespace

Texts describe_sessions(const std::string& pids) {
  Texts sentences;
  if (pids == "{}") return sentences;
  for (const TextRow& session : query_as_caller(kSessions, {parameter(pids)})) sentences.push_back(sentence_on(session));
  return sentences;
}

Texts describe_holders(const Texts& virtual_transactions) {
  Texts pids, sentences;
  for (const TextRow& holder : query_as_caller(kHolders, {parameter(virtual_transactions)})) {
    if (holder[0]) pids.push_back(*holder[0]);
    else sentences.push_back("A prepared transaction (pg_prepared_xacts): COMMIT PREPARED or ROLLBACK PREPARED ends it");
  }
  Texts of_processes = describe_sessions(fmt::format("{{{}}}", fmt::join(pids, ",")));
  sentences.insert(sentences.begin(), of_processes.begin(), of_processes.end());
  return sentences;
}

}  // namespace strata::pg
