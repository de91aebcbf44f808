// functions_squash.cpp - migrate_squash: one revision in the place of many that are applied.
#include <algorithm>
#include <sstream>

#include "core/file.hpp"
#include "core/resolve.hpp"
#include "core/squash.hpp"
#include "core/text.hpp"
#include "pg/author.hpp"
#include "pg/deadline.hpp"
#include "pg/journal.hpp"
#include "pg/loader.hpp"
#include "pg/replay.hpp"
#include "pg/runner.hpp"
#include "pg/settings.hpp"
#include "pg/snapshot.hpp"
#include "schema/script.hpp"

extern "C" {
#include "nodes/parsenodes.h"
#include "utils/timestamp.h"
}

using namespace strata;
using namespace strata::pg;

namespace {

enum class Data { refuse, carry, discard };

Data data_named(const std::string& name) {
  if (name == "refuse") return Data::refuse;
  if (name == "carry") return Data::carry;
  if (name == "discard") return Data::discard;
  throw Error(sqlstate::invalid_parameter, fmt::format("data is refuse, carry or discard, not {}", quoted(name)))
      .with_hint("carry takes the statements that may change rows over into the new revision, discard leaves them out.");
}

enum class Effect { none, data, data_and_schema };

// A SELECT may call a function that changes rows. A table that is made with rows is part of the schema as well, so it cannot be said again.
Effect effect_of(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
    case T_MergeStmt:
    case T_TruncateStmt:
    case T_CopyStmt:
    case T_DoStmt:
    case T_CallStmt:
    case T_ExecuteStmt:
    case T_ExplainStmt:
    case T_RefreshMatViewStmt: return Effect::data;
    case T_SelectStmt: return reinterpret_cast<const SelectStmt*>(statement)->intoClause ? Effect::data_and_schema : Effect::data;
    case T_CreateTableAsStmt: {
      const auto* made = reinterpret_cast<const CreateTableAsStmt*>(statement);
      return made->objtype == OBJECT_TABLE && !made->into->skipData ? Effect::data_and_schema : Effect::none;
    }
    default: return Effect::none;
  }
}

// A generated revision puts sequences behind the rows that are there; where all is built anew there are none.
bool is_generated(const std::string& sql) { return sql.starts_with("SELECT pg_catalog.setval('") && sql.find(" HAVING pg_catalog.m") != std::string::npos; }

struct DataStatement {
  std::string where;
  std::string sql;
  std::string repeat;                 // the line -- migrate:repeat above it
  std::optional<std::string> hindrance;  // why it cannot be carried over
};

// The statement begins on this line, from 1; comments stand above it.
std::string repeat_above(const std::string& script, int line) {
  Texts lines;
  std::istringstream text(script);
  for (std::string one; static_cast<int>(lines.size()) < line - 1 && std::getline(text, one);) lines.push_back(one);
  for (; !lines.empty(); lines.pop_back()) {
    const auto begin = lines.back().find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    if (lines.back().compare(begin, 2, "--") != 0) return {};
    if (lines.back().find("migrate:repeat") != std::string::npos) return lines.back().substr(begin) + "\n";
  }
  return {};
}

// What a script sets holds for the statements behind it, and not for those of other revisions.
std::optional<std::string> setting_of(const Node* statement) {
  if (nodeTag(statement) != T_VariableSetStmt) return std::nullopt;
  const char* name = reinterpret_cast<const VariableSetStmt*>(statement)->name;
  if (!name || std::string_view(name) == "check_function_bodies") return std::nullopt;
  return name;
}

std::vector<DataStatement> data_statements(const std::vector<ReplayStep>& steps) {
  std::vector<DataStatement> found;
  for (const ReplayStep& step : steps) {
    const ScriptRun script(step.sql, {step.name, 1});
    std::optional<std::string> setting;
    for (int i = 0; i < script.size(); i++) {
      if (auto set = setting_of(script.statement(i))) setting = std::move(set);
      const Effect effect = effect_of(script.statement(i));
      const std::string sql = script.text(i);
      if (effect == Effect::none || is_generated(sql)) continue;
      DataStatement data{fmt::format("{}, line {}", step.name, script.line(i)), sql, repeat_above(step.sql, script.line(i)), std::nullopt};
      if (effect == Effect::data_and_schema) data.hindrance = "it makes a table and fills it";
      else if (setting) data.hindrance = fmt::format("the script sets {} before", *setting);
      found.push_back(std::move(data));
    }
  }
  return found;
}

std::string list_of(const std::vector<DataStatement>& statements) {
  constexpr std::size_t most = 100;
  Texts lines;
  for (const DataStatement& statement : statements)
    if (lines.size() < most) lines.push_back(fmt::format("{}: {}", statement.where, quoted(statement.sql)));
  if (statements.size() > most) lines.push_back(fmt::format("and {} more", statements.size() - most));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

void require_none(const std::vector<DataStatement>& statements) {
  if (statements.empty()) return;
  const std::size_t count = statements.size();
  throw Error(sqlstate::wrong_state, fmt::format("{} statement{} of these revisions may change rows", count, count == 1 ? "" : "s"))
      .with_detail(list_of(statements))
      .with_hint("data => 'carry' takes them over, behind all that makes the schema; data => 'discard' leaves them out.");
}

void require_portable(const std::vector<DataStatement>& statements) {
  Texts lines;
  for (const DataStatement& statement : statements)
    if (statement.hindrance) lines.push_back(fmt::format("{}: {}", statement.where, *statement.hindrance));
  if (lines.empty()) return;
  throw Error(sqlstate::wrong_state, fmt::format("{} of the statements that may change rows cannot be carried over", lines.size()))
      .with_detail(fmt::format("{}", fmt::join(lines, "\n")))
      .with_hint("data => 'discard' leaves all of them out; add what is needed to the new revision before it is loaded elsewhere.");
}

std::string with_data(std::string script, const std::vector<DataStatement>& statements) {
  for (const DataStatement& statement : statements) script += fmt::format("\n-- from the {}\n{}{};\n", statement.where, statement.repeat, statement.sql);
  return script;
}

Index revision_named(const Graph& known, const std::string& target, const Texts& rows) {
  const Indexes found = resolve(known, target, locate(known, rows));
  if (found.size() != 1) throw Error(sqlstate::several_heads, fmt::format("{} does not name one revision", quoted(target))).with_hint("Name it by its id.");
  return found[0];
}

// Version rows and log go over to the new revision; what is below and above stays.
void replace(const Graph& known, const Segment& segment, const Relinked& links, Revision revision, const Texts& rows, Snapshot latest) {
  std::vector<StoredRevision> changes{prepared_revision(revision)};
  for (const Lineage& lineage : links.changed) {
    auto stored = find_revision(lineage.id, latest);
    stored->lineage = lineage;
    changes.push_back(std::move(*stored));
  }
  Texts after = rows;
  std::replace(after.begin(), after.end(), known.id(segment.revisions.back()), revision.lineage.id);
  std::sort(after.begin(), after.end());
  write_revisions(changes, ids_of(known, segment.revisions));
  write_version_rows(after);
  write_log({{Operation::stamp, revision.lineage.id, rows, after, GetCurrentTimestamp(), 0, std::nullopt, std::nullopt}});
}

// Where one of them has no way back, their sum has none: a baseline is not to become what drops everything.
void leave_irreversible(Revision& revision, const Graph& known, const Segment& segment, Snapshot latest) {
  for (const Index index : segment.revisions) {
    const std::string id(known.id(index));
    if (find_revision(id, latest)->is_reversible()) continue;
    say(NOTICE, "the new revision is irreversible", {fmt::format("Revision {} is.", quoted(id)), ""});
    revision.downgrade.reset();
    return;
  }
}

}  // namespace

STRATA_FUNCTION(migrate_squash) {
  const Arguments arguments(fcinfo);
  const std::string from = arguments.text(0, "from_revision"), to = arguments.text(1, "to_revision"), message = arguments.text(2, "message");
  const auto rev_id = arguments.optional_text(3);
  const Data data = data_named(arguments.text(4, "data"));
  require_script_access();
  std::string id;
  with_migration([&](Snapshot latest) {
    require_nothing_half_applied(latest);
    const SharedGraph known = graph(latest);
    const Texts rows = version_rows(latest);
    const Segment segment = closed_segment(*known, revision_named(*known, from, rows), revision_named(*known, to, rows), rows);
    id = id_of_new(*known, rev_id);
    const auto first = replay_steps(*known, segment.before, latest), second = replay_steps(*known, segment.revisions, latest);
    auto statements = data_statements(second);
    if (data == Data::refuse) require_none(statements);
    if (data == Data::carry) require_portable(statements);
    if (data == Data::discard && !statements.empty()) {
      say(NOTICE, fmt::format("{} statement{} that may change rows left out", statements.size(), statements.size() == 1 ? "" : "s"), {list_of(statements), ""});
      statements.clear();
    }
    const Relinked links = relink(*known, segment, id);
    Revision revision{links.squashed, tidy_message(message), now_to_the_second(), {}, std::nullopt, ""};
    with_deadline(settings().check_timeout, [&] {
      const Replayed replayed = replay(first, second);
      revision.upgrade.sql = tidy_script(with_data(schema::script_of(plan_between(replayed.before, replayed.after).statements), statements));
      revision.downgrade = Script{tidy_script(schema::script_of(plan_between(replayed.after, replayed.before).statements))};
      prove_replacement(replayed, first, revision.upgrade.sql, revision.downgrade->sql);
    });
    leave_irreversible(revision, *known, segment, latest);
    check_printable(revision);
    replace(*known, segment, links, std::move(revision), rows, latest);
    move_snapshot(rows);
    say(INFO, segment.revisions.size() == 1 ? fmt::format("1 revision is another one now: {}", id) : fmt::format("{} revisions are one now: {}", segment.revisions.size(), id),
        {"", fmt::format("Put the text of migrate_script({}) in the place of their files before the next load.", quoted(id))});
  });
  return datum_of(id);
}
