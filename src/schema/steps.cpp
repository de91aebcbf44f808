#include "schema/steps.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "schema/sort.hpp"

namespace strata::schema {
namespace {

constexpr int kNone = -1;

bool is_index(const Object& object) {
  const std::string& type = object.get("type");
  return object.key.kind == Kind::index || (object.key.kind == Kind::constraint && (type == "p" || type == "u" || type == "x"));
}

// Names in pg_class and pg_type that two objects cannot have at once.
std::vector<std::string> occupied_names(const Object& object) {
  const std::string name = qualified_name(object.key);
  switch (object.key.kind) {
    case Kind::table:
    case Kind::foreign_table:
    case Kind::view:
    case Kind::materialized_view:
    case Kind::composite_type: return {"relation " + name, "type " + name};
    case Kind::sequence:
    case Kind::index: return {"relation " + name};
    case Kind::enum_type:
    case Kind::domain:
    case Kind::range_type: return {"type " + name};
    case Kind::constraint: return is_index(object) ? std::vector<std::string>{"relation " + name} : std::vector<std::string>();
    case Kind::column: return object.has("identity_sequence") ? std::vector<std::string>{"relation " + object.get("identity_sequence")} : std::vector<std::string>();
    case Kind::function:
    case Kind::aggregate: return {"routine " + name};
    default: return {};
  }
}

class Planner {
 public:
  explicit Planner(Entities& entities) : entities_(entities), apart_before_(entities.size(), false), apart_after_(entities.size(), false), dummy_(entities.size(), false) {
    for (int i = 0; i < entities.size(); i++)
      if (entities[i].from && entities[i].from->has("references")) keys_to_[entities[i].from->get("references")].push_back(i);
  }

  std::vector<Step> run() {
    for (;;) {
      lay_out();
      connect();
      const auto knots = order_->knots();
      if (knots.empty() || !(cut(knots) || stop_replacing(knots))) break;
    }
    std::vector<std::string> ranks;
    for (const Step& step : steps_) ranks.push_back(rank(step));
    std::vector<Step> ordered;
    for (const int number : order_->sorted(ranks)) ordered.push_back(std::move(steps_[number]));
    return ordered;
  }

 private:
  // --- which steps there are ------------------------------------------------------------------------------------

  void lay_out() {
    steps_.clear();
    const auto none = std::vector<int>(entities_.size(), kNone);
    drop_ = aside_ = dummy_step_ = make_ = change_ = none;
    for (int i = 0; i < entities_.size(); i++) {
      const Entity& entity = entities_[i];
      if (entity.goes() && whole_before(i) == kNone) drop_[i] = add(Verb::drop, i);
      if (entity.swapped && entity.fate == Fate::remake) aside_[i] = add(Verb::set_aside, i);
      if (entity.comes() && !comes_from_above(i) && whole_after(i) == kNone) make_[i] = add(Verb::create, i);
      if (entity.comes() && dummy_[i]) dummy_step_[i] = add(Verb::create_dummy, i);
      if (entity.fate == Fate::alter) change_[i] = add(Verb::alter, i);
    }
    for (int i = 0; i < entities_.size(); i++) {
      if (entities_[i].goes()) join(drop_, i, &Planner::whole_before);
      if (entities_[i].comes() && !comes_from_above(i)) join(make_, i, &Planner::whole_after);
    }
  }

  int add(Verb verb, int entity) {
    steps_.push_back({verb, entity, {}});
    return static_cast<int>(steps_.size()) - 1;
  }

  void join(std::vector<int>& step_of, int part, int (Planner::*whole_of)(int) const) {
    int whole = part;
    for (int next = (this->*whole_of)(whole); next != kNone && next != whole; next = (this->*whole_of)(whole)) whole = next;
    if (whole == part || step_of[whole] == kNone) return;
    step_of[part] = step_of[whole];
    steps_[step_of[whole]].parts.push_back(part);
  }

  // What an entity is dropped with; kNone: it is dropped by itself.
  int whole_before(int i) const {
    const Entity& entity = entities_[i];
    if (apart_before_[i]) return kNone;
    const Kind kind = entity.from->key.kind;
    if (kind == Kind::constraint)
      if (const int above = foreign_key_above(i); above != kNone && goes_by_itself(above)) return above;
    // Foreign keys hold on to the partitions of the table that they refer to until these are detached.
    if (kind == Kind::partition && is_referenced_above(i)) return kNone;
    if (const int owner = entities_.owner_before(i); owner != kNone && entities_[owner].goes()) return owner;
    if (kind == Kind::sequence) {  // goes with the column that it belongs to
      const int belongs = entities_.find({Kind::sequence_owner, entity.from->key.schema, "", entity.from->key.name});
      if (belongs != kNone && entities_[belongs].from)
        for (const int need : entities_[belongs].from_needs)
          if (entities_[need].object().key.kind == Kind::column && entities_[need].goes()) return need;
    }
    if (kind == Kind::index_attachment) {
      if (const int lower = entities_.lower_index(i, Side::before); lower != kNone && entities_[lower].goes()) return lower;
      if (const int partition = entities_.partition_of(i); partition != kNone && entities_[partition].goes()) return partition;
      if (const int upper = entities_.upper_index(i, Side::before); upper != kNone && entities_[upper].goes()) return upper;
    }

    // The index of a partition goes with that of the partitioned table.
    if (const int upper = upper_before(i); upper != kNone && entities_[upper].goes()) return upper;
    if (const int above = entities_.inherited_from(i); above != kNone && entities_[above].goes()) return above;
    return kNone;
  }

  // What an entity is created with.
  int whole_after(int i) const {
    const Entity& entity = entities_[i];
    if (apart_after_[i]) return kNone;
    const Object& object = *entity.to;
    const int owner = entities_.owner_after(i);
    const bool owner_comes = owner != kNone && entities_[owner].comes();
    switch (object.key.kind) {
      case Kind::column:
      case Kind::attribute:
      case Kind::domain_constraint:
      case Kind::view_column:
      case Kind::column_default:
        if (owner_comes) return owner;
        break;
      case Kind::constraint:
        if (object.get("type") == "f" || is_taken_for_another(i)) return kNone;
        if (owner_comes && !object.has("not_valid") && !(is_index(object) && entities_[owner].to->has("partition_key"))) return owner;
        break;
      case Kind::index_attachment:
        if (const int partition = entities_.partition_of(i); partition != kNone && entities_[partition].comes()) {
          const int upper = entities_.upper_index(i, Side::after);
          if (upper != kNone && !entities_[upper].comes()) return partition;  // ATTACH PARTITION attaches it
        }
        return kNone;
      default: break;
    }
    return entities_.inherited_from(i) != kNone && entities_[entities_.inherited_from(i)].comes() ? entities_.inherited_from(i) : kNone;
  }

  // CREATE TABLE leaves out a UNIQUE constraint that says what another one of its constraints says (transformIndexConstraints).
  bool is_taken_for_another(int i) const {
    const Object& object = *entities_[i].to;
    const auto columns = [](const Object& constraint) { return constraint.get("definition").substr(constraint.get("definition").find('(')); };
    if (object.get("type") != "u") return false;
    const auto siblings = entities_.to().children_of(entities_[entities_.owner_after(i)].to->key);
    return std::any_of(siblings.begin(), siblings.end(), [&](const Object* sibling) {
      return sibling != &object && sibling->key.kind == Kind::constraint && (sibling->get("type") == "p" || sibling->get("type") == "u") && columns(*sibling) == columns(object);
    });
  }

  // The foreign keys of a partition come with those of the partitioned table, or with the attachment.
  bool comes_from_above(int i) const {
    const Object& object = *entities_[i].to;
    if (object.get("type") != "f" || !object.has("inherited")) return false;
    const int partition = entities_.partition_of(i);
    return partition != kNone && entities_[partition].to;
  }

  // The index of the partitioned table to which an index of a partition is attached before.
  int upper_before(int i) const {
    const int attachment = is_index(*entities_[i].from) ? entities_.attachment_of(i, Side::before) : kNone;
    if (attachment == kNone) return kNone;
    const int partition = entities_.partition_of(i);
    if (partition != kNone && entities_[partition].goes()) return kNone;
    return entities_.upper_index(attachment, Side::before);
  }

  // Does a foreign key that stays, or goes by itself, refer to the partitioned table of this partition, which stays?
  bool is_referenced_above(int partition) const {
    const int table = upper_table_before(partition);
    return table != kNone && !entities_[table].goes() && !foreign_keys_to(table).empty();
  }

  int upper_table_before(int partition) const {
    const std::string& parent = entities_[partition].from->get("parent");
    for (const int need : entities_[partition].from_needs) {
      const Object& object = entities_[need].object();
      if (object.key.kind == Kind::table && qualified_name(object.key) == parent) return need;
    }
    return kNone;
  }

  const std::vector<int>& foreign_keys_to(int table) const {
    static const std::vector<int> none;
    const auto found = keys_to_.find(qualified_name(entities_[table].object().key));
    return found == keys_to_.end() ? none : found->second;
  }

  bool goes_by_itself(int foreign_key) const {
    const int table = entities_.owner_before(foreign_key);
    return entities_[foreign_key].goes() && (apart_before_[foreign_key] || table == kNone || !entities_[table].goes());
  }

  // The foreign key of the partitioned table that this one of a partition belongs to.
  int foreign_key_above(int i) const {
    const Object& object = *entities_[i].from;
    const int partition = object.has("inherited") && object.get("type") == "f" ? entities_.partition_of(i) : kNone;
    if (partition == kNone || !entities_[partition].from) return kNone;
    const int table = upper_table_before(partition);
    if (table == kNone) return kNone;
    const Key& above = entities_[table].object().key;
    const int found = entities_.find({Kind::constraint, above.schema, above.name, object.key.name});
    return found != kNone && entities_[found].from ? found : kNone;
  }

  // --- which comes first ----------------------------------------------------------------------------------------

  void before(int first, int second) { order_->before(first, second); }

  int dummy_or_make(int i) const { return dummy_step_[i] != kNone ? dummy_step_[i] : make_[i]; }

  void connect() {
    order_.emplace(static_cast<int>(steps_.size()));
    std::map<std::string, std::vector<int>> leaving;
    for (int i = 0; i < entities_.size(); i++) {
      if (drop_[i] != kNone)
        for (const std::string& name : occupied_names(*entities_[i].from)) leaving[name].push_back(drop_[i]);
    }
    for (int i = 0; i < entities_.size(); i++) {
      const Entity& entity = entities_[i];
      connect_needs(i);
      connect_own(i);
      if (entity.comes() || (entity.fate == Fate::alter && entity.to->key.kind == Kind::column))
        for (const std::string& name : occupied_names(*entity.to)) {
          if (entity.from && entity.fate == Fate::alter && entity.from->get("identity_sequence") == entity.to->get("identity_sequence")) continue;
          for (const int leaver : leaving[name])
            if (leaver != drop_[i] || !entity.swapped) before(leaver, entity.fate == Fate::alter ? change_[i] : dummy_or_make(i));
        }
      connect_inherited(i);
      if (entity.object().key.kind == Kind::partition) connect_partition(i);
      if (entity.object().key.kind == Kind::index_attachment && entity.comes()) connect_attachment(i);
    }
  }

  void connect_needs(int i) {
    const Entity& entity = entities_[i];
    for (const int need : entity.from_needs) {
      const Entity& other = entities_[need];
      if (drop_[i] != kNone) {
        before(drop_[i], drop_[need]);
        before(drop_[i], aside_[need]);
        if (hinders(*entity.from, other.object().key.kind)) before(drop_[i], change_[need]);
      }
      // What is altered lets go of what is dropped.
      if (change_[i] != kNone && other.goes()) before(change_[i], drop_[need]);
    }
    for (const int need : entity.to_needs) {
      // Those that need a view in a knot are content with its dummy, unless they would keep its rows.
      const int needed = entity.to->key.kind == Kind::materialized_view ? make_[need] : dummy_or_make(need);
      for (const int step : {make_[i], change_[i]}) {
        before(needed, step);
        before(change_[need], step);
      }
      if (dummy_step_[i] != kNone && is_for_dummy(entities_[need].object().key.kind)) {
        before(dummy_or_make(need), dummy_step_[i]);
        before(change_[need], dummy_step_[i]);
      }
    }
    if (dummy_step_[i] != kNone) before(dummy_step_[i], make_[i]);
  }

  // Does PostgreSQL refuse to alter a thing while the other one stands upon it? What is replaced or only told something is not.
  static bool hinders(const Object& user, Kind altered) {
    switch (altered) {
      case Kind::column:
      case Kind::attribute:
      case Kind::domain:
      case Kind::constraint: return true;
      case Kind::table:
      case Kind::foreign_table: return user.get("type") == "f" || user.key.kind == Kind::partition;
      default: return false;
    }
  }

  static bool is_for_dummy(Kind kind) {
    return kind == Kind::schema || kind == Kind::extension || kind == Kind::enum_type || kind == Kind::composite_type || kind == Kind::domain || kind == Kind::range_type || kind == Kind::collation;
  }

  void connect_own(int i) {
    if (aside_[i] != kNone) {
      before(aside_[i], make_[i]);
      before(make_[i], drop_[i]);  // the old one goes last
      for (const int user : entities_[i].from_users) before(change_[user], drop_[i]);
      return;
    }
    before(drop_[i], dummy_or_make(i));
  }

  // A part of a partition follows the same part of the table above.
  void connect_inherited(int i) {
    const int above = entities_.inherited_from(i);
    if (above == kNone) return;
    before(change_[i], change_[above]);
    for (const int user : entities_[i].from_users)
      if (drop_[user] != kNone) before(drop_[user], change_[above]);
    for (const int user : entities_[i].to_users) before(change_[above], make_[user]);
  }

  void connect_partition(int i) {
    const Entity& partition = entities_[i];
    const Key& key = partition.object().key;
    const auto parts_of = [&](const std::string& schema, const std::string& table, const auto& visit) {
      for (const Kind kind : {Kind::column, Kind::column_default, Kind::index, Kind::constraint, Kind::trigger}) {
        for (const Model* model : {&entities_.from(), &entities_.to()})
          for (const Object* object : model->children_of({Kind::table, schema, "", table}))
            if (object->key.kind == kind) visit(entities_.find(object->key));
      }
    };
    if (partition.goes()) {  // what was inherited belongs to the table itself afterwards
      parts_of(key.schema, key.name, [&](int part) {
        if (entities_[part].object().key.kind == Kind::trigger) before(drop_[i], make_[part]);  // those of the upper table go with it
        if (drop_[part] == drop_[i] || !entities_[part].from) return;
        if (is_index(*entities_[part].from) && entities_.attachment_of(part, Side::before) != kNone) before(drop_[i], drop_[part]);
        if (entities_[part].from->has("inherited")) before(drop_[i], drop_[part]), before(drop_[i], change_[part]);
      });
      // and what becomes of the upper table is none of its business
      if (const int upper = upper_table_before(i); upper != kNone) {
        for (const int foreign_key : foreign_keys_to(upper)) before(drop_[foreign_key], drop_[i]);
        parts_of(entities_[upper].object().key.schema, entities_[upper].object().key.name, [&](int part) {
          if (entities_[part].from && entities_[part].from->get("type") == "f" && goes_by_itself(part)) before(drop_[part], drop_[i]);  // and those of the partitions with it
          else before(drop_[i], drop_[part]);
          before(drop_[i], change_[part]);
          before(drop_[i], make_[part]);
        });
      }
    }
    if (!partition.comes()) return;
    parts_of(key.schema, key.name, [&](int part) {  // what is there is taken for what the parent has
      const Entity& entity = entities_[part];
      if (!entity.to || make_[part] == make_[i]) return;
      const Kind kind = entity.to->key.kind;
      const bool attached = is_index(*entity.to) && is_attached_to_lasting(part);
      if (kind == Kind::column || attached || (kind == Kind::constraint && entity.to->get("type") == "c")) before(make_[part], make_[i]), before(change_[part], make_[i]);
      before(drop_[part], make_[i]);
    });
    const std::string& parent = partition.to->get("parent");
    for (const int need : partition.to_needs) {
      const Entity& table = entities_[need];
      if (table.object().key.kind != Kind::table || qualified_name(table.object().key) != parent) continue;
      parts_of(table.object().key.schema, table.object().key.name, [&](int part) {
        const Entity& entity = entities_[part];
        before(drop_[part], make_[i]);
        if (entity.to && is_index(*entity.to)) {
          // New indexes of the parent are made for it alone and then joined with those of the partitions; new foreign keys reach all partitions.
          if (make_[part] != make_[need]) before(make_[i], make_[part]);
        } else if (entity.to && !(entity.to->key.kind == Kind::constraint && entity.to->get("type") == "f")) {
          before(make_[part], make_[i]);
          before(change_[part], make_[i]);
        }
      });
    }
  }

  bool is_attached_to_lasting(int part) const {
    const int attachment = entities_.attachment_of(part, Side::after);
    const int upper = attachment == kNone ? kNone : entities_.upper_index(attachment, Side::after);
    return upper != kNone && !entities_[upper].comes();
  }

  // The index of a partitioned table is valid, and good for a foreign key, when those of all partitions are attached.
  void connect_attachment(int i) {
    std::set<int> seen;
    for (int upper = entities_.upper_index(i, Side::after); upper != kNone && seen.insert(upper).second;) {
      for (const int user : entities_[upper].to_users) {
        const Kind kind = entities_[user].object().key.kind;
        if (kind == Kind::constraint || kind == Kind::replica_identity || kind == Kind::view) before(make_[i], make_[user]);
      }
      const int above = entities_.attachment_of(upper, Side::after);
      upper = above == kNone ? kNone : entities_.upper_index(above, Side::after);
    }
  }

  // --- knots ------------------------------------------------------------------------------------------------------

  // Takes parts out of the wholes in a knot; false: there is nothing more to take.
  bool cut(const std::vector<std::vector<int>>& knots) {
    bool any = false;
    for (const auto& knot : knots) {
      bool here = false;
      for (const int number : knot)
        for (const int part : steps_[number].parts) {
          const Kind kind = entities_[part].object().key.kind;
          const bool separable = kind == Kind::column_default || kind == Kind::constraint || kind == Kind::domain_constraint;
          if (!separable) continue;
          auto& apart = steps_[number].verb == Verb::drop ? apart_before_ : apart_after_;
          if (steps_[number].verb == Verb::drop && !(kind == Kind::constraint && entities_[part].from->get("type") == "f") && kind != Kind::column_default) continue;
          const int above = steps_[number].verb == Verb::drop && kind == Kind::constraint ? foreign_key_above(part) : kNone;
          const int cut_out = above == kNone ? part : above;
          if (apart[cut_out] || (above != kNone && !entities_[above].goes())) continue;
          apart[cut_out] = here = true;
        }
      if (!here) here = cut_dropped(knot);
      if (!here)
        for (const int number : knot) {
          const int entity = steps_[number].entity;
          if (steps_[number].verb != Verb::create || entities_[entity].to->key.kind != Kind::view || dummy_[entity]) continue;
          dummy_[entity] = here = true;
          break;
        }
      any = any || here;
    }
    return any;
  }

  // What is replaced lets go of what is dropped, and has to wait for what comes only after that.
  bool stop_replacing(const std::vector<std::vector<int>>& knots) {
    bool any = false;
    for (const auto& knot : knots) {
      const auto replaced = std::find_if(knot.begin(), knot.end(), [&](int number) {
        const Kind kind = entities_[steps_[number].entity].object().key.kind;
        return steps_[number].verb == Verb::alter &&
               (kind == Kind::view || kind == Kind::function || kind == Kind::column_default || kind == Kind::policy || kind == Kind::sequence_owner);
      });
      if (replaced == knot.end()) continue;
      entities_.make_anew(steps_[*replaced].entity);
      any = true;
    }
    return any;
  }

  // What hangs on a table and needs another one of the knot goes before both.
  bool cut_dropped(const std::vector<int>& knot) {
    const std::set<int> members(knot.begin(), knot.end());
    bool any = false;
    for (const int number : knot) {
      if (steps_[number].verb != Verb::drop) continue;
      for (const int part : steps_[number].parts) {
        if (foreign_key_above(part) != kNone) continue;
        switch (entities_[part].from->key.kind) {
          case Kind::constraint:
          case Kind::domain_constraint:
          case Kind::index:
          case Kind::rule:
          case Kind::trigger:
          case Kind::policy: break;
          default: continue;
        }
        const auto& needs = entities_[part].from_needs;
        const bool ties = std::any_of(needs.begin(), needs.end(), [&](int need) { return drop_[need] != number && members.contains(drop_[need]); });
        if (ties && !apart_before_[part]) apart_before_[part] = any = true;
      }
    }
    return any;
  }

  std::string rank(const Step& step) const {
    const Key& key = entities_[step.entity].object().key;
    char phase = '2';
    if (step.verb == Verb::drop) {
      switch (key.kind) {
        case Kind::column:
        case Kind::attribute:
        case Kind::table:
        case Kind::foreign_table:
        case Kind::sequence:
        case Kind::schema:
        case Kind::extension:
        case Kind::enum_type:
        case Kind::composite_type:
        case Kind::domain:
        case Kind::range_type: phase = '3'; break;
        default: phase = '0';
      }
    } else if (step.verb == Verb::set_aside) {
      phase = '1';
    }
    // What goes goes in the reverse order of what comes.
    const int kind = step.verb == Verb::drop ? kKindCount - static_cast<int>(key.kind) : static_cast<int>(key.kind);
    std::string text{phase, static_cast<char>('0' + kind / 10), static_cast<char>('0' + kind % 10)};
    text += key.schema + '\1' + key.parent + '\1';
    const int position = entities_[step.entity].object().position;
    for (const char digit : std::to_string(100000 + position)) text += digit;
    return text + key.name;
  }

  Entities& entities_;
  std::vector<Step> steps_;
  std::optional<Order> order_;
  std::map<std::string, std::vector<int>> keys_to_;  // foreign keys by the table that they refer to
  // The steps of an entity, or of the whole that it is a part of.
  std::vector<int> drop_, aside_, dummy_step_, make_, change_;
  std::vector<bool> apart_before_, apart_after_, dummy_;
};

}  // namespace

std::vector<Step> ordered_steps(Entities& entities) { return Planner(entities).run(); }

}  // namespace strata::schema
