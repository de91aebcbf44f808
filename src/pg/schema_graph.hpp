// schema_graph.hpp - objects by their address in the catalogs, and what needs what.
//
// The server speaks of more objects than a Model has: array types, indexes of constraints, rules of views. Those are aliases of
// what stands for them. The surprise: an address of a column that is nobody's stands for its relation.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "pg/address.hpp"
#include "schema/model.hpp"

namespace strata::pg {

struct Place {
  Oid catalog;
  Oid oid;
  int sub;  // a column of it, or 0
  bool operator==(const Place&) const = default;
};

struct PlaceHash {
  std::size_t operator()(const Place& place) const {
    std::uint64_t bits = (std::uint64_t{place.catalog} << 32 | place.oid) * 0x9E3779B97F4A7C15u;
    bits ^= static_cast<std::uint64_t>(place.sub + 1) * 0xC2B2AE3D27D4EB4Fu;
    return static_cast<std::size_t>(bits ^ bits >> 29);
  }
};

class SchemaGraph {
 public:
  using Number = std::size_t;
  std::vector<schema::Object> objects;

  void reserve(Number count);
  Number add(const Place& place, schema::Object object);
  // What is needed by others and is itself no part of the model: an extension older than the world that is read.
  void add_unseen(const Place& place, schema::Object object) { unseen_.insert(add(place, std::move(object))); }
  void add_alias(const Place& alias, const Place& of) { aliases_.emplace(alias, of); }
  // What belongs to an extension, or is not to be seen: an object of one of these is left out.
  void leave_out(const Place& member) { left_out_.insert(member); }
  void add_member(const Place& member, const Place& extension);

  bool is_left_out(Oid catalog, Oid oid) const { return left_out_.contains({catalog, oid, 0}); }
  // The object with exactly this address / the one that stands for the address.
  std::optional<Number> at(const Place& place) const;
  std::optional<Number> find(const Place& place) const;
  bool has_alias(const Place& place) const { return aliases_.contains(place); }

  void add_need(Number object, Number needed) { needs_.emplace_back(object, needed); }
  // A row of pg_depend.
  void add_dependency(const Place& from, const Place& on, char type);
  // Puts the needs into the objects, and takes the unseen ones away.
  void settle();

 private:
  template <typename Found>
  auto follow(Place place, Found found) const -> decltype(found(place));
  std::optional<Number> needed_by(const Place& place) const;

  std::unordered_map<Place, Number, PlaceHash> places_;
  std::unordered_map<Place, Place, PlaceHash> aliases_;
  std::unordered_map<Place, Place, PlaceHash> members_;
  std::unordered_set<Place, PlaceHash> left_out_;
  std::unordered_set<Number> unseen_;
  std::vector<std::pair<Number, Number>> needs_;
};

}  // namespace strata::pg
