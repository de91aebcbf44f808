#include "core/index_repair.hpp"

namespace strata {

IndexAction action_before_build(const IndexFacts& facts) {
  if (facts.found != IndexFacts::Found::index) return IndexAction::build;
  const bool is_ours = facts.on_same_table && facts.has_same_definition;
  if (facts.is_valid) return is_ours && facts.was_interrupted ? IndexAction::is_built : IndexAction::build;
  if (facts.is_being_built) return IndexAction::refuse_being_built;
  return is_ours ? IndexAction::drop_and_build : IndexAction::refuse_other;
}

}  // namespace strata
