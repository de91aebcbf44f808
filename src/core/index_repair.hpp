// index_repair.hpp - what to do before CREATE INDEX CONCURRENTLY, from what is already there.
//
// An interrupted build leaves an INVALID index, which IF NOT EXISTS would take for the real one.
#pragma once

namespace strata {

// What has the name that the index shall get.
struct IndexFacts {
  enum class Found { nothing, other_relation, index } found = Found::nothing;
  bool is_valid = false;
  bool on_same_table = false;
  bool has_same_definition = false;
  bool is_being_built = false;   // by another session, at this moment
  bool was_interrupted = false;  // the journal says that this build began and does not say that it ended
};

// The server itself refuses or skips what has the name already: then the build is just run.
enum class IndexAction { build, drop_and_build, is_built, refuse_other, refuse_being_built };

IndexAction action_before_build(const IndexFacts& facts);

}  // namespace strata
