// runner.hpp - carries out a plan in the caller's transaction. It decides nothing.
//
// Version rows and log entries are written once, after the last step: the transaction is all or nothing anyway.
// The surprise: with_migration() must come before the plan is made, because it waits for other migrations to end.
#pragma once

#include <functional>

#include "core/repeat.hpp"
#include "pg/executor.hpp"
#include "pg/job.hpp"

namespace strata::pg {

// Takes the migration lock, then runs `body` with a snapshot of what is committed now. Raises 40001 when the caller's
// transaction works on an older snapshot (repeatable read, serializable) in which the catalog differs.
void with_migration(const std::function<void(Snapshot)>& body);

// What a script must leave as it is: the functions alone write the catalog, and a script cannot call those.
class CatalogWatch {
 public:
  explicit CatalogWatch(std::string culprit);
  void check_tables() const;  // raises 55000 when a table of it was dropped, renamed or altered
  void check_rows() const;    // raises 55000 when the revisions or the version rows were changed

 private:
  std::string culprit_;
  Catalog tables_;
  std::string generation_;
  Texts rows_;
};

// How scripts are called in messages.
ScriptName name_of_script(const Job& job);
// Hints for errors that another way of running would not raise.
const char* advice_on(const ErrorData& report);
// What each statement of a script says of being repeated; empty for the most, where none does.
std::vector<std::optional<Repeat>> repeats_of(const std::string& sql);
// Raises 54000 when a repeated statement has affected more rows than its max_rows.
void require_within_limit(const Repeat& repeat, std::uint64_t rows, const std::string& statement);

// How a script is run inside the transaction that is open.
struct ScriptWay {
  // Runs one statement and returns the number of rows that it has affected.
  std::function<std::uint64_t(ScriptRun&, int number)> run_statement;
  std::optional<int> lock_timeout;  // that it starts with, in milliseconds; none: the caller's
  enum class Deferred { at_commit, at_end } deferred = Deferred::at_commit;
};

// A whole script, with settings of its own; repeated statements repeat at once.
void run_script(const Job& job, const ScriptWay& way);

struct DoneStep {
  Job job;
  std::int64_t microseconds;
};

// `rows` are the version rows as they are. Raises MG008 for a revision that cannot run in a transaction before anything has run, then
// whatever the scripts raise.
std::vector<DoneStep> carry_out(const Graph& graph, Plan plan, const Texts& rows, Snapshot snapshot);

}  // namespace strata::pg
