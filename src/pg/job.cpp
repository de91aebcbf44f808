#include "pg/job.hpp"

namespace strata::pg {
namespace {

void require_reversible(const Job& job) {
  const std::optional<StoredScript>& downgrade = job.revision.downgrade;
  if (!downgrade)
    throw Error(sqlstate::refused_by_policy, fmt::format("revision {} is irreversible", job.title()))
        .with_detail("It has no downgrade. Nothing has run.")
        .with_hint("Write a \"-- migrate:down\" section and load the revision again, or go forward with a new revision.");
  if (downgrade->defect)
    throw Error(sqlstate::refused_by_policy, fmt::format("revision {} is irreversible: its downgrade does not parse", job.title()))
        .with_detail(fmt::format("{}. Nothing has run.", *downgrade->defect))
        .with_hint("Correct its \"-- migrate:down\" section and load the revision again.");
}

void check(const Job& job) {
  if (job.step.operation == Operation::stamp) return;
  if (job.step.operation == Operation::downgrade) require_reversible(job);
  if (!job.script())
    throw Error(sqlstate::wrong_state, fmt::format("revision {} has lost its script", job.title())).with_hint("Load the revision again.");
}

}  // namespace

const StoredScript* Job::script() const {
  const auto& stored = step.operation == Operation::upgrade ? revision.upgrade : revision.downgrade;
  return step.operation == Operation::stamp || !stored ? nullptr : &*stored;
}

std::string Job::title() const { return revision.file.empty() ? id : fmt::format("{} ({})", id, revision.file); }

std::vector<Job> jobs_of(const Graph& graph, const Plan& plan, Snapshot snapshot) {
  std::vector<Job> jobs;
  for (const Step& step : plan.steps) {
    Job job{step, step.revision ? graph.id(*step.revision) : "", {}};
    if (auto found = find_revision(job.id, snapshot); found) job.revision = std::move(*found);
    check(job);
    jobs.push_back(std::move(job));
    check_for_interrupts();
  }
  return jobs;
}

Texts ids_of(const Graph& graph, std::span<const Index> indexes) {
  Texts ids;
  for (Index index : indexes) ids.push_back(graph.id(index));
  return ids;
}

}  // namespace strata::pg
