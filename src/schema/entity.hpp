// entity.hpp - the objects of two schemas side by side, and what becomes of each.
//
// match() decides from the objects alone; settle() goes on from there along the dependencies. The surprise: a column whose type is made
// anew under the same name is altered although nothing about it differs.
#pragma once

#include <vector>

#include "schema/alter.hpp"

namespace strata::schema {

enum class Fate : std::uint8_t { keep, alter, remake, create, drop };  // remake: drop and create

enum class Side : std::uint8_t { before, after };

struct Entity {
  const Object* from = nullptr;
  const Object* to = nullptr;
  Fate fate = Fate::keep;
  TypeIdentity type = TypeIdentity::same;  // of a column or attribute
  bool swapped = false;                    // a type whose columns go over to the new one
  bool parked = false;                     // a column that is text while the row type that it holds changes
  std::vector<int> from_needs, to_needs, from_users, to_users;

  const Object& object() const { return to ? *to : *from; }
  const Object* on(Side side) const { return side == Side::before ? from : to; }
  bool goes() const { return fate == Fate::drop || fate == Fate::remake; }
  bool comes() const { return fate == Fate::create || fate == Fate::remake; }
  bool stays() const { return fate == Fate::keep || fate == Fate::alter; }
};

// What a table that stays does about INHERITS: entities.
struct Heritage {
  std::vector<int> left, joined;
};

class Entities {
 public:
  Entities(const Model& from, const Model& to);

  int size() const { return static_cast<int>(all_.size()); }
  const Entity& operator[](int number) const { return all_[number]; }
  // -1: there is none.
  int find(const Key& key) const;
  // What it is a part of, before and after; -1: nothing.
  int owner_before(int number) const;
  int owner_after(int number) const;
  // The partition or inheritance through which a table has parts of its parents: the parents, before and after.
  std::vector<int> parents_before(int table) const;
  std::vector<int> parents_after(int table) const;
  Heritage heritage_of(int table) const;
  // The same part (column, constraint) of a parent to which the table is attached before and after; -1: it stands for itself.
  int inherited_from(int number) const;
  // A column or constraint that goes from its table alone: something that inherits it keeps it.
  bool is_left_to_heirs(int number) const;
  // Of a column that stays, on a table that stays: does the table only inherit it, after all that happens to those above?
  bool ends_inherited(int column) const;
  bool may_inherit(int part) const { return may_inherit_[part]; }
  // Columns that hold values of this composite type, or rows of this table, themselves or within other types.
  std::vector<int> columns_holding(int type, Side side) const;
  // index or constraint named by an index_attachment: the partitioned one, and that of the partition.
  int upper_index(int attachment, Side side) const;
  int lower_index(int attachment, Side side) const;
  // The attachment of an index or constraint; -1: none on that side.
  int attachment_of(int index, Side side) const;
  int partition_of(int part) const;  // the `partition` of the table that it belongs to; -1: none
  // The column that a sequence_owner names, and its table; -1: none on that side.
  int column_of(int sequence_owner, Side side) const;

  // Gives up altering it: it is dropped and made, with what stands upon it.
  void make_anew(int number);

  const Model& from() const { return from_; }
  const Model& to() const { return to_; }

 private:
  void match();
  void settle();
  void need_goes(int number, int need);
  void column_changes(int column);
  void row_type_changes(int column);
  void settle_heirs();
  void settle_sequence_owners();
  void settle_local_indexes();
  void settle_attachments();
  void remake(int number);
  int find_index(const Key& of_index, Side side) const;
  std::vector<int> find_parents(const Object* table, const Model& model) const;
  void collect_holding(int type, Side side, std::vector<int>& columns, std::vector<bool>& seen) const;

  const Model& from_;
  const Model& to_;
  std::vector<Entity> all_;
  std::vector<int> pending_;
  std::vector<bool> may_inherit_;        // the parts of a table that has parents
  std::vector<std::vector<int>> heirs_;  // of a table, by INHERITS, before
};

// Does the type or the collation of a column or attribute change, be it to a new type of the same name?
bool changes_type(const Entity& column);
// Properties that say how an object came to be, and differ without meaning.
bool is_compared(const std::string& property);
bool equal(const Object& from, const Object& to);

}  // namespace strata::schema
