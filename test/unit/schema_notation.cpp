#include "schema_notation.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "schema/lists.hpp"
#include "schema/names.hpp"
#include "schema/steps.hpp"

namespace strata::schema {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

std::vector<std::string> cut_outside(std::string text, char by) {
  std::vector<std::string> parts;
  for (;;) {
    const auto at = find_outside(text, std::string(1, by));
    parts.emplace_back(trim(text.substr(0, at)));
    if (at == std::string::npos) return parts;
    text.erase(0, at + 1);
  }
}

bool is_part(Kind kind) {
  switch (kind) {
    case Kind::attribute:
    case Kind::column:
    case Kind::column_default:
    case Kind::view_column:
    case Kind::index:
    case Kind::index_attachment:
    case Kind::constraint:
    case Kind::domain_constraint:
    case Kind::rule:
    case Kind::trigger:
    case Kind::policy: return true;
    default: return false;
  }
}

bool has_schema(Kind kind) {
  return kind != Kind::schema && kind != Kind::extension && kind != Kind::language && kind != Kind::server && kind != Kind::publication && kind != Kind::cast &&
         kind != Kind::default_privileges && kind != Kind::event_trigger && kind != Kind::foreign_data_wrapper && kind != Kind::user_mapping;
}

Error wrong(std::string_view text) { return Error(sqlstate::invalid_parameter, "no notation of a schema: " + std::string(text)); }

std::string flat(const std::string& sql) {
  std::string text;
  for (const char c : sql) {
    const char next = c == '\n' ? ' ' : c;
    if (next != ' ' || text.empty() || text.back() != ' ') text += next;
  }
  return text;
}

}  // namespace

Key key_of(std::string_view notation) {
  notation = trim(notation);
  const auto space = notation.find(' ');
  if (space == std::string_view::npos) throw wrong(notation);
  std::string word(notation.substr(0, space));
  std::replace(word.begin(), word.end(), '_', ' ');
  const auto kind = kind_named(word);
  if (!kind) throw wrong(notation);
  const std::string name(trim(notation.substr(space)));
  if (!has_schema(*kind)) return {*kind, "", "", name};
  std::vector<std::string> parts = cut_outside(name, '.');
  const std::size_t most = is_part(*kind) ? 3 : 2;
  if (parts.size() + 1 == most) parts.insert(parts.begin(), "public");
  if (parts.size() != most) throw wrong(notation);
  return {*kind, parts[0], most == 3 ? parts[1] : "", parts.back()};
}

Model model_of(std::string_view notation) {
  std::vector<Object> objects;
  std::map<std::string, int> positions;
  std::string line;
  while (!notation.empty()) {
    const auto end = notation.find('\n');
    line += trim(notation.substr(0, end));
    notation.remove_prefix(end == std::string_view::npos ? notation.size() : end + 1);
    if (line.ends_with('\\')) {
      line.back() = '\n';
      continue;
    }
    const std::string text = std::exchange(line, {});
    if (text.empty()) continue;
    Object object;
    const auto needs = find_outside(text, " < ");
    const std::string head = text.substr(0, needs) + " ";  // "table t:" has no properties
    const auto colon = find_outside(head, ": ");
    object.key = key_of(head.substr(0, colon));
    for (const std::string& property : cut_outside(colon == std::string::npos ? "" : head.substr(colon + 2), ';')) {
      if (property.empty()) continue;
      const auto space = property.find(' ');
      object.properties.set(property.substr(0, space), space == std::string::npos ? "true" : std::string(trim(property.substr(space))));
    }
    if (needs != std::string::npos)
      for (const std::string& need : split_list(text.substr(needs + 3))) object.needs.push_back(key_of(need));
    std::sort(object.needs.begin(), object.needs.end());
    if (object.key.kind == Kind::column || object.key.kind == Kind::attribute) object.position = ++positions[qualified_parent(object.key)];
    objects.push_back(std::move(object));
  }
  return Model(std::move(objects));
}

std::vector<std::string> sql_of(const Statements& statements) {
  std::vector<std::string> all;
  for (const Statement& statement : statements) all.push_back(flat(statement.sql));
  return all;
}

std::vector<std::string> migration(std::string_view from, std::string_view to, const PlanOptions& options) {
  return sql_of(plan_migration(model_of(from), model_of(to), options).statements);
}

Migration migrated(std::string_view from, std::string_view to, const PlanOptions& options) {
  const Model before = model_of(from), after = model_of(to);
  return plan_migration(before, after, options);
}

int place_of(const Lines& lines, std::string_view beginning) {
  for (std::size_t i = 0; i < lines.size(); i++)
    if (lines[i].starts_with(beginning)) return static_cast<int>(i);
  return -1;
}

::testing::AssertionResult in_order(const Lines& lines, std::initializer_list<std::string_view> beginnings) {
  std::size_t at = 0;
  for (const std::string_view beginning : beginnings) {
    while (at < lines.size() && !lines[at].starts_with(beginning)) at++;
    if (at++ < lines.size()) continue;
    auto failure = ::testing::AssertionFailure() << "not in its place: " << beginning;
    for (const std::string& line : lines) failure << "\n  " << line;
    return failure;
  }
  return ::testing::AssertionSuccess();
}

namespace {

// What is there while the steps run: an entity as it was or as it will be.
class World {
 public:
  explicit World(Entities& entities) : entities_(entities), state_(entities.size(), State::none), dummy_(entities.size(), false), aside_(entities.size(), false), emptied_(entities.size(), false) {
    for (int i = 0; i < entities.size(); i++)
      if (entities[i].from) state_[i] = State::before;
  }

  std::string run() {
    for (const Step& step : ordered_steps(entities_)) {
      std::vector<int> numbers = step.parts;
      if (std::find(numbers.begin(), numbers.end(), step.entity) == numbers.end()) numbers.push_back(step.entity);
      switch (step.verb) {
        case Verb::drop: drop(numbers); break;
        case Verb::set_aside: aside_[step.entity] = true; break;
        case Verb::park:
        case Verb::leave:
        case Verb::join: break;
        case Verb::empty: emptied_[step.entity] = true; break;
        case Verb::create_dummy:
          free(step.entity);
          dummy_[step.entity] = true;
          state_[step.entity] = State::after;
          break;
        case Verb::create: create(step, numbers); break;
        case Verb::alter: alter(step.entity); break;
      }
      if (!flaw_.empty()) return flaw_;
    }
    for (int i = 0; i < entities_.size(); i++) {
      if (entities_[i].to ? state_[i] == State::none : state_[i] != State::none) return title(i) + " is wrong in the end";
      if (dummy_[i]) return title(i) + " stays a dummy";
      if (aside_[i]) return title(i) + " stays aside";
    }
    return {};
  }

 private:
  enum class State { none, before, after };

  std::string title(int i) const { return title_of(entities_[i].object().key); }
  void fail(const std::string& flaw) {
    if (flaw_.empty()) flaw_ = flaw;
  }

  void drop(const std::vector<int>& numbers) {
    const std::set<int> going(numbers.begin(), numbers.end());
    for (const int i : numbers) {
      if (aside_[i]) {  // the successor is there already
        for (int user = 0; user < entities_.size(); user++)
          if (state_[user] == State::before && !going.contains(user) && uses_before(user, i)) fail(title(i) + " is dropped while " + title(user) + " needs the old one");
        aside_[i] = false;
        continue;
      }
      if (state_[i] != State::before) fail(title(i) + " is dropped and is not there");
      for (const int user : entities_[i].from_users)
        if (state_[user] == State::before && !going.contains(user) && !emptied_[user]) fail(title(i) + " is dropped while " + title(user) + " needs it");
      state_[i] = State::none;
    }
  }

  bool uses_before(int user, int need) const {
    const auto& needs = entities_[user].from_needs;
    return std::find(needs.begin(), needs.end(), need) != needs.end();
  }

  void free(int i) {
    if (state_[i] != State::none && !aside_[i]) fail(title(i) + " is made and is there");
  }

  void create(const Step& step, const std::vector<int>& numbers) {
    const std::set<int> coming(numbers.begin(), numbers.end());
    for (const int i : numbers) {
      if (!dummy_[i]) free(i);
      for (const int need : entities_[i].to_needs)
        if (!coming.contains(need) && !is_there(need)) fail(title(i) + " is made (with " + title(step.entity) + ") before " + title(need));
    }
    for (const int i : numbers) state_[i] = State::after, dummy_[i] = false;
  }

  // In the state in which it will be; what is kept or altered in between is good enough where nothing about it is new.
  bool is_there(int need) const { return state_[need] == State::after || (state_[need] == State::before && !entities_[need].goes()); }

  void alter(int i) {
    if (state_[i] != State::before) fail(title(i) + " is altered and is not there");
    for (const int need : entities_[i].to_needs)
      if (!is_there(need)) fail(title(i) + " is altered before " + title(need) + " is there");
    state_[i] = State::after;
  }

  Entities& entities_;
  std::vector<State> state_;
  std::vector<bool> dummy_, aside_, emptied_;
  std::string flaw_;
};

}  // namespace

std::string flaw_of_steps(const Model& from, const Model& to) {
  Entities entities(from, to);
  return World(entities).run();
}

}  // namespace strata::schema
