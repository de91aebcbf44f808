// Alembic's own answers, on random graphs and on those of real projects (test/cases/conformance).
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/plan.hpp"

namespace strata {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

std::filesystem::path cases_directory() {
  return std::filesystem::path(__FILE__).parent_path().parent_path() / "cases" / "conformance";
}

Json read(const std::string& name) {
  std::ifstream file(cases_directory() / name);
  return Json::parse(file);
}

Graph read_graph(const Json& revisions) {
  std::vector<Lineage> lineages;
  for (const Json& r : revisions) lineages.push_back({r["id"], r["down"], r["depends_on"], r["labels"]});
  return Graph::build(std::move(lineages));
}

Names targets_of(const Json& question) {
  if (question["target"].is_array()) return question["target"];
  return {question["target"].get<std::string>()};
}

Plan answer(const Graph& graph, const Json& question) {
  const Indexes current = locate(graph, question["current"].get<Names>());
  const Names targets = targets_of(question);
  const Operation operation = operation_named(question["op"].get<std::string>());
  if (operation == Operation::stamp) return plan_stamp(graph, targets, current);
  return plan(graph, operation, targets.at(0), current);
}

std::set<std::string> names(const Graph& graph, const Indexes& revisions) {
  std::set<std::string> result;
  for (const Index i : revisions) result.insert(graph.id(i));
  return result;
}

// The definition of a version row, spelled out: applied, and nothing applied needs it.
Indexes maximal_by_definition(const Graph& graph, const std::set<Index>& applied) {
  Indexes result;
  for (const Index i : applied) {
    bool needed = false;
    for (const auto& above : {graph.children(i), graph.dependents(i)}) {
      for (const Index a : above) needed = needed || applied.contains(a);
    }
    if (!needed) result.push_back(i);
  }
  return result;
}

void expect_order(const Graph& graph, const Plan& plan, const Indexes& current) {
  std::set<Index> applied;
  const auto before = strata::applied(graph, current);
  for (Index i = 0; i < graph.size(); ++i) {
    if (before[i]) applied.insert(i);
  }
  for (const Step& step : plan.steps) {
    ASSERT_TRUE(step.revision);
    const Index i = *step.revision;
    if (step.operation == Operation::upgrade) {
      for (const auto& below : {graph.parents(i), graph.dependencies(i)}) {
        for (const Index b : below) EXPECT_TRUE(applied.contains(b)) << graph.id(i) << " before " << graph.id(b);
      }
      EXPECT_TRUE(applied.insert(i).second) << graph.id(i) << " twice";
    } else {
      for (const auto& above : {graph.children(i), graph.dependents(i)}) {
        for (const Index a : above) EXPECT_FALSE(applied.contains(a)) << graph.id(i) << " before " << graph.id(a);
      }
      EXPECT_EQ(applied.erase(i), 1u) << graph.id(i) << " twice";
    }
    EXPECT_EQ(step.heads, maximal_by_definition(graph, applied));
  }
}

void expect_refusal(const Graph& graph, const Json& question) {
  try {
    answer(graph, question);
    ADD_FAILURE() << "not refused, Alembic: " << question["error"];
  } catch (const Error& error) {
    EXPECT_EQ(std::string_view(error.sqlstate.code, 2), "MG") << error.message;
    EXPECT_NE(error.message.find(targets_of(question).at(0)), std::string::npos) << error.message;
    EXPECT_FALSE(error.hint.empty()) << error.message;
  }
}

void expect_answer(const Graph& graph, const Json& question) {
  Plan plan;
  try {
    plan = answer(graph, question);
  } catch (const Error& error) {
    ADD_FAILURE() << error.message;
    return;
  }
  EXPECT_EQ(names(graph, plan.heads), question["heads"].get<std::set<std::string>>());
  if (!question.contains("steps")) return;
  std::set<std::string> wanted, planned;
  for (const Json& step : question["steps"]) wanted.insert(step[1]);
  for (const Step& step : plan.steps) planned.insert(graph.id(step.revision.value()));
  EXPECT_EQ(planned, wanted);
  EXPECT_EQ(plan.steps.size(), wanted.size());
  expect_order(graph, plan, locate(graph, question["current"].get<Names>()));
}

std::size_t ask(const std::string& file) {
  std::size_t asked = 0, number = 0;
  for (const Json& entry : read(file)) {
    const Graph graph = read_graph(entry["graph"]);
    for (const Json& question : entry["cases"]) {
      SCOPED_TRACE("graph " + std::to_string(number) + ": " + question["op"].get<std::string>() + " " +
                   question["target"].dump() + " from " + question["current"].dump());
      if (question.contains("error"))
        expect_refusal(graph, question);
      else
        expect_answer(graph, question);
      ++asked;
    }
    ++number;
  }
  return asked;
}

TEST(Conformance, RandomGraphs) { EXPECT_EQ(ask("graphs.json"), 4732u); }
TEST(Conformance, Airflow) { EXPECT_EQ(ask("airflow.json"), 391u); }
TEST(Conformance, Superset) { EXPECT_EQ(ask("superset.json"), 390u); }
TEST(Conformance, Neutron) { EXPECT_EQ(ask("neutron.json"), 384u); }

}  // namespace
}  // namespace strata
