// What a load costs: reading a revision file and preparing its scripts, for a usual file and for a large one.
#include <benchmark/benchmark.h>

#include <string>

#include "core/file.hpp"
#include "parse/script.hpp"

namespace {

std::string file_of_bytes(std::size_t bytes) {
  std::string file = "-- revision: 6a2b1c6f3c2b\n-- down_revision: 0086\n-- message: bench\n\n-- migrate:up\n";
  for (int index = 0; file.size() < bytes; ++index) {
    const std::string name = "t" + std::to_string(index);
    file += "CREATE TABLE " + name +
            " (\n  id bigint PRIMARY KEY,\n  name text NOT NULL DEFAULT 'none', -- shown to users\n  parent bigint REFERENCES " +
            name + " (id) ON DELETE CASCADE\n);\nCREATE INDEX ON " + name + " (name) WHERE name <> 'none';\n\n";
  }
  return file + "-- migrate:down\nSELECT 1;\n";
}

void load_file(benchmark::State& state) {
  const std::string file = file_of_bytes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    strata::FileFaults faults;
    const auto revision = strata::parse_file(file, "bench.sql", faults);
    if (!revision) return state.SkipWithError("the file does not load");
    benchmark::DoNotOptimize(strata::prepare(revision->upgrade.sql));
    benchmark::DoNotOptimize(strata::prepare(revision->downgrade->sql));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(file.size()));
}
BENCHMARK(load_file)->Arg(500)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
