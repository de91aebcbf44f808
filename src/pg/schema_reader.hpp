// schema_reader.hpp - the catalogs of the server as a schema::Model.
//
// One snapshot for everything, as the owner of the extension, under a search_path that holds pg_catalog alone and under settings
// that make the deparser's text the same in every session. The surprise: what is read is what is committed at that moment (and
// the caller's own changes), whatever snapshot the calling query has.
#pragma once

#include "pg/address.hpp"
#include "schema/model.hpp"

namespace strata::pg {

struct ReadScope {
  std::vector<std::string> schemas;  // real names, not quoted; those that are not there are passed over
  enum class Needs { read, leave_out };
  Needs needs = Needs::read;
  // Objects that are not of this schema: what belonged to the database before (publications, servers, casts, languages ...).
  std::vector<Address> hidden;
};

// Left out: what belongs to an extension, what the server makes itself, temporary things. What is in one of the schemas and
// cannot be compared is in not_compared(). An object that vanishes while it is read is left out.
schema::Model read_schema(const ReadScope& scope);

}  // namespace strata::pg
