// What comes before CREATE INDEX CONCURRENTLY, for everything that can be there already.
#include "core/index_repair.hpp"

#include <gtest/gtest.h>

namespace strata {
namespace {

using Found = IndexFacts::Found;

IndexFacts ours(bool valid) {
  IndexFacts facts;
  facts.found = Found::index;
  facts.is_valid = valid;
  facts.on_same_table = facts.has_same_definition = true;
  return facts;
}

TEST(IndexRepair, NothingThereIsBuilt) {
  EXPECT_EQ(action_before_build({}), IndexAction::build);
  IndexFacts interrupted;
  interrupted.was_interrupted = true;
  EXPECT_EQ(action_before_build(interrupted), IndexAction::build);
}

TEST(IndexRepair, AnotherKindOfRelationIsTheServersToRefuse) {
  IndexFacts facts;
  facts.found = Found::other_relation;
  facts.was_interrupted = true;
  EXPECT_EQ(action_before_build(facts), IndexAction::build);
}

TEST(IndexRepair, AnInvalidOneOfOursIsBuiltAgainWhoeverBegan) {
  for (const bool interrupted : {false, true}) {
    IndexFacts facts = ours(false);
    facts.was_interrupted = interrupted;
    EXPECT_EQ(action_before_build(facts), IndexAction::drop_and_build);
  }
}

TEST(IndexRepair, AnInvalidOneOfAnotherTableOrDefinitionIsNotTouched) {
  for (const bool interrupted : {false, true}) {
    IndexFacts other_table = ours(false), other_definition = ours(false);
    other_table.was_interrupted = other_definition.was_interrupted = interrupted;
    other_table.on_same_table = false;
    other_definition.has_same_definition = false;
    EXPECT_EQ(action_before_build(other_table), IndexAction::refuse_other);
    EXPECT_EQ(action_before_build(other_definition), IndexAction::refuse_other);
  }
}

TEST(IndexRepair, OneThatIsBeingBuiltIsNotDropped) {
  IndexFacts facts = ours(false);
  facts.is_being_built = true;
  EXPECT_EQ(action_before_build(facts), IndexAction::refuse_being_built);
}

TEST(IndexRepair, AValidOneCountsAsBuiltOnlyWhenTheJournalSaysThatWeBegan) {
  EXPECT_EQ(action_before_build(ours(true)), IndexAction::build);
  IndexFacts facts = ours(true);
  facts.was_interrupted = true;
  EXPECT_EQ(action_before_build(facts), IndexAction::is_built);
  facts.has_same_definition = false;
  EXPECT_EQ(action_before_build(facts), IndexAction::build);
}

}  // namespace
}  // namespace strata
