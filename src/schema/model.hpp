// model.hpp - a database schema as values: what a reader of the catalogs fills in and everything else compares, orders and prints.
//
// An object is a kind, a name and properties; a property that is not there has PostgreSQL's default. The surprise: every name in
// here is SQL already, quoted as the server's quote_ident does it, and every expression is what the server's deparser prints under
// an empty search_path, so equal text means equal meaning and printing is concatenation.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::schema {

// In the order in which independent things are created. docs/schema.md tells what is read of each.
enum class Kind : std::uint8_t {
  schema,
  extension,
  language,
  collation,
  conversion,
  enum_type,
  composite_type,
  attribute,  // of a composite type
  domain,
  domain_constraint,
  range_type,
  function,  // procedures and window functions as well
  aggregate,
  operator_,
  operator_family,
  operator_class,
  cast,
  ts_parser,
  ts_template,
  ts_dictionary,
  ts_configuration,
  foreign_data_wrapper,
  server,
  user_mapping,
  sequence,
  table,  // partitioned ones as well
  foreign_table,
  column,          // of a table or foreign table
  column_default,  // of a column; the expression of a generated column is a property of the column
  partition,       // that a table is attached to a partitioned one
  sequence_owner,  // that a sequence belongs to a column
  view,
  materialized_view,
  view_column,  // only what is said of it: comment, privileges, default, statistics
  index,        // those of constraints are part of the constraint
  constraint,
  index_attachment,  // that an index (or the index of a constraint) of a partition belongs to one of the partitioned table
  replica_identity,
  clustering,
  statistics,
  rule,
  trigger,
  policy,
  publication,
  event_trigger,
  default_privileges,
};
inline constexpr int kKindCount = static_cast<int>(Kind::default_privileges) + 1;

// As SQL says it, lower case: "materialized view", "column default".
std::string_view name_of(Kind kind);
std::optional<Kind> kind_named(std::string_view name);

// What makes an object the same one in two schemas. `schema` is empty for what belongs to the whole database; `parent` is the
// table, type, view or domain that a column, constraint, index, trigger, rule or policy belongs to (it is in the same schema).
struct Key {
  Kind kind = Kind::schema;
  std::string schema;
  std::string parent;
  std::string name;  // functions: name(argument types); operator classes: name USING method
  auto operator<=>(const Key&) const = default;
};

// schema.name, or schema.parent for a thing of a table; as SQL.
std::string qualified_name(const Key& key);
std::string qualified_parent(const Key& key);
// For people: "column public.bookings.priority", "constraint ok on public.bookings", "function public.f(integer)".
std::string title_of(const Key& key);

// A few sorted pairs: name of the property and its value.
class Properties {
 public:
  using Pair = std::pair<std::string, std::string>;
  const std::string* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // The value, or an empty text.
  const std::string& get(std::string_view name) const;
  void set(std::string name, std::string value);
  void erase(std::string_view name);
  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }
  bool empty() const { return pairs_.empty(); }
  bool operator==(const Properties&) const = default;

 private:
  std::vector<Pair> pairs_;
};

struct Object {
  Key key;
  int position = 0;  // of a column or attribute; says the order, is not compared
  Properties properties;
  std::vector<Key> needs;  // what must be there for it to be there (pg_depend); sorted, without itself

  const std::string& get(std::string_view property) const { return properties.get(property); }
  bool has(std::string_view property) const { return properties.has(property); }
};

// Something that is there and that nobody here knows how to compare.
struct NotCompared {
  std::string kind;  // as SQL says it
  std::string name;
  auto operator<=>(const NotCompared&) const = default;
};

class Model {
 public:
  Model() = default;
  // In any order; of equal keys the last one stays.
  explicit Model(std::vector<Object> objects, std::vector<NotCompared> not_compared = {});

  const std::vector<Object>& objects() const { return objects_; }  // sorted by key
  const std::vector<NotCompared>& not_compared() const { return not_compared_; }
  const Object* find(const Key& key) const;
  // The things of a table, type, view or domain, of all kinds, in the order of kind, position and name.
  std::vector<const Object*> children_of(const Key& parent) const;

 private:
  std::vector<Object> objects_;
  std::vector<NotCompared> not_compared_;
};

}  // namespace strata::schema
