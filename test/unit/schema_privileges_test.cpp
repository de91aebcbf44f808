// GRANT and REVOKE from one state of privileges to another, and what new objects are born with.
#include "schema/privileges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema_notation.hpp"

namespace strata::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Object object_of(std::string_view notation) { return model_of(notation).objects().front(); }

std::vector<std::string> said(std::string_view notation, const std::string& before, const std::string& after) {
  return sql_of(grants(object_of(notation), parse_acl(before), parse_acl(after), "me"));
}

TEST(Privileges, AreRead) {
  const Privileges expected = {{"@owner", {{"SELECT", false}, {"UPDATE", true}}}, {"@public", {{"SELECT", false}}}, {"\"a: b, c*\"", {{"INSERT", true}}}};
  EXPECT_EQ(parse_acl("@owner:SELECT,UPDATE*\n@public:SELECT\n\"a: b, c*\":INSERT*"), expected);
  EXPECT_TRUE(parse_acl("").empty());
}

TEST(Privileges, OneStatementForEachGranteeAndForm) {
  EXPECT_THAT(said("table t", "", "anna:SELECT,UPDATE"), ElementsAre("GRANT SELECT, UPDATE ON TABLE public.t TO anna"));
  EXPECT_THAT(said("table t", "anna:SELECT,UPDATE", ""), ElementsAre("REVOKE SELECT, UPDATE ON TABLE public.t FROM anna"));
  EXPECT_THAT(said("table t", "anna:SELECT", "\"An\"\"na\":SELECT\n@public:SELECT"),
              ElementsAre("REVOKE SELECT ON TABLE public.t FROM anna", "GRANT SELECT ON TABLE public.t TO \"An\"\"na\"", "GRANT SELECT ON TABLE public.t TO PUBLIC"));
  EXPECT_THAT(said("table t", "anna:SELECT", "anna:SELECT*"), ElementsAre("GRANT SELECT ON TABLE public.t TO anna WITH GRANT OPTION"));
  EXPECT_THAT(said("table t", "anna:SELECT*", "anna:SELECT"), ElementsAre("REVOKE GRANT OPTION FOR SELECT ON TABLE public.t FROM anna"));
  EXPECT_THAT(said("table t", "anna:SELECT,INSERT*,UPDATE*", "anna:DELETE*,SELECT*,UPDATE"),
              ElementsAre("REVOKE INSERT ON TABLE public.t FROM anna", "REVOKE GRANT OPTION FOR UPDATE ON TABLE public.t FROM anna",
                          "GRANT DELETE, SELECT ON TABLE public.t TO anna WITH GRANT OPTION"));
  EXPECT_THAT(said("table t", "anna:SELECT", "anna:SELECT"), IsEmpty());
}

TEST(Privileges, AllIsSaidShortly) {
  EXPECT_THAT(said("table t", "", "anna:DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE"), ElementsAre("GRANT ALL ON TABLE public.t TO anna"));
  EXPECT_THAT(said("sequence s", "@public:SELECT,UPDATE,USAGE", ""), ElementsAre("REVOKE ALL ON SEQUENCE public.s FROM PUBLIC"));
  EXPECT_THAT(said("schema s", "", "anna:CREATE,USAGE"), ElementsAre("GRANT ALL ON SCHEMA s TO anna"));
}

TEST(Privileges, OfTheOwnerNameHim) {
  EXPECT_THAT(said("table t: owner anna", "@owner:SELECT", ""), ElementsAre("REVOKE SELECT ON TABLE public.t FROM anna"));
  EXPECT_THAT(said("table t", "@owner:SELECT", ""), ElementsAre("REVOKE SELECT ON TABLE public.t FROM me"));
}

TEST(Privileges, OfColumnsNameThem) {
  EXPECT_THAT(said("column t.\"A b\"", "", "anna:INSERT,REFERENCES,SELECT,UPDATE*"),
              ElementsAre("GRANT INSERT(\"A b\"), REFERENCES(\"A b\"), SELECT(\"A b\") ON TABLE public.t TO anna", "GRANT UPDATE(\"A b\") ON TABLE public.t TO anna WITH GRANT OPTION"));
}

TEST(Privileges, EachKindHasItsNoun) {
  EXPECT_THAT(said("function f(integer): kind procedure", "", "a:EXECUTE"), ElementsAre("GRANT ALL ON PROCEDURE public.f(integer) TO a"));
  EXPECT_THAT(said("aggregate g(integer)", "", "a:EXECUTE"), ElementsAre("GRANT ALL ON FUNCTION public.g(integer) TO a"));
  EXPECT_THAT(said("view v", "", "a:SELECT"), ElementsAre("GRANT SELECT ON TABLE public.v TO a"));
  EXPECT_THAT(said("domain d", "", "a:USAGE"), ElementsAre("GRANT ALL ON TYPE public.d TO a"));
  EXPECT_THAT(said("server s", "", "a:USAGE"), ElementsAre("GRANT ALL ON FOREIGN SERVER s TO a"));
}

TEST(Privileges, AnEmptiedListIsNotAnAbsentOne) {
  EXPECT_EQ(privileges_of(object_of("function f()")), inborn_privileges(object_of("function f()")));
  Object emptied = object_of("function f()");
  emptied.properties.set("acl", "");
  EXPECT_TRUE(privileges_of(emptied).empty());
  EXPECT_THAT(sql_of(grants(emptied, inborn_privileges(emptied), privileges_of(emptied), "me")),
              ElementsAre("REVOKE ALL ON FUNCTION public.f() FROM me", "REVOKE ALL ON FUNCTION public.f() FROM PUBLIC"));
}

// acldefault(): PUBLIC may execute functions and use types and languages, and nothing else.
TEST(Privileges, Inborn) {
  for (const char* notation : {"function f()", "aggregate a()", "enum_type e", "domain d", "language l"}) EXPECT_TRUE(inborn_privileges(object_of(notation)).contains("@public")) << notation;
  for (const char* notation : {"table t", "sequence s", "schema s", "server s"}) EXPECT_FALSE(inborn_privileges(object_of(notation)).contains("@public")) << notation;
  EXPECT_TRUE(inborn_privileges(object_of("column t.a")).empty());
  EXPECT_TRUE(inborn_privileges(object_of("index t.a")).empty());
}

TEST(Privileges, DefaultsOfTheRoleCountAtBirth) {
  const Model present = model_of("default_privileges FOR ROLE me ON TABLES: acl @owner:SELECT\ndefault_privileges FOR ROLE me IN SCHEMA public ON TABLES: acl anna:SELECT,INSERT*\n"
                                 "default_privileges FOR ROLE you ON TABLES: acl bob:SELECT");
  EXPECT_EQ(privileges_at_birth(object_of("table t"), present, "me"), parse_acl("@owner:SELECT\nanna:SELECT,INSERT*"));
  EXPECT_EQ(privileges_at_birth(object_of("table s.t"), present, "me"), parse_acl("@owner:SELECT"));
  EXPECT_EQ(privileges_at_birth(object_of("view v"), present, "me"), parse_acl("@owner:SELECT\nanna:SELECT,INSERT*"));
  EXPECT_EQ(privileges_at_birth(object_of("sequence s"), present, "me"), inborn_privileges(object_of("sequence s")));
  EXPECT_EQ(privileges_at_birth(object_of("table t"), present, "you"), parse_acl("bob:SELECT"));
  EXPECT_EQ(privileges_at_birth(object_of("table t"), present, "she"), inborn_privileges(object_of("table t")));
}

TEST(Privileges, ANewObjectIsTakenWhatDefaultsGaveIt) {
  EXPECT_THAT(migration("default_privileges FOR ROLE me IN SCHEMA public ON TABLES: acl anna:SELECT", "default_privileges FOR ROLE me IN SCHEMA public ON TABLES: acl anna:SELECT\ntable t"),
              ElementsAre("CREATE TABLE public.t ()", "REVOKE SELECT ON TABLE public.t FROM anna"));
  EXPECT_THAT(migration("default_privileges FOR ROLE me IN SCHEMA public ON TABLES: acl anna:SELECT",
                        "default_privileges FOR ROLE me IN SCHEMA public ON TABLES: acl anna:SELECT\ntable t: acl @owner:DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE\\\nanna:SELECT"),
              ElementsAre("CREATE TABLE public.t ()"));
}

TEST(Privileges, DefaultPrivilegesThemselves) {
  const Object in_schema = object_of("default_privileges FOR ROLE r IN SCHEMA s ON TABLES: acl anna:SELECT,INSERT*");
  EXPECT_THAT(sql_of(default_grants(nullptr, &in_schema)), ElementsAre("ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s GRANT SELECT ON TABLES TO anna",
                                                                       "ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s GRANT INSERT ON TABLES TO anna WITH GRANT OPTION"));
  EXPECT_THAT(sql_of(default_grants(&in_schema, nullptr)), ElementsAre("ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s REVOKE INSERT, SELECT ON TABLES FROM anna"));
  const Object owners = object_of("default_privileges FOR ROLE \"a IN SCHEMA b\" IN SCHEMA s ON TABLES: acl @owner:SELECT");
  EXPECT_THAT(sql_of(default_grants(nullptr, &owners)), ElementsAre("ALTER DEFAULT PRIVILEGES FOR ROLE \"a IN SCHEMA b\" IN SCHEMA s GRANT SELECT ON TABLES TO \"a IN SCHEMA b\""));
  // A global one begins with what PostgreSQL gives, and taking it away gives that back.
  const Object global = object_of("default_privileges FOR ROLE r ON FUNCTIONS: acl @owner:EXECUTE");
  EXPECT_THAT(sql_of(default_grants(nullptr, &global)), ElementsAre("ALTER DEFAULT PRIVILEGES FOR ROLE r REVOKE ALL ON FUNCTIONS FROM PUBLIC"));
  EXPECT_THAT(sql_of(default_grants(&global, nullptr)), ElementsAre("ALTER DEFAULT PRIVILEGES FOR ROLE r GRANT ALL ON FUNCTIONS TO PUBLIC"));
  const Object odd = object_of("default_privileges FOR ROLE \"a ON b IN SCHEMA c\" ON TYPES: acl @owner:USAGE");
  EXPECT_THAT(sql_of(default_grants(nullptr, &odd)), ElementsAre("ALTER DEFAULT PRIVILEGES FOR ROLE \"a ON b IN SCHEMA c\" REVOKE ALL ON TYPES FROM PUBLIC"));
}

}  // namespace
}  // namespace strata::schema
