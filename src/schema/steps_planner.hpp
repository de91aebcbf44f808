// steps_planner.hpp - the workings of ordered_steps(): which steps there are (steps.cpp), which of two comes first (step_edges*.cpp), and
// what is done about knots (step_knots.cpp).
//
// Everything is laid out anew after a knot was cut. The surprise: a number of a step may be that of the whole that an entity is a part of.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "schema/sort.hpp"
#include "schema/steps.hpp"

namespace strata::schema {

constexpr int kNone = -1;

bool is_index(const Object& object);
// A view, or a function whose body is parsed when it is made: what can stand there without its query.
bool can_be_dummy(const Object& object);

class Planner {
 public:
  explicit Planner(Entities& entities);
  std::vector<Step> run();

 private:
  // steps.cpp
  void lay_out();
  int add(Verb verb, int entity);
  void join(std::vector<int>& step_of, int part, int (Planner::*whole_of)(int) const);
  int whole_before(int i) const;  // what an entity is dropped with; kNone: it is dropped by itself
  int whole_after(int i) const;   // what it is created with
  bool is_taken_for_another(int i) const;
  bool comes_from_above(int i) const;
  int upper_before(int i) const;
  bool is_referenced_above(int partition) const;
  int upper_table_before(int partition) const;
  const std::vector<int>& foreign_keys_to(int table) const;
  bool goes_by_itself(int foreign_key) const;
  int foreign_key_above(int i) const;

  // step_edges.cpp
  void connect();
  void before(int first, int second) { order_->before(first, second); }
  int dummy_or_make(int i) const { return dummy_step_[i] != kNone ? dummy_step_[i] : make_[i]; }
  void connect_names();
  void connect_overloads();
  void connect_needs(int i);
  void connect_own(int i);
  void connect_inherited(int i);
  void connect_heritage(int i);
  void connect_holders(int i);
  void connect_sequence_owner(int i);
  void connect_persistence(int i);
  std::vector<int> parts_of(int table) const;
  bool is_heritage(int table, int need) const;
  bool dummy_needs(const Object& object, int need) const;

  // step_edges_partitions.cpp
  void connect_bounds(int i);
  void connect_partition(int i);
  bool is_attached_to_lasting(int part) const;
  void connect_attachment(int i);

  // step_knots.cpp
  bool cut(const std::vector<std::vector<int>>& knots);
  bool cut_parts(const std::vector<int>& knot);
  bool cut_dropped(const std::vector<int>& knot);
  bool make_dummy(const std::vector<int>& knot);
  bool stop_replacing(const std::vector<std::vector<int>>& knots);
  std::string rank(const Step& step) const;

  Entities& entities_;
  std::vector<Step> steps_;
  std::optional<Order> order_;
  std::map<std::string, std::vector<int>> keys_to_;  // foreign keys by the table that they refer to
  std::map<std::string, int> bounds_;                // for each partitioned table a place in the order where old bounds are gone
  // The steps of an entity, or of the whole that it is a part of.
  std::vector<int> drop_, aside_, park_, leave_, dummy_step_, empty_step_, make_, change_, join_;
  std::vector<bool> apart_before_, apart_after_, dummy_, emptied_;
};

}  // namespace strata::schema
