// How long the core needs for large graphs: a chain with a branch and a merge every ten revisions.
// The bound to keep: 100,000 revisions built and planned in 0.3 s, with less than 100 MB in all.
#include <sys/resource.h>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/draw.hpp"
#include "core/history.hpp"
#include "core/plan.hpp"

namespace strata {
namespace {

// Ten at a time: a base of two branches of four, and the merge of both.
std::vector<Lineage> ladder(std::int64_t count) {
  std::vector<Lineage> revisions;
  revisions.reserve(static_cast<std::size_t>(count));
  const auto name = [](std::int64_t i) { return fmt::format("{:012x}", i); };
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::string> parents;
    switch (i % 10) {
      case 5:
        parents = {name(i - 5)};
        break;
      case 9:
        parents = {name(i - 5), name(i - 1)};
        break;
      default:
        if (i > 0) parents = {name(i - 1)};
    }
    revisions.push_back({name(i), std::move(parents), {}, {}});
  }
  return revisions;
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Memory first: the loops below hold several copies at once.
const double peak_of_one_plan = [] {
  const Graph graph = Graph::build(ladder(100'000));
  benchmark::DoNotOptimize(plan_upgrade(graph, "head", {}));
  return peak_megabytes();
}();

void build_and_plan(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto revisions = ladder(state.range(0));
    state.ResumeTiming();
    const Graph graph = Graph::build(std::move(revisions));
    benchmark::DoNotOptimize(plan_upgrade(graph, "head", {}));
  }
  state.SetComplexityN(state.range(0));
  state.counters["peak_MB_of_100k"] = peak_of_one_plan;
}

void build(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto revisions = ladder(state.range(0));
    state.ResumeTiming();
    benchmark::DoNotOptimize(Graph::build(std::move(revisions)));
  }
  state.SetComplexityN(state.range(0));
}

void upgrade(benchmark::State& state) {
  const Graph graph = Graph::build(ladder(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(plan_upgrade(graph, "head", {}));
  state.SetComplexityN(state.range(0));
}

void downgrade(benchmark::State& state) {
  const Graph graph = Graph::build(ladder(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(plan_downgrade(graph, "base", graph.heads()));
  state.SetComplexityN(state.range(0));
}

void list_history(benchmark::State& state) {
  const Graph graph = Graph::build(ladder(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(history(graph, std::nullopt, {}));
  state.SetComplexityN(state.range(0));
}

void draw(benchmark::State& state) {
  const Graph graph = Graph::build(ladder(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(draw_text(graph, {}));
  state.SetComplexityN(state.range(0));
}

void sizes(benchmark::internal::Benchmark* one) {
  one->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->Complexity();
}

BENCHMARK(build_and_plan)->Apply(sizes);
BENCHMARK(build)->Apply(sizes);
BENCHMARK(upgrade)->Apply(sizes);
BENCHMARK(downgrade)->Apply(sizes);
BENCHMARK(list_history)->Apply(sizes);
BENCHMARK(draw)->Apply(sizes);

}  // namespace
}  // namespace strata

BENCHMARK_MAIN();
