// Where a half-applied revision goes on, and what may have been changed meanwhile.
#include "core/journal.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/error.hpp"

namespace strata {
namespace {

using State = JournalEntry::State;

Journal journal(std::initializer_list<std::pair<State, const char*>> entries) {
  Journal result;
  int number = 0;
  for (const auto& [state, checksum] : entries) result.emplace(++number, JournalEntry{state, checksum, std::nullopt});
  return result;
}

const std::vector<std::string> script{"one", "two", "three"};

void expect_changed(const Journal& present, const std::vector<std::string>& checksums) {
  try {
    statements_done(present, checksums, "r");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.sqlstate, sqlstate::wrong_state);
    EXPECT_NE(error.message.find("revision r was changed after statement"), std::string::npos) << error.message;
    EXPECT_NE(error.hint, "");
  }
}

TEST(Journal, WithoutEntriesEverythingIsToRun) { EXPECT_EQ(statements_done({}, script, "r"), 0); }

TEST(Journal, GoesOnBehindWhatIsDone) {
  EXPECT_EQ(statements_done(journal({{State::done, "one"}}), script, "r"), 1);
  EXPECT_EQ(statements_done(journal({{State::done, "one"}, {State::done, "two"}, {State::done, "three"}}), script, "r"), 3);
}

TEST(Journal, WhatFailedOrWasKilledRunsAgain) {
  EXPECT_EQ(statements_done(journal({{State::failed, "one"}}), script, "r"), 0);
  EXPECT_EQ(statements_done(journal({{State::done, "one"}, {State::running, "two"}}), script, "r"), 1);
}

TEST(Journal, OnlyWhatHasRunMustBeTheSame) {
  EXPECT_EQ(statements_done(journal({{State::done, "one"}, {State::failed, "other"}}), script, "r"), 1);
  expect_changed(journal({{State::done, "other"}}), script);
  expect_changed(journal({{State::done, "one"}, {State::done, "other"}}), script);
}

TEST(Journal, AScriptMayEndWhereItHasRunTo) {
  EXPECT_EQ(statements_done(journal({{State::done, "one"}, {State::failed, "two"}}), std::vector<std::string>{"one"}, "r"), 1);
  expect_changed(journal({{State::done, "one"}, {State::done, "two"}}), {"one"});
  expect_changed(journal({{State::done, "one"}}), {});
}

TEST(Journal, AGapIsNoJournalOfThisScript) { expect_changed({{2, {State::done, "two", std::nullopt}}}, script); }

TEST(Journal, ThePastOfAStatement) {
  const Journal present = journal({{State::failed, "one"}, {State::running, "two"}});
  EXPECT_EQ(past_of(present, 1), Past::failed);
  EXPECT_EQ(past_of(present, 2), Past::running);
  EXPECT_EQ(past_of(present, 3), Past::none);
}

}  // namespace
}  // namespace strata
