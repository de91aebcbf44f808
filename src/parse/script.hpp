// script.hpp - a script as it is stored and run: checked, split, classified, with its checksum.
//
// prepare() works on one section of a revision file (Script::sql) and counts lines from 1 there; in_file() moves a
// fault to its line of the file. The surprise: a script wrapped in BEGIN ... COMMIT keeps its length, the pair is
// blanked, so every offset and line is that of the text the author wrote.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/repeat.hpp"
#include "core/revision.hpp"
#include "parse/classify.hpp"
#include "parse/query.hpp"

namespace strata {

struct ScriptFault {
  SqlState sqlstate;  // 42601, MG009, 54000
  std::size_t offset = 0;
  int line = 1;
  int column = 1;
  std::string message;
  std::string hint;
  bool operator==(const ScriptFault&) const = default;
};

struct Statement {
  std::size_t offset = 0;  // of the first token; PreparedScript::sql.substr(offset, length) is the statement without `;`
  std::size_t length = 0;
  int line = 1;
  std::optional<std::string> not_in_transaction;  // why it cannot run inside a transaction block
  std::optional<AddedEnumValue> added_enum_value;
  std::optional<Repeat> repeat;  // it stands below `-- migrate:repeat`
};

struct PreparedScript {
  std::string sql;  // same length and lines as the input
  std::vector<Statement> statements;
  std::string checksum;             // empty when there are faults
  std::vector<ScriptFault> faults;  // in the order of the text; a syntax error hides those after it
};

// Checks and splits a script (DESIGN 1.1). What is wrong with the text is in `faults`: 42601 syntax error; MG009 transaction
// control, COPY from or to the client, psql meta-commands, a NUL byte, `-- migrate:repeat` where nothing can be repeated; 54000 more than max_script_bytes.
PreparedScript prepare(std::string_view sql, const Tick& tick = no_tick);

// The fault at its place in the file that `script` came from.
FileFault in_file(const ScriptFault&, const Script& script, std::string_view file);

}  // namespace strata
