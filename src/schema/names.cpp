#include "schema/names.hpp"

#include <algorithm>
#include <initializer_list>

namespace strata::schema {
namespace {

Key first_there(const Model& model, std::initializer_list<Kind> kinds, const std::string& schema, const std::string& name) {
  for (const Kind kind : kinds) {
    Key key{kind, schema, "", name};
    if (model.find(key)) return key;
  }
  return {};
}

}  // namespace

std::string noun_of(const Object& object) {
  switch (object.key.kind) {
    case Kind::schema: return "SCHEMA";
    case Kind::extension: return "EXTENSION";
    case Kind::language: return "LANGUAGE";
    case Kind::collation: return "COLLATION";
    case Kind::conversion: return "CONVERSION";
    case Kind::enum_type:
    case Kind::composite_type:
    case Kind::range_type: return "TYPE";
    case Kind::domain: return "DOMAIN";
    case Kind::domain_constraint:
    case Kind::constraint: return "CONSTRAINT";
    case Kind::function: return object.get("kind") == "procedure" ? "PROCEDURE" : "FUNCTION";
    case Kind::aggregate: return "AGGREGATE";
    case Kind::operator_: return "OPERATOR";
    case Kind::operator_family: return "OPERATOR FAMILY";
    case Kind::operator_class: return "OPERATOR CLASS";
    case Kind::cast: return "CAST";
    case Kind::ts_parser: return "TEXT SEARCH PARSER";
    case Kind::ts_template: return "TEXT SEARCH TEMPLATE";
    case Kind::ts_dictionary: return "TEXT SEARCH DICTIONARY";
    case Kind::ts_configuration: return "TEXT SEARCH CONFIGURATION";
    case Kind::foreign_data_wrapper: return "FOREIGN DATA WRAPPER";
    case Kind::server: return "SERVER";
    case Kind::user_mapping: return "USER MAPPING FOR";
    case Kind::sequence:
    case Kind::sequence_owner: return "SEQUENCE";
    case Kind::table:
    case Kind::partition:
    case Kind::replica_identity:
    case Kind::clustering: return "TABLE";
    case Kind::foreign_table: return "FOREIGN TABLE";
    case Kind::attribute:
    case Kind::column:
    case Kind::column_default:
    case Kind::view_column: return "COLUMN";
    case Kind::view: return "VIEW";
    case Kind::materialized_view: return "MATERIALIZED VIEW";
    case Kind::index:
    case Kind::index_attachment: return "INDEX";
    case Kind::statistics: return "STATISTICS";
    case Kind::rule: return "RULE";
    case Kind::trigger: return "TRIGGER";
    case Kind::policy: return "POLICY";
    case Kind::publication: return "PUBLICATION";
    case Kind::event_trigger: return "EVENT TRIGGER";
    case Kind::default_privileges: return "DEFAULT PRIVILEGES";
  }
  return {};
}

std::string address_of(const Object& object) {
  const Key& key = object.key;
  switch (key.kind) {
    case Kind::attribute:
    case Kind::column:
    case Kind::column_default:
    case Kind::view_column:
      return "COLUMN " + qualified_parent(key) + "." + key.name;
    case Kind::domain_constraint:
      return "CONSTRAINT " + key.name + " ON DOMAIN " + qualified_parent(key);
    case Kind::constraint:
    case Kind::rule:
    case Kind::trigger:
    case Kind::policy:
      return noun_of(object) + " " + key.name + " ON " + qualified_parent(key);
    default:
      return noun_of(object) + " " + qualified_name(key);
  }
}

std::string grant_target_of(const Object& object) {
  const std::string name = qualified_name(object.key);
  switch (object.key.kind) {
    case Kind::schema: return "SCHEMA " + name;
    case Kind::language: return "LANGUAGE " + name;
    case Kind::enum_type:
    case Kind::composite_type:
    case Kind::domain:
    case Kind::range_type: return "TYPE " + name;
    case Kind::function: return noun_of(object) + " " + name;
    case Kind::aggregate: return "FUNCTION " + name;
    case Kind::foreign_data_wrapper: return "FOREIGN DATA WRAPPER " + name;
    case Kind::server: return "FOREIGN SERVER " + name;
    case Kind::sequence: return "SEQUENCE " + name;
    case Kind::table:
    case Kind::foreign_table:
    case Kind::view:
    case Kind::materialized_view: return "TABLE " + name;
    case Kind::column:
    case Kind::view_column: return "TABLE " + qualified_parent(object.key);
    default: return {};
  }
}

std::string unquoted(const std::string& identifier) {
  if (identifier.size() < 2 || identifier.front() != '"') return identifier;
  std::string text;
  for (std::size_t i = 1; i + 1 < identifier.size(); i++) {
    text += identifier[i];
    if (identifier[i] == '"') i++;
  }
  return text;
}

std::string table_of(const Key& key) { return key.parent.empty() ? qualified_name(key) : qualified_parent(key); }

Key owner_of(const Key& key, const Model& model) {
  switch (key.kind) {
    case Kind::attribute: return {Kind::composite_type, key.schema, "", key.parent};
    case Kind::domain_constraint: return {Kind::domain, key.schema, "", key.parent};
    case Kind::column:
    case Kind::constraint: return first_there(model, {Kind::table, Kind::foreign_table}, key.schema, key.parent);
    case Kind::column_default: return {Kind::column, key.schema, key.parent, key.name};
    case Kind::index:
    case Kind::rule:
    case Kind::trigger:
    case Kind::policy:
      return first_there(model, {Kind::table, Kind::materialized_view, Kind::view, Kind::foreign_table}, key.schema, key.parent);
    case Kind::view_column: return first_there(model, {Kind::view, Kind::materialized_view}, key.schema, key.parent);
    case Kind::replica_identity:
    case Kind::partition: return first_there(model, {Kind::table, Kind::foreign_table}, key.schema, key.name);
    case Kind::clustering: return first_there(model, {Kind::table, Kind::materialized_view}, key.schema, key.name);
    case Kind::sequence_owner: return {Kind::sequence, key.schema, "", key.name};
    case Kind::index_attachment: {
      Key index{Kind::index, key.schema, key.parent, key.name};
      if (model.find(index)) return index;
      return {Kind::constraint, key.schema, key.parent, key.name};
    }
    default: return {};
  }
}

std::string name_beside(const std::string& name, std::string_view suffix) {
  const bool quoted = name.starts_with('"');
  std::string plain = quoted ? name.substr(1, name.size() - 2) : name;
  std::size_t length = std::min<std::size_t>(plain.size(), 57);
  while (length > 0 && length < plain.size() && (static_cast<unsigned char>(plain[length]) & 0xC0) == 0x80) length--;
  plain.resize(length);
  if (std::count(plain.begin(), plain.end(), '"') % 2 != 0) plain.pop_back();  // half of a quote in the name
  plain += suffix;
  return quoted ? '"' + plain + '"' : plain;
}

}  // namespace strata::schema
