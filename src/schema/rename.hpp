// rename.hpp - what gets another name instead of being dropped and made anew.
//
// Renames are said by the author of the desired DDL, never assumed; what looks like one is only suggested. They run before everything else:
// the schema that they lead to is read again and compared. The surprise: parts are renamed before the table they belong to, and tables
// before their schema, so every statement calls the rest by its present name, and undoing them in the reverse order does the same.
#pragma once

#include <string>
#include <vector>

#include "schema/statement.hpp"

namespace strata::schema {

// A `-- migrate:renamed`; names as the server stores them, without quotes.
struct RenameMark {
  int line = 0;
  std::string what;      // TABLE, FUNCTION, COLUMN, DOMAIN CONSTRAINT, ...: as SQL says it
  std::string old_name;
  std::string schema;    // empty: of the search path
  std::string owner;     // the table, type or domain of a part
  std::string name;
};

struct Rename {
  Key from;              // as it is called at present
  std::string new_name;  // as SQL; of a function without its arguments
  bool operator==(const Rename&) const = default;
};

// f of a routine f(integer); of anything else its name.
std::string name_alone(const Key& key);

// Which of the marks are not done yet, in the order in which they can run. `search_path`: unquoted. Raises 55000 with all marks that
// mean nothing: neither name is there, both are, or the desired schema does not have the new one.
std::vector<Rename> resolve_renames(const std::vector<RenameMark>& marks, const Model& live, const Model& desired, const std::vector<std::string>& search_path);

// In the order given, and from there back.
Statements rename_statements(const std::vector<Rename>& renames, const Model& live);
Statements undo_statements(const std::vector<Rename>& renames, const Model& live);

struct Suggestion {
  Key from, to;
  std::string text;  // table public.a may have become public.b: write "-- migrate:renamed a" above it
};
// What is dropped and what is added, of one kind and the same but for the name, where that can be said of no other pair.
std::vector<Suggestion> suggest_renames(const Model& live, const Model& desired);

}  // namespace strata::schema
