#include "schema/steps_planner.hpp"

#include <algorithm>
#include <set>

namespace strata::schema {

// Takes parts out of the wholes in a knot, or makes something twice; false: there is nothing more to do.
bool Planner::cut(const std::vector<std::vector<int>>& knots) {
  bool any = false;
  for (const auto& knot : knots) any = cut_parts(knot) || cut_dropped(knot) || make_dummy(knot) || any;
  return any;
}

bool Planner::cut_parts(const std::vector<int>& knot) {
  bool any = false;
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
      apart[cut_out] = any = true;
    }
  return any;
}

// Views before functions, and what comes before what goes.
bool Planner::make_dummy(const std::vector<int>& knot) {
  for (const Verb verb : {Verb::create, Verb::drop})
    for (const Kind kind : {Kind::view, Kind::function})
      for (const int number : knot) {
        const int i = steps_[number].entity;
        auto& done = verb == Verb::create ? dummy_ : emptied_;
        if (steps_[number].verb != verb || done[i]) continue;
        const Object& object = verb == Verb::create ? *entities_[i].to : *entities_[i].from;
        if (object.key.kind != kind || !can_be_dummy(object)) continue;
        return done[i] = true;
      }
  return false;
}

// What is replaced lets go of what is dropped, and has to wait for what comes only after that.
bool Planner::stop_replacing(const std::vector<std::vector<int>>& knots) {
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
bool Planner::cut_dropped(const std::vector<int>& knot) {
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

std::string Planner::rank(const Step& step) const {
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
      case Kind::enum_type:
      case Kind::composite_type:
      case Kind::domain:
      case Kind::range_type: phase = '3'; break;
      default: phase = '0';
    }
  } else if (step.verb == Verb::set_aside || step.verb == Verb::park || step.verb == Verb::leave) {
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

}  // namespace strata::schema
