// hiding.hpp - the rows of the catalogs that a hidden world writes, as the owner of the extension.
//
// Names of schemas and of what belongs to the whole database; extensions come along. The surprise: it is all plain UPDATE and DELETE, where
// ALTER would lock the tables of extensions against their readers. That is sound only because it is rolled back.
#pragma once

#include "pg/address.hpp"

namespace strata::pg {

// A schema that was there.
struct HiddenSchema {
  std::string name;
  Oid oid;
  Oid owner;
};

// A schema in its place, or one that was not there.
struct FreshSchema {
  std::string name;
  Oid owner;
  enum class State { empty, as_initdb } state;
};

// The schemas that are there, of these names.
std::vector<HiddenSchema> find_schemas(const std::vector<std::string>& names);

// A member of an extension, or what goes with one: indexes, row types, array types, constraints.
struct Lodger {
  Address address;
  Oid schema;
};
std::vector<Lodger> find_lodgers(const std::vector<HiddenSchema>& schemas);

void rename_schemas(const std::vector<HiddenSchema>& schemas);
Oid create_schema(const FreshSchema& schema);
// Moves those that live in `from`, and the membership of the schema itself.
void move_lodgers(const std::vector<Lodger>& lodgers, Oid from, Oid to);

enum class ForeignServers { rename, leave };
void hide_globals(ForeignServers servers);
// What is there of the whole database's.
std::vector<Address> read_globals();

// Does anybody replay the WAL of this server, now or later?
bool is_replayed();

}  // namespace strata::pg
