#include "pg/replay.hpp"

#include <cstring>

#include "core/plan.hpp"
#include "core/text.hpp"
#include "core/walk.hpp"
#include "pg/desired.hpp"
#include "pg/hidden_world.hpp"
#include "pg/schema_reader.hpp"
#include "pg/settings.hpp"

namespace strata::pg {
namespace {

using schema::Model;

// The world in which scripts are run again, and all that they have said of extensions so far.
class Stage {
 public:
  Stage(World& world, Texts schemas, const Model& live) : world_(world), schemas_(std::move(schemas)), live_(live) {}

  void run(const std::vector<ReplayStep>& steps) {
    for (const ReplayStep& step : steps) {
      const DesiredDdl script(step.sql, step.name);
      script.run(world_);
      add_missing(schemas_, script.says().schemas_created);
      mentions_.insert(mentions_.end(), script.says().extensions.begin(), script.says().extensions.end());
      check_for_interrupts();
    }
  }

  Model read() const { return with_extensions(read_schema({schemas_, ReadScope::Needs::read, world_.before}), live_, mentions_); }
  const Texts& schemas() const { return schemas_; }

 private:
  World& world_;
  Texts schemas_;
  const Model& live_;
  std::vector<ExtensionMention> mentions_;
};

// Whether migrate.managed_schemas names them or not: they are there, and are made once more.
Texts schemas_created(const std::vector<ReplayStep>& steps) {
  Texts names;
  for (const ReplayStep& step : steps) {
    if (strcasestr(step.sql.c_str(), "schema")) add_missing(names, DesiredDdl(step.sql, step.name).says().schemas_created);
    check_for_interrupts();
  }
  return names;
}

void on_stage(const std::vector<ReplayStep>& first, const std::vector<ReplayStep>& second, const std::function<void(Stage&)>& body) {
  Texts schemas = present_schemas(), precreated;
  if (const auto named = managed_schemas(); named) precreated = *named;
  for (const Texts& names : {precreated, schemas_created(first), schemas_created(second)}) add_missing(schemas, names);
  const Model live = live_model(schemas);
  in_hidden_world({schemas, precreated, WorldScope::Servers::hidden}, [&](World& world) {
    Stage stage(world, schemas, live);
    body(stage);
  });
}

// Installed extensions are neither made nor dropped in a hidden world.
void require_same(const Model& reached, const Model& wanted, const std::string& what) {
  auto findings = schema::compare(reached, wanted);
  std::erase_if(findings, [](const schema::Finding& finding) { return finding.object.kind == schema::Kind::extension; });
  if (findings.empty()) return;
  Texts lines;
  for (const schema::Finding& finding : findings)
    if (lines.size() < 20) lines.push_back(fmt::format("{} is {}", title_of(finding.object), name_of(finding.difference)));
  throw Error(sqlstate::schema_differs, what)
      .with_detail(fmt::format("{}", fmt::join(lines, "\n")))
      .with_hint("Keep these revisions as they are, or squash a shorter range of them.");
}

}  // namespace

std::vector<ReplayStep> replay_steps(const Graph& graph, const Indexes& revisions, Snapshot snapshot) {
  std::vector<ReplayStep> steps;
  for (const Index index : revisions) {
    const std::string id(graph.id(index));
    const auto stored = find_revision(id, snapshot);
    if (!stored || !stored->upgrade) throw Error(sqlstate::wrong_state, fmt::format("the upgrade script of revision {} is lost", quoted(id))).with_hint("Load its file.");
    steps.push_back({"upgrade of revision " + id, stored->upgrade->script.sql});
  }
  return steps;
}

Indexes applied_in_order(const Graph& graph, const Texts& version_rows) {
  const Indexes rows = locate(graph, version_rows);
  return in_order(graph, applied(graph, rows), rows);
}

Replayed replay(const std::vector<ReplayStep>& first, const std::vector<ReplayStep>& second) {
  Replayed result;
  on_stage(first, second, [&](Stage& stage) {
    stage.run(first);
    result.before = stage.read();
    stage.run(second);
    result.after = stage.read();
    result.schemas = stage.schemas();
  });
  return result;
}

void prove_replacement(const Replayed& replayed, const std::vector<ReplayStep>& first, const std::string& upgrade, const std::string& downgrade) {
  on_stage(first, {{"squashed upgrade", upgrade}}, [&](Stage& stage) {
    stage.run(first);
    with_advice([&] { stage.run({{"squashed upgrade", upgrade}}); }, [](const ErrorData&) -> const char* {
      return "What a statement that was carried over speaks of may be gone at the end: data => 'discard' leaves them out.";
    });
    require_same(stage.read(), replayed.after, "the squashed revision does not build what the revisions have built");
    stage.run({{"squashed downgrade", downgrade}});
    require_same(stage.read(), replayed.before, "the downgrade of the squashed revision does not lead back");
  });
}

}  // namespace strata::pg
