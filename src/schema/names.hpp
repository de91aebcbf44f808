// names.hpp - how SQL calls an object: the word after DROP, ALTER and COMMENT ON, and the name that follows it.
#pragma once

#include <string>

#include "schema/model.hpp"

namespace strata::schema {

// TABLE, MATERIALIZED VIEW, PROCEDURE, ...
std::string noun_of(const Object& object);
// What follows COMMENT ON: TABLE public.t, CONSTRAINT ok ON public.t, ...
std::string address_of(const Object& object);
// What follows GRANT ... ON; empty where the kind has no privileges.
std::string grant_target_of(const Object& object);
// An identifier as the server stores it: "a ""b""" -> a "b".
std::string unquoted(const std::string& identifier);
// public.t of TABLE public.t; of a column or constraint: that of its table.
std::string table_of(const Key& key);

// The table, view, type or domain that it is a part of; a key with an empty name where there is none.
Key owner_of(const Key& key, const Model& model);


// A name beside the present one, with a suffix of 5 letters and within the 63 bytes of an identifier.
std::string name_beside(const std::string& name, std::string_view suffix = "__old");

}  // namespace strata::schema
