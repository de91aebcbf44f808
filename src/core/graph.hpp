// graph.hpp - the revision graph: immutable, built once from revisions in any order.
//
// Revisions are addressed by Index, their position in the order given to build(). Two kinds of edges: lineage
// (down_revision) and order (depends_on, resolved from ids or labels). The surprise: Alembic's walks leave out a
// dependency that an ancestor already declares; `down()` does the same, so that answers are equal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/revision.hpp"

namespace strata {

using Index = std::uint32_t;
using Indexes = std::vector<Index>;

// What is wrong with a set of revisions; `revision` is the one to look at first.
struct GraphFault {
  enum class Kind { cycle, self_loop, missing_parent, missing_dependency, duplicate_id, duplicate_label, clashing_label, bad_id };
  Kind kind;
  std::string revision;
  std::string text;  // for a person, lower case and without a full stop; names all that take part
  bool operator==(const GraphFault&) const = default;
};

class Graph {
 public:
  Graph() = default;

  // Raises MG005 with every fault in the detail, one a line (sorted, bounded to 50 lines and "... and N more").
  static Graph build(std::vector<Lineage> revisions);
  // All faults of a set, in a stable order; empty when build() would succeed. Never raises.
  static std::vector<GraphFault> find_faults(std::span<const Lineage> revisions);

  // The graph as bytes that this build of the library reads back, in a fraction of the time of build(); nothing when they are of
  // another build or damaged.
  std::string pack() const;
  static std::optional<Graph> unpack(std::string_view bytes);

  std::size_t size() const;
  Lineage lineage(Index) const;  // as it was given to build()
  const std::string& id(Index) const;
  std::optional<Index> find(std::string_view id) const;           // whole id only
  std::optional<Index> find_label(std::string_view label) const;  // the revision that declares it

  std::span<const Index> parents(Index) const;       // down_revision
  std::span<const Index> dependencies(Index) const;  // depends_on, resolved
  std::span<const Index> children(Index) const;      // reverse of parents
  std::span<const Index> dependents(Index) const;    // reverse of dependencies
  std::span<const Index> down(Index) const;          // parents and the dependencies no lineage ancestor declares

  // Branch labels that hold for a revision, in graph order: its own and those it inherits from revisions below; a label on the
  // only line of a branch also holds for what is below it, down to the next branch or merge (Alembic: Revision.branch_labels).
  std::vector<std::string> labels(Index) const;

  const Indexes& heads() const;            // no children
  const Indexes& effective_heads() const;  // no children and no dependents: absorbed heads are left out
  const Indexes& bases() const;            // no parents
  bool is_branch_point(Index) const;
  bool is_merge_point(Index) const;

  // Names for prefixes: the revision of every id and every label of 4 or more characters that starts with `prefix`, once for each
  // such name, ids first (Alembic looks up both).
  Indexes with_prefix(std::string_view prefix) const;

 private:
  // A list of indexes for each revision, all in one vector.
  struct Adjacency {
    std::vector<std::uint32_t> starts;  // size() + 1 of them
    Indexes items;
    std::span<const Index> row(Index i) const { return std::span(items).subspan(starts[i], starts[i + 1] - starts[i]); }
  };
  // A list of texts for each revision.
  struct TextLists {
    std::vector<std::uint32_t> starts{0};
    std::vector<std::string> items;
    std::span<const std::string> row(Index i) const { return std::span(items).subspan(starts[i], starts[i + 1] - starts[i]); }
    void add(std::vector<std::string> texts);
  };
  // A declared label: `position` in branch_labels of `owner`.
  struct Label {
    Index owner;
    std::uint32_t position;
  };
  // Labels that begin at a revision and those of other tags below it: sets that share their tails.
  struct Tag {
    Indexes owners;  // whose own labels begin here
    std::vector<std::uint32_t> below;
  };
  static constexpr std::uint32_t no_tag = UINT32_MAX;

  template <typename Archive>
  void exchange(Archive& archive);  // every member with the archive, one way or the other

  static Adjacency adjacency(const std::vector<Indexes>& rows);
  static Adjacency reverse(const Adjacency& rows);
  void link(const std::vector<Lineage>& revisions);
  void sort_names();
  Indexes oldest_first() const;
  void leave_out_inherited_dependencies(const Indexes& order);
  void spread_labels(const Indexes& order);
  Index label_root(Index) const;
  const std::string& text(Label) const;

  // Not a vector of Lineage: reading one back is most of what a cold session does.
  std::vector<std::string> ids_;
  TextLists own_labels_, needs_;  // branch_labels and depends_on as written
  Adjacency parents_, dependencies_, children_, dependents_, down_;
  Indexes heads_, effective_heads_, bases_;
  Indexes by_id_;              // sorted by id
  std::vector<Label> labels_;  // sorted by text
  std::vector<Tag> tags_;
  std::vector<std::uint32_t> tag_of_;
};

}  // namespace strata
