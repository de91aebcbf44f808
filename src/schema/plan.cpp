#include "schema/plan.hpp"

#include <algorithm>
#include <map>

#include "schema/alter_table.hpp"
#include "schema/conversions.hpp"
#include "schema/limits.hpp"
#include "schema/lists.hpp"
#include "schema/locks.hpp"
#include "schema/names.hpp"
#include "schema/privileges.hpp"
#include "schema/rewrites.hpp"
#include "schema/steps.hpp"

namespace strata::schema {
namespace {

bool is_integer(const std::string& type) { return type == "smallint" || type == "integer" || type == "bigint"; }

class Writer {
 public:
  Writer(const Model& from, const Model& to, const PlanOptions& options) : entities_(from, to), options_(options), around_{&from, options.role} {}

  Migration write() {
    write_steps();
    for (int type = used_enum(); options_.in_one_transaction && type >= 0; type = used_enum()) {
      entities_.make_anew(type);
      out_ = {};
      later_.clear();
      write_steps();
    }
    return std::move(out_);
  }

 private:
  void write_steps() {
    for (const Step& step : ordered_steps(entities_)) {
      switch (step.verb) {
        case Verb::drop: write_drop(step); break;
        case Verb::set_aside: write_set_aside(step); break;
        case Verb::park: write_park(*entities_[step.entity].from); break;
        case Verb::leave: write_heritage(step.entity, " NO INHERIT ", entities_.heritage_of(step.entity).left); break;
        case Verb::join: write_heritage(step.entity, " INHERIT ", entities_.heritage_of(step.entity).joined); break;
        case Verb::create_dummy: append({create_dummy(*entities_[step.entity].to)}); break;
        case Verb::empty: write_empty(*entities_[step.entity].from); break;
        case Verb::create: write_create(step); break;
        case Verb::alter: write_alter(step); break;
      }
    }
    if (!later_.empty()) out_.barrier = "it validates constraints while others write";
    append(std::move(later_));
    out_.statements = merged(std::move(out_.statements));
    out_.impossible = limits_of(entities_, options_.updates);
  }

  void append(Statements more) {
    for (Statement& statement : more) {
      if (statement.outside_transaction) out_.barrier = "it builds or drops indexes concurrently";
      out_.statements.push_back(std::move(statement));
    }
  }

  void write_drop(const Step& step) {
    const Entity& entity = entities_[step.entity];
    const Object& object = *entity.from;
    if (object.key.kind == Kind::default_privileges) return append(default_grants(&object, nullptr));
    if (object.key.kind == Kind::view_column || object.key.kind == Kind::index_attachment) return write_nothing_said(object);
    if (entity.swapped) {
      Object old = object;
      old.key.name = name_beside(object.key.name);
      return append({drop(old)});
    }
    if (goes_from_above(step.entity, object)) return;
    Statement statement = drop(object);
    if (object.key.kind == Kind::operator_class && brought_its_family(object)) statement.sql.replace(0, std::string_view("DROP OPERATOR CLASS").size(), "DROP OPERATOR FAMILY");
    if (entities_.is_left_to_heirs(step.entity)) statement.sql.insert(std::string_view("ALTER TABLE ").size(), "ONLY ");
    for (const int part : step.parts)
      if (const Object& gone = *entities_[part].from; gone.key.kind == Kind::sequence && statement.lost.empty()) statement.lost = "the position of sequence " + qualified_name(gone.key);
    // The constraint of a partition that uses an index of this one cannot go before it.
    if (object.key.kind == Kind::index && std::any_of(step.parts.begin(), step.parts.end(), [&](int part) { return entities_[part].from->key.kind == Kind::constraint; })) statement.sql += " CASCADE";
    if (is_built_beside(step.entity)) return;  // goes when its successor is there
    if (is_built_concurrently(step.entity)) drop_concurrently(statement);
    append({std::move(statement)});
  }

  static void drop_concurrently(Statement& statement) {
    statement.sql.insert(std::string("DROP INDEX").size(), " CONCURRENTLY");
    statement.outside_transaction = true;
    statement.lock = LockLevel::share_update_exclusive;
  }

  bool is_built_concurrently(int number) const {
    return entities_[number].object().key.kind == Kind::index && options_.building == Building::concurrently && on_lasting_table(entities_, number) && !is_partitioned(number);
  }

  // An index that only its own definition changes is there until its successor is: nobody has to do without it.
  bool is_built_beside(int number) const {
    const Entity& index = entities_[number];
    if (index.fate != Fate::remake || !is_built_concurrently(number) || !index.from_users.empty()) return false;
    return std::all_of(index.from_needs.begin(), index.from_needs.end(), [&](int need) { return entities_[need].stays() && !changes_type(entities_[need]); });
  }

  // A family of the same name that is made with a class stays when that is dropped, unless the family is.
  bool brought_its_family(const Object& operator_class) const {
    Key family = operator_class.key;
    family.kind = Kind::operator_family;
    return find_outside(operator_class.get("definition"), " FAMILY ") == std::string::npos && !entities_.from().find(family) && !entities_.to().find(family);
  }

  void write_park(const Object& column) {
    append({{Operation::alter, column.key, "ALTER TABLE " + qualified_parent(column.key) + " ALTER COLUMN " + column.key.name + " TYPE text USING " + column.key.name + "::text", "",
             LockLevel::access_exclusive, true, false}});
  }

  void write_heritage(int table, const char* words, const std::vector<int>& parents) {
    const Object& object = *entities_[table].to;
    for (const int parent : parents)
      if (parent >= 0) append({{Operation::alter, object.key, "ALTER " + noun_of(object) + " " + qualified_name(object.key) + words + qualified_name(entities_[parent].object().key), "", LockLevel::access_exclusive, false, false}});
  }

  void write_empty(const Object& object) {
    Statement statement = create_dummy(object);
    statement.operation = Operation::alter;
    if (object.key.kind == Kind::view) statement.lock = LockLevel::access_exclusive;
    if (object.key.kind == Kind::view) statement.sql.insert(std::string_view("CREATE").size(), " OR REPLACE");
    append({std::move(statement)});
  }

  // A foreign key of a partition goes with that of the partitioned table, whatever its name is.
  bool goes_from_above(int number, const Object& object) const {
    if (object.key.kind != Kind::constraint || object.get("type") != "f" || !object.has("inherited")) return false;
    const int partition = entities_.partition_of(number);
    return partition >= 0 && entities_[partition].from && entities_[partition].to && !entities_[partition].goes();
  }

  // The columns of a view come and go with it; of one that stays, what was said of the column is taken back.
  void write_nothing_said(const Object& object) {
    if (object.key.kind == Kind::index_attachment) return;
    Object bare;
    bare.key = object.key;
    if (auto statements = alter({object, bare}, around_, options_.casts)) append(std::move(*statements));
  }

  void write_set_aside(const Step& step) {
    const Object& object = *entities_[step.entity].from;
    append({{Operation::rename, object.key, "ALTER " + address_of(object) + " RENAME TO " + name_beside(object.key.name), "", LockLevel::none, false, false}});
  }

  bool is_partitioned(int part) const {
    const int owner = entities_[part].to ? entities_.owner_after(part) : entities_.owner_before(part);
    return owner >= 0 && entities_[owner].object().has("partition_key");
  }

  void write_create(const Step& step) {
    const Object& object = *entities_[step.entity].to;
    std::vector<const Object*> parts;
    Statements overrides;
    for (const int part : step.parts) {
      const Object* with = entities_[part].to;
      if (with->key.kind == Kind::index_attachment || with == &object) continue;
      if (!belongs(*with, object)) {  // comes with that of its parent by itself
        override_inherited(*with, overrides);
        if (object.has("not_valid") && !with->has("not_valid") && with->key.kind == Kind::constraint)
          overrides.push_back({Operation::alter, with->key, "ALTER TABLE " + qualified_parent(with->key) + " VALIDATE CONSTRAINT " + with->key.name, "", LockLevel::share_update_exclusive, false, false});
        continue;
      }
      if (comes_by_inheritance(part, object)) {
        override_inherited(*with, overrides);
        continue;
      }
      parts.push_back(with);
    }
    std::stable_sort(parts.begin(), parts.end(), [](const Object* a, const Object* b) { return a->key.kind != b->key.kind ? a->key.kind < b->key.kind : a->position < b->position; });
    Statements statements = create(object, parts, around_);
    if (statements.empty()) return;
    if (object.key.kind == Kind::column) set_not_null_apart(step.entity, parts, statements);
    Statement& first = statements.front();
    const bool lasting = on_lasting_table(entities_, step.entity);
    const LockLevel lock = lock_of_creation(entities_, step.entity, first.lock);
    if ((!lasting && object.key.kind != Kind::column) || object.key.kind == Kind::index)
      for (Statement& statement : statements) statement.lock = LockLevel::none;
    first.lock = lock;
    if (object.key.kind == Kind::column) {
      const auto expression = std::find_if(parts.begin(), parts.end(), [](const Object* part) { return part->key.kind == Kind::column_default; });
      first.rewrites_table = rewrites_when_added(object, expression == parts.end() ? "" : (*expression)->get("expression"), entities_.to());
    }
    if (is_built_concurrently(step.entity)) {
      const auto at = first.sql.find(" INDEX ") + std::string_view(" INDEX ").size();
      if (is_built_beside(step.entity)) {
        Object next = object;
        next.key.name = name_beside(object.key.name, "__new");
        first.sql.replace(at, object.key.name.size(), next.key.name);
        Statement old = drop(*entities_[step.entity].from);
        drop_concurrently(old);
        statements.insert(statements.begin() + 1, {std::move(old), {Operation::rename, next.key, "ALTER INDEX " + qualified_name(next.key) + " RENAME TO " + object.key.name, "", LockLevel::share_update_exclusive, false, false}});
      }
      statements.front().sql.insert(at, "CONCURRENTLY ");
      statements.front().outside_transaction = true;
      statements.front().lock = LockLevel::share_update_exclusive;
    }
    if (lasting && object.key.kind == Kind::constraint && options_.validation == Validation::afterwards) validate_afterwards(step.entity, first);
    append(std::move(statements));
    append(std::move(overrides));
    continue_new_sequence(step.entity);
  }

  // A column that was there takes its numbers from a sequence that was not.
  void continue_new_sequence(int number) {
    const Object& object = *entities_[number].to;
    if (object.key.kind != Kind::column_default || !on_lasting_table(entities_, number) || !object.get("expression").starts_with("nextval('")) return;
    const int column = entities_.find({Kind::column, object.key.schema, object.key.parent, object.key.name});
    if (column < 0 || !entities_[column].stays() || !is_integer(entities_[column].to->get("type"))) return;
    for (const int need : entities_[number].to_needs)
      if (const Entity& sequence = entities_[need]; sequence.comes() && sequence.to->key.kind == Kind::sequence)
        append({continue_sequence(*entities_[column].to, qualified_name(sequence.to->key), sequence.to->get("increment").starts_with('-'))});
  }

  // A column without a value for the rows that are there: so that one can be put in between.
  void set_not_null_apart(int number, const std::vector<const Object*>& parts, Statements& statements) {
    const Object& column = *entities_[number].to;
    if (!column.has("not_null") || column.has("generated") || column.has("identity") || !on_lasting_table(entities_, number)) return;
    if (std::any_of(parts.begin(), parts.end(), [](const Object* part) { return part->key.kind == Kind::column_default; })) return;
    const auto at = statements.front().sql.rfind(" NOT NULL");
    if (at == std::string::npos) return;
    statements.front().sql.erase(at, std::string_view(" NOT NULL").size());
    Statement check{Operation::alter, column.key, "ALTER TABLE " + qualified_parent(column.key) + " ALTER COLUMN " + column.key.name + " SET NOT NULL", "", LockLevel::access_exclusive, false, false};
    check.advice = "fails where " + qualified_parent(column.key) + " has rows: fill column " + column.key.name + " before";
    statements.insert(statements.begin() + 1, std::move(check));
  }

  void validate_afterwards(int number, Statement& statement) {
    const Object& constraint = *entities_[number].to;
    const std::string& type = constraint.get("type");
    if ((type != "f" && type != "c") || constraint.has("not_valid") || (type == "f" && is_partitioned(number))) return;
    statement.sql += " NOT VALID";
    later_.push_back({Operation::alter, constraint.key, "ALTER TABLE " + qualified_parent(constraint.key) + " VALIDATE CONSTRAINT " + constraint.key.name, "",
                      LockLevel::share_update_exclusive, false, false});
  }

  static bool belongs(const Object& part, const Object& whole) { return part.key.schema == whole.key.schema && (part.key.parent == whole.key.name || part.key.parent == whole.key.parent); }

  // In a new table that INHERITS; a partition is made with all of its columns and attached.
  bool comes_by_inheritance(int part, const Object& table) const {
    if (!table.has("inherits")) return false;
    const Object& object = *entities_[part].to;
    if (object.key.kind == Kind::column_default) {
      const Object* column = entities_.to().find({Kind::column, object.key.schema, object.key.parent, object.key.name});
      return column && column->has("inherited");
    }
    return object.has("inherited");
  }

  // What a table says differently of a column that it inherits.
  void override_inherited(const Object& object, Statements& overrides) {
    if (object.key.kind != Kind::column && object.key.kind != Kind::column_default) return;
    const auto add = [&](Statements statements) {
      for (Statement& statement : statements) overrides.push_back(std::move(statement));
    };
    const auto of = [&](Kind kind, const Key& table) { return entities_.to().find({kind, table.schema, table.name, object.key.name}); };
    const int table = std::max(entities_.find({Kind::table, object.key.schema, "", object.key.parent}), entities_.find({Kind::foreign_table, object.key.schema, "", object.key.parent}));
    if (table < 0) return;
    bool compared = false;
    for (const int parent : entities_.parents_after(table)) {
      const Key& above = entities_[parent].object().key;
      const Object* same = of(object.key.kind, above);
      if (object.key.kind == Kind::column_default) {
        if (!same || same->get("expression") != object.get("expression")) add(create(object, {}, around_));
        return;
      }
      if (!same) continue;
      const Object* expression = of(Kind::column_default, above);
      if (expression && !of(Kind::column_default, entities_[table].object().key)) {
        Object unwanted = *expression;
        unwanted.key.schema = object.key.schema;
        unwanted.key.parent = object.key.parent;
        add({drop(unwanted)});
      }
      if (compared) continue;
      compared = true;
      Object inherited = *same;
      inherited.key = object.key;
      for (const char* own : {"comment", "acl", "statistics", "identity"}) inherited.properties.erase(own);
      if (auto statements = alter({inherited, object}, around_, options_.casts)) add(std::move(*statements));
    }
  }

  void write_alter(const Step& step) {
    const Entity& entity = entities_[step.entity];
    Object from = *entity.from;
    Alteration change{from, *entity.to, entity.type};
    switch (entity.to->key.kind) {
      case Kind::sequence:
        if (is_linked(entity)) from.properties.set("owner", entity.to->get("owner"));
        break;
      case Kind::column:
        if (const int above = entities_.inherited_from(step.entity); above >= 0 && entities_[above].fate == Fate::alter) {
          reach_from_above(from, entities_[above]);
          change.type = TypeIdentity::same;
        } else {
          if (entity.type == TypeIdentity::made_anew && !entity.parked) change.by_way_of = way_between_domains(entities_, entity, options_.casts);
        }
        break;
      default: break;
    }
    write_alteration(change);
    continue_new_sequence(step.entity);
  }

  // ALTER TABLE of the table above reaches this column; only what else differs is said.
  static void reach_from_above(Object& from, const Entity& above) {
    for (const char* property : {"type", "collation", "not_null", "generated"}) {
      if (above.from->get(property) == above.to->get(property) && above.from->has(property) == above.to->has(property)) continue;
      if (above.to->has(property)) from.properties.set(property, above.to->get(property));
      else from.properties.erase(property);
    }
    if (!changes_type(above)) return;
    from.properties.erase("storage");
    from.properties.erase("compression");
  }

  // The sequence of a column has the owner of the table.
  bool is_linked(const Entity& sequence) const {
    const int link = entities_.find({Kind::sequence_owner, sequence.to->key.schema, "", sequence.to->key.name});
    return link >= 0 && entities_[link].stays();
  }

  void write_alteration(const Alteration& change) {
    auto statements = alter(change, around_, options_.casts);
    if (!statements) return;
    if (std::string lost = change.type == TypeIdentity::made_anew ? lost_by_new_types(entities_, change.to) : ""; !lost.empty()) statements->front().lost = std::move(lost);
    if (const int number = entities_.find(change.to.key); number >= 0)
      for (Statement& statement : *statements) statement.lock = lock_of_alteration(entities_, number, statement.lock);
    append(std::move(*statements));
  }

  // A value that is added to an enum type cannot be used before it is committed (55P04): the type of which one is, or -1.
  int used_enum() {
    for (int i = 0; i < entities_.size(); i++) {
      const Entity& type = entities_[i];
      if (type.fate != Fate::alter || type.to->key.kind != Kind::enum_type) continue;
      const auto added = added_labels(*type.from, *type.to);
      for (const std::string& label : added ? *added : std::vector<std::string>())
        for (const Statement& statement : out_.statements)
          if (statement.object != type.to->key && statement.operation != Operation::drop && statement.sql.find(label + "::" + qualified_name(type.to->key)) != std::string::npos) {
            out_.barrier = "value " + label + " of type " + qualified_name(type.to->key) + " is used after it was added";
            return i;
          }
    }
    return -1;
  }

  Entities entities_;
  const PlanOptions& options_;
  Surroundings around_;
  Migration out_;
  Statements later_;
};

}  // namespace

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::create: return "create";
    case Operation::alter: return "alter";
    case Operation::rename: return "rename";
    case Operation::drop: return "drop";
  }
  return {};
}

std::string_view name_of(LockLevel level) {
  switch (level) {
    case LockLevel::none: return "none";
    case LockLevel::share_update_exclusive: return "SHARE UPDATE EXCLUSIVE";
    case LockLevel::share: return "SHARE";
    case LockLevel::share_row_exclusive: return "SHARE ROW EXCLUSIVE";
    case LockLevel::access_exclusive: return "ACCESS EXCLUSIVE";
  }
  return {};
}

Migration plan_migration(const Model& from, const Model& to, const PlanOptions& options) { return Writer(from, to, options).write(); }

}  // namespace strata::schema
