#include "core/record.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"

namespace strata {
namespace {

constexpr Recording::Level kCommitted = 0;

void print_settings(std::string& out, const RecordedSettings& before, const RecordedSettings& settings) {
  for (const auto& setting : settings)
    if (std::find(before.begin(), before.end(), setting) == before.end()) out += fmt::format("SET {} = {};\n", setting.first, setting.second);
}

}  // namespace

std::size_t Recording::Statement::size() const {
  std::size_t bytes = sql.size();
  for (const auto& [name, value] : settings) bytes += name.size() + value.size();
  return bytes;
}

bool Recording::is_pending() const {
  const auto is_open = [](const Statement& statement) { return statement.level != kCommitted; };
  return stopped_ || (started_ && *started_ != kCommitted) || std::any_of(statements_.begin(), statements_.end(), is_open);
}

void Recording::start(Level level, RecordedSettings usual) {
  clear();
  started_ = level;
  usual_ = std::move(usual);
}

void Recording::add(const StatementId& id, Level level, std::string sql, RecordedSettings settings) {
  Statement statement{id, level, std::move(sql), std::move(settings)};
  if (bytes_ + statement.size() > max_recorded_bytes)
    throw Error(sqlstate::program_limit_exceeded, fmt::format("more than {} bytes of DDL were recorded", max_recorded_bytes))
        .with_detail("This statement is rolled back.")
        .with_hint("Make a revision of what there is, SELECT migrate_record_stop(...), and begin again.");
  bytes_ += statement.size();
  statements_.push_back(std::move(statement));
}

void Recording::commit(Level level, Level parent) {
  for (Statement& statement : statements_)
    if (statement.level == level) statement.level = parent;
  if (started_ == level) started_ = parent;
  if (stopped_ == level) stopped_ = parent;
}

template <typename Test>
void Recording::forget(Test is_gone) {
  std::erase_if(statements_, [&](const Statement& statement) {
    if (!is_gone(statement)) return false;
    bytes_ -= statement.size();
    return true;
  });
}

void Recording::abort(Level level) {
  if (started_ == level) return clear();
  if (stopped_ == level) stopped_.reset();
  forget([&](const Statement& statement) { return statement.level == level; });
}

void Recording::commit() {
  if (stopped_) return clear();
  if (started_) started_ = kCommitted;
  for (Statement& statement : statements_) statement.level = kCommitted;
}

void Recording::abort() {
  if (started_ && *started_ != kCommitted) return clear();
  stopped_.reset();
  forget([](const Statement& statement) { return statement.level != kCommitted; });
}

std::string Recording::script() const {
  std::string out;
  const RecordedSettings* before = &usual_;
  for (const Statement& statement : statements_) {
    print_settings(out, *before, statement.settings);
    out += statement.sql + ";\n";
    before = &statement.settings;
  }
  return out;
}

}  // namespace strata
