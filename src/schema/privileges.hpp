// privileges.hpp - what GRANT and REVOKE say, from one state of an object's privileges to another.
//
// The property `acl` is absent where an object has the privileges it is born with (acldefault). The surprise: what a new object
// really starts with also depends on ALTER DEFAULT PRIVILEGES of the role that creates it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "schema/statement.hpp"

namespace strata::schema {

// Grantee (@owner, @public or a quoted role) -> privilege -> with grant option?
using Privileges = std::map<std::string, std::map<std::string, bool>>;

Privileges parse_acl(const std::string& acl);
// What an object of this kind has when nobody has said anything.
Privileges inborn_privileges(const Object& object);
// What it has: the property, or what it is born with.
Privileges privileges_of(const Object& object);
// What an object has right after `role` has created it where these default privileges hold.
Privileges privileges_at_birth(const Object& object, const Model& present, const std::string& role);

// From one state to another, as the object of `to` is called. `role` stands for the owner where none is known.
Statements grants(const Object& to, const Privileges& before, const Privileges& after, const std::string& role);
// ALTER DEFAULT PRIVILEGES from one to another; null: what PostgreSQL starts with.
Statements default_grants(const Object* from, const Object* to);

}  // namespace strata::schema
