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
  std::vector<int> from_needs, to_needs, from_users, to_users;

  const Object& object() const { return to ? *to : *from; }
  const Object* on(Side side) const { return side == Side::before ? from : to; }
  bool goes() const { return fate == Fate::drop || fate == Fate::remake; }
  bool comes() const { return fate == Fate::create || fate == Fate::remake; }
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
  // The same part (column, constraint) of a parent to which the table is attached before and after; -1: it stands for itself.
  int inherited_from(int number) const;
  // index or constraint named by an index_attachment: the partitioned one, and that of the partition.
  int upper_index(int attachment, Side side) const;
  int lower_index(int attachment, Side side) const;
  // The attachment of an index or constraint; -1: none on that side.
  int attachment_of(int index, Side side) const;
  int partition_of(int part) const;  // the `partition` of the table that it belongs to; -1: none

  // Gives up altering it: it is dropped and made, with what stands upon it.
  void make_anew(int number);

  const Model& from() const { return from_; }
  const Model& to() const { return to_; }

 private:
  void match();
  void settle();
  void need_goes(int number, int need);
  void column_changes(int column);
  void settle_attachments();
  void remake(int number);
  int find_index(const Key& of_index, Side side) const;

  const Model& from_;
  const Model& to_;
  std::vector<Entity> all_;
  std::vector<int> pending_;
};

// Properties that say how an object came to be, and differ without meaning.
bool is_compared(const std::string& property);
bool equal(const Object& from, const Object& to);

}  // namespace strata::schema
