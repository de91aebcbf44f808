// renamed.hpp - `-- migrate:renamed old_name` in desired DDL: what had another name before.
//
// A marker is a comment on a line of its own, above a CREATE, above an ALTER ... ADD, or above the line of a column, attribute or named
// constraint inside of one. The surprise: names come out as the server stores them, without quotes, so that Strange is strange and "Strange"
// stays; which of them are there is not known here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parse/query.hpp"

namespace strata {

struct RenamedMarker {
  int line = 0;
  std::string what;  // TABLE, MATERIALIZED VIEW, FUNCTION, TRIGGER, COLUMN, ATTRIBUTE, CONSTRAINT, DOMAIN CONSTRAINT, ...
  std::string old_name;
  std::string schema;  // empty: the DDL does not say it
  std::string owner;   // the table, type or domain that a part belongs to; of an index, trigger, policy or rule its table
  std::string name;    // the new one; of a function without its arguments
  bool operator==(const RenamedMarker&) const = default;
};

// In the order of the text. Raises MG009 with all that is wrong with markers. None for a text that prepare() refuses: running it tells why.
std::vector<RenamedMarker> renames_in(std::string_view ddl, const Tick& tick = no_tick);

}  // namespace strata
