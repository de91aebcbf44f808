#include "schema/rename.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "core/error.hpp"
#include "schema/lists.hpp"
#include "schema/lock_level.hpp"
#include "schema/names.hpp"

namespace strata::schema {
namespace {

// For messages; which words are reserved does not matter there.
std::string as_sql(const std::string& name) {
  const auto is_usual = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!name.empty() && std::all_of(name.begin(), name.end(), is_usual)) return name;
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += c;
    text += c;
  }
  return text + '"';
}

bool is_routine(Kind kind) { return kind == Kind::function || kind == Kind::aggregate; }

std::string arguments_of(const Key& key) { return is_routine(key.kind) ? key.name.substr(name_alone(key).size()) : ""; }

std::vector<Kind> kinds_called(const std::string& what) {
  if (what == "TYPE") return {Kind::enum_type, Kind::composite_type, Kind::range_type};
  static const std::map<std::string, Kind> kinds = {
      {"TABLE", Kind::table}, {"FOREIGN TABLE", Kind::foreign_table}, {"VIEW", Kind::view}, {"MATERIALIZED VIEW", Kind::materialized_view},
      {"INDEX", Kind::index}, {"SEQUENCE", Kind::sequence}, {"DOMAIN", Kind::domain}, {"FUNCTION", Kind::function}, {"PROCEDURE", Kind::function},
      {"AGGREGATE", Kind::aggregate}, {"SCHEMA", Kind::schema}, {"TRIGGER", Kind::trigger}, {"POLICY", Kind::policy}, {"RULE", Kind::rule},
      {"STATISTICS", Kind::statistics}, {"COLLATION", Kind::collation}, {"CONVERSION", Kind::conversion}, {"LANGUAGE", Kind::language},
      {"SERVER", Kind::server}, {"FOREIGN DATA WRAPPER", Kind::foreign_data_wrapper}, {"PUBLICATION", Kind::publication},
      {"EVENT TRIGGER", Kind::event_trigger}, {"TEXT SEARCH PARSER", Kind::ts_parser}, {"TEXT SEARCH TEMPLATE", Kind::ts_template},
      {"TEXT SEARCH DICTIONARY", Kind::ts_dictionary}, {"TEXT SEARCH CONFIGURATION", Kind::ts_configuration}, {"COLUMN", Kind::column},
      {"ATTRIBUTE", Kind::attribute}, {"CONSTRAINT", Kind::constraint}, {"DOMAIN CONSTRAINT", Kind::domain_constraint}};
  const auto found = kinds.find(what);
  return found == kinds.end() ? std::vector<Kind>() : std::vector<Kind>{found->second};
}

bool has_schema(Kind kind) {
  switch (kind) {
    case Kind::schema:
    case Kind::language:
    case Kind::server:
    case Kind::foreign_data_wrapper:
    case Kind::publication:
    case Kind::event_trigger: return false;
    default: return true;
  }
}

// Objects by their unquoted names; of a routine without its arguments.
class Directory {
 public:
  explicit Directory(const Model& model) {
    for (const Object& object : model.objects()) all_[{object.key.kind, unquoted(object.key.schema), unquoted(object.key.parent), unquoted(name_alone(object.key))}].push_back(&object);
  }
  const std::vector<const Object*>& find(Kind kind, const std::string& schema, const std::string& owner, const std::string& name) const {
    static const std::vector<const Object*> none;
    const auto found = all_.find({kind, schema, owner, name});
    return found == all_.end() ? none : found->second;
  }
  // In whatever schema it is the only one.
  std::vector<const Object*> find_anywhere(Kind kind, const std::string& owner, const std::string& name) const {
    std::vector<const Object*> found;
    for (const auto& [key, objects] : all_)
      if (std::get<0>(key) == kind && std::get<2>(key) == owner && std::get<3>(key) == name) {
        if (!found.empty()) return {};
        found = objects;
      }
    return found;
  }

 private:
  std::map<std::tuple<Kind, std::string, std::string, std::string>, std::vector<const Object*>> all_;
};

enum class Level { schemas, objects, routines, parts };
Level level_of(Kind kind) {
  switch (kind) {
    case Kind::schema: return Level::schemas;
    case Kind::function:
    case Kind::aggregate: return Level::routines;
    case Kind::column:
    case Kind::attribute:
    case Kind::constraint:
    case Kind::domain_constraint:
    case Kind::index:
    case Kind::trigger:
    case Kind::policy:
    case Kind::rule: return Level::parts;
    default: return Level::objects;
  }
}

// One object that a mark stands above; a mark above a function stands for all of that name.
struct Candidate {
  const RenameMark* mark;
  const Object* desired;
  Key before, after;             // as it would be called in the live schema
  const Object* old = nullptr;   // there at present
  const Object* made = nullptr;
  enum class State { undecided, pending, done, neither, passed_over } state = State::undecided;
};

class Resolution {
 public:
  Resolution(const Model& live, const Model& desired, const std::vector<std::string>& search_path)
      : live_model_(live), live_(live), desired_model_(desired), desired_(desired), search_path_(search_path) {}

  std::vector<Rename> run(const std::vector<RenameMark>& marks) && {
    for (const RenameMark& mark : marks) locate(mark);
    for (const Level level : {Level::schemas, Level::objects, Level::routines, Level::parts}) decide(level);
    check();
    if (!faults_.empty()) throw error();
    add_derived();
    std::vector<Rename> ordered;
    for (const Level level : {Level::parts, Level::routines, Level::objects, Level::schemas}) std::copy(renames_[level].begin(), renames_[level].end(), std::back_inserter(ordered));
    return ordered;
  }

 private:
  void locate(const RenameMark& mark) {
    std::vector<const Object*> found;
    for (const Kind kind : kinds_called(mark.what)) {
      std::vector<std::string> schemas = search_path_;
      if (!mark.schema.empty()) schemas = {mark.schema};
      if (!has_schema(kind)) schemas = {""};
      for (std::size_t i = 0; i < schemas.size() && found.empty(); i++) found = desired_.find(kind, schemas[i], mark.owner, mark.name);
      // The DDL may have had a search_path of its own.
      if (found.empty() && mark.schema.empty()) found = desired_.find_anywhere(kind, mark.owner, mark.name);
      if (!found.empty()) break;
    }
    if (found.empty()) add_fault(mark, "the desired schema has nothing of this name");
    for (const Object* object : found) candidates_.push_back({&mark, object, {}, {}, nullptr, nullptr, Candidate::State::undecided});
  }

  void add_fault(const RenameMark& mark, const std::string& text) { faults_.push_back("-- migrate:renamed on line " + std::to_string(mark.line) + ": " + text); }

  // --- as the live schema calls it ------------------------------------------------------------------------------

  std::string live_schema(const std::string& schema) const {
    const auto found = schemas_.find(schema);
    return found == schemas_.end() ? schema : found->second;
  }
  std::string live_name(const std::string& schema, const std::string& name) const {
    const auto found = names_.find({schema, name});
    return found == names_.end() ? name : found->second;
  }
  std::string live_type(const std::string& type) const {
    const std::size_t brackets = type.find_last_not_of("[]") + 1;
    const std::string element = type.substr(0, brackets);
    const auto dot = find_outside(element, ".");
    if (dot == std::string::npos) return type;
    const std::string schema = element.substr(0, dot);
    return live_schema(schema) + "." + live_name(schema, element.substr(dot + 1)) + type.substr(brackets);
  }
  std::string live_arguments(const Key& key) const {
    const std::string arguments = arguments_of(key);
    if (arguments.size() < 2) return arguments;
    std::vector<std::string> types = split_list(std::string_view(arguments).substr(1, arguments.size() - 2));
    for (std::string& type : types) type = live_type(type);
    return "(" + join(types, ", ") + ")";
  }
  Key live_key(const Key& desired, const std::string& name) const {
    return {desired.kind, live_schema(desired.schema), desired.parent.empty() ? "" : live_name(desired.schema, desired.parent), name + live_arguments(desired)};
  }
  const Object* there(const Key& key, const std::string& name) const {
    for (const Object* object : live_.find(key.kind, unquoted(key.schema), unquoted(key.parent), name))
      if (arguments_of(object->key) == arguments_of(key)) return object;
    return nullptr;
  }

  // --- which are to be done ---------------------------------------------------------------------------------------

  void decide(Level level) {
    std::vector<Candidate*> open;
    for (Candidate& candidate : candidates_) {
      if (level_of(candidate.desired->key.kind) != level) continue;
      candidate.after = live_key(candidate.desired->key, name_alone(candidate.desired->key));
      candidate.before = live_key(candidate.desired->key, as_sql(candidate.mark->old_name));
      candidate.old = there(candidate.before, candidate.mark->old_name);
      candidate.made = there(candidate.after, candidate.mark->name);
      if (candidate.old && candidate.made) open.push_back(&candidate);
      else if (candidate.old) begin(candidate, level);
      else candidate.state = candidate.made ? Candidate::State::done : Candidate::State::neither;
    }
    // Both are there. The new one makes room itself; or the old one is another object by now, that has got its name in the same way.
    for (bool any = true; any;) {
      any = false;
      for (Candidate* candidate : open) {
        if (candidate->state != Candidate::State::undecided) continue;
        for (const Candidate* other : decided(level)) {
          if (other->state == Candidate::State::pending && other->old == candidate->made) begin(*candidate, level);
          else if (other->state == Candidate::State::done && other->made == candidate->old) candidate->state = Candidate::State::done;
          else continue;
          any = true;
          break;
        }
      }
    }
  }

  std::vector<const Candidate*> decided(Level level) const {
    std::vector<const Candidate*> all;
    for (const Candidate& candidate : candidates_)
      if (level_of(candidate.desired->key.kind) == level && candidate.state != Candidate::State::undecided) all.push_back(&candidate);
    return all;
  }

  void begin(Candidate& candidate, Level level) {
    const Key& desired = candidate.desired->key;
    // Of several functions of one name those whose old name goes on have not been renamed.
    if (level == Level::routines && desired_model_.find({desired.kind, desired.schema, "", name_alone(candidate.old->key) + arguments_of(desired)})) {
      candidate.state = Candidate::State::passed_over;
      return;
    }
    if (is_ambiguous(candidate)) {
      candidate.state = Candidate::State::done;
      return;
    }
    candidate.state = Candidate::State::pending;
    if (level == Level::schemas) schemas_[desired.name] = candidate.old->key.name;
    if (level == Level::objects) names_[{desired.schema, desired.name}] = candidate.old->key.name;
    if (!comes_from_parent(candidate)) renames_[level].push_back({candidate.old->key, name_alone(desired)});
  }

  // One thing cannot get two names.
  bool is_ambiguous(const Candidate& candidate) {
    const std::string title = title_of(candidate.old->key);
    for (const Candidate& other : candidates_)
      if (&other != &candidate && other.state == Candidate::State::pending && other.old == candidate.old) {
        add_fault(*candidate.mark, title + " has another marker on line " + std::to_string(other.mark->line));
        return true;
      }
    return false;
  }

  // A rename in the table above reaches this one.
  bool comes_from_parent(const Candidate& candidate) const {
    return candidate.old->has("inherited") && std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& other) {
             return &other != &candidate && other.desired->key.kind == candidate.desired->key.kind && other.mark->old_name == candidate.mark->old_name && other.mark->name == candidate.mark->name;
           });
  }

  void check() {
    for (auto first = candidates_.begin(); first != candidates_.end();) {
      const RenameMark* mark = first->mark;
      const auto last = std::find_if(first, candidates_.end(), [&](const Candidate& candidate) { return candidate.mark != mark; });
      const bool settled = std::any_of(first, last, [](const Candidate& candidate) { return candidate.state == Candidate::State::pending || candidate.state == Candidate::State::done; });
      if (!settled) {
        const std::string before = title_of(first->before), after = title_of(first->after);
        if (first->state == Candidate::State::neither) add_fault(*mark, "neither " + before + " nor " + after + " is there");
        else add_fault(*mark, "both " + before + " and " + after + " are there");
      }
      first = last;
    }
  }

  Error error() const {
    Error error(sqlstate::wrong_state, faults_.front());
    if (faults_.size() > 1) error.with_detail(join(faults_, "\n"));
    error.with_hint("A marker says what an object of the present schema is called in the desired one; take it away when it has done its work.");
    return error;
  }

  // --- what has its name from a table or column that is renamed -------------------------------------------------------

  // PostgreSQL calls an index t_c_idx, a key t_pkey, a sequence t_c_seq; nobody can put a mark above those that it names itself.
  void add_derived() {
    std::map<Key, std::map<std::string, std::string>> tables;  // as desired -> what its names begin with and contain, old and new
    for (const Candidate& candidate : candidates_) {
      const Key& key = candidate.desired->key;
      if (candidate.state != Candidate::State::pending) continue;
      if (key.kind == Kind::table) tables[key];
      if (key.kind == Kind::column) tables[{Kind::table, key.schema, "", key.parent}]["_" + candidate.mark->old_name + "_"] = "_" + candidate.mark->name + "_";
    }
    for (const auto& entry : tables) {
      const Key& table = entry.first;
      const std::map<std::string, std::string>& columns = entry.second;
      const std::string schema = live_schema(table.schema), name = live_name(table.schema, table.name);
      const auto new_name = [&](const std::string& present) {
        std::string text = unquoted(present);
        if (text.starts_with(unquoted(name) + "_")) text = unquoted(table.name) + text.substr(unquoted(name).size());
        for (const auto& [from, to] : columns)
          if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
        return text;
      };
      const auto follow = [&](const Object& object, const std::string& owner, Level level) {
        const std::string wanted = new_name(object.key.name);
        const Key key{object.key.kind, table.schema, owner, object.key.name};
        if (wanted == unquoted(object.key.name) || desired_model_.find(key) || !live_.find(object.key.kind, unquoted(schema), unquoted(object.key.parent), wanted).empty()) return;
        const auto& found = desired_.find(object.key.kind, unquoted(table.schema), unquoted(owner), wanted);
        if (found.empty() || found.front()->get("type") != object.get("type") || is_renamed(object.key)) return;
        renames_[level].push_back({object.key, found.front()->key.name});
      };
      for (const Object* part : live_model_.children_of({Kind::table, schema, "", name}))
        if ((part->key.kind == Kind::index || part->key.kind == Kind::constraint) && !part->has("inherited")) follow(*part, table.name, Level::parts);
      for (const Object* sequence : sequences_of(schema, name)) follow(*sequence, "", Level::objects);
    }
  }

  std::vector<const Object*> sequences_of(const std::string& schema, const std::string& table) const {
    std::vector<const Object*> all;
    for (const Object& owner : live_model_.objects())
      if (owner.key.kind == Kind::sequence_owner && owner.key.schema == schema && owner.get("column").starts_with(schema + "." + table + "."))
        if (const Object* sequence = live_model_.find({Kind::sequence, schema, "", owner.key.name})) all.push_back(sequence);
    return all;
  }

  bool is_renamed(const Key& key) const {
    return std::any_of(renames_.begin(), renames_.end(), [&](const auto& level) { return std::any_of(level.second.begin(), level.second.end(), [&](const Rename& one) { return one.from == key; }); });
  }

  const Model& live_model_;
  Directory live_;
  const Model& desired_model_;
  Directory desired_;
  const std::vector<std::string>& search_path_;
  std::vector<Candidate> candidates_;
  std::map<std::string, std::string> schemas_;                         // desired -> live, as SQL
  std::map<std::pair<std::string, std::string>, std::string> names_;   // desired schema and name -> live name
  std::map<Level, std::vector<Rename>> renames_;
  std::vector<std::string> faults_;
};

std::string renaming(const Object& object, const std::string& name) {
  const std::string owner = qualified_parent(object.key);
  switch (object.key.kind) {
    case Kind::column: return "ALTER TABLE " + owner + " RENAME COLUMN " + object.key.name + " TO " + name;
    case Kind::attribute: return "ALTER TYPE " + owner + " RENAME ATTRIBUTE " + object.key.name + " TO " + name;
    case Kind::constraint: return "ALTER TABLE " + owner + " RENAME CONSTRAINT " + object.key.name + " TO " + name;
    case Kind::domain_constraint: return "ALTER DOMAIN " + owner + " RENAME CONSTRAINT " + object.key.name + " TO " + name;
    default: return "ALTER " + address_of(object) + " RENAME TO " + name;
  }
}

Statement rename_statement(Object object, const std::string& from, const std::string& to) {
  object.key.name = from;
  return {Operation::rename, object.key, renaming(object, name_alone({object.key.kind, "", "", to})), "", lock_of_renaming(object.key.kind), false, false};
}

Object present(const Rename& rename, const Model& live) {
  if (const Object* object = live.find(rename.from)) return *object;
  Object object;
  object.key = rename.from;
  return object;
}

}  // namespace

std::string name_alone(const Key& key) {
  if (!is_routine(key.kind)) return key.name;
  bool quoted = false;
  for (std::size_t i = 0; i < key.name.size(); i++) {
    if (key.name[i] == '"') quoted = !quoted;
    else if (key.name[i] == '(' && !quoted) return key.name.substr(0, i);
  }
  return key.name;
}

std::vector<Rename> resolve_renames(const std::vector<RenameMark>& marks, const Model& live, const Model& desired, const std::vector<std::string>& search_path) {
  if (marks.empty()) return {};
  return Resolution(live, desired, search_path).run(marks);
}

Statements rename_statements(const std::vector<Rename>& renames, const Model& live) {
  Statements all;
  for (const Rename& rename : renames) all.push_back(rename_statement(present(rename, live), rename.from.name, rename.new_name));
  return all;
}

Statements undo_statements(const std::vector<Rename>& renames, const Model& live) {
  Statements all;
  for (auto rename = renames.rbegin(); rename != renames.rend(); ++rename)
    all.push_back(rename_statement(present(*rename, live), rename->new_name + arguments_of(rename->from), rename->from.name));
  return all;
}

}  // namespace strata::schema
