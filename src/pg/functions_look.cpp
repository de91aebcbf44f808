// functions_look.cpp - where the database stands: current, heads, branches, show, script, graph, health, require.
#include "core/describe.hpp"
#include "core/draw.hpp"
#include "core/health.hpp"
#include "core/resolve.hpp"
#include "core/text.hpp"
#include "pg/encoding.hpp"
#include "pg/job.hpp"

extern "C" {
#include "utils/builtins.h"
#include "utils/jsonb.h"
}

using namespace strata;
using namespace strata::pg;

namespace {

// What every looking function starts from; rows that the catalog lacks are left out.
struct View {
  Snapshot snapshot = query_snapshot();
  SharedGraph known = graph(snapshot);
  Texts rows = version_rows(snapshot);
  Indexes current = known_rows(*known, rows);
};

struct Named {
  Index index;
  StoredRevision stored;
};

Named find_named_revision(const View& view, const std::string& name) {
  const Index index = resolve_one(*view.known, name, view.current);
  auto stored = find_revision(view.known->id(index), view.snapshot);
  if (!stored) throw Error(sqlstate::unknown_revision, fmt::format("unknown revision {}", quoted(name))).with_hint("Load its file.");
  return {index, std::move(*stored)};
}

void add_all(Rows& out, Texts texts) {
  std::sort(texts.begin(), texts.end());
  for (const std::string& text : texts) out.add({value(text)});
}

std::string draw(const std::string& format, const Graph& known, const Drawing& drawing) {
  if (format == "text") return draw_text(known, drawing);
  if (format == "dot") return draw_dot(known, drawing);
  if (format == "mermaid") return draw_mermaid(known, drawing);
  throw Error(sqlstate::invalid_parameter, fmt::format("unknown format {}", quoted(format))).with_hint("Say text, dot or mermaid.");
}

Datum parse_json(const char* text) { return DirectFunctionCall1(jsonb_in, CStringGetDatum(text)); }

}  // namespace

STRATA_FUNCTION(migrate_current) {
  Rows out(fcinfo);
  add_all(out, version_rows(query_snapshot()));
  return 0;
}

STRATA_FUNCTION(migrate_heads) {
  const bool resolved = Arguments(fcinfo).flag(0, "resolve_dependencies");
  Rows out(fcinfo);
  const View view;
  add_all(out, ids_of(*view.known, resolved ? view.known->effective_heads() : view.known->heads()));
  return 0;
}

STRATA_FUNCTION(migrate_branches) {
  Rows out(fcinfo);
  const View view;
  for (Index i = 0; i < view.known->size(); i++) {
    if (!view.known->is_branch_point(i)) continue;
    const auto stored = find_revision(view.known->id(i), view.snapshot);
    Texts children = ids_of(*view.known, view.known->children(i));
    std::sort(children.begin(), children.end());
    out.add({value(view.known->id(i)), value(stored ? stored->message : ""), value(children)});
    check_for_interrupts();
  }
  return 0;
}

STRATA_FUNCTION(migrate_show) {
  const View view;
  auto [index, stored] = find_named_revision(view, Arguments(fcinfo).text(0, "revision"));
  if (!may_read_scripts()) conceal_scripts(stored);
  return datum_of(without_final_newline(describe(*view.known, index, stored, view.current)));
}

STRATA_FUNCTION(migrate_script) {
  require_script_access();
  const View view;
  return datum_of(without_final_newline(print_file(revision_of(find_named_revision(view, Arguments(fcinfo).text(0, "revision")).stored))));
}

STRATA_FUNCTION(migrate_graph) {
  const std::string format = Arguments(fcinfo).text(0, "format");
  const View view;
  Drawing drawing;
  drawing.messages.resize(view.known->size());
  scan(Table::revision, view.snapshot, [&](const Row& row) {
    if (const auto index = view.known->find(row.text(0)); index) drawing.messages[*index] = row.text(4);
  });
  drawing.applied = applied(*view.known, view.current);
  drawing.current = view.current;
  return datum_of(without_final_newline(draw(format, *view.known, drawing)));
}

STRATA_FUNCTION(migrate_health) {
  const Snapshot snapshot = query_snapshot();
  const std::vector<GraphFault> faults = graph_faults(snapshot);
  Health health;
  if (faults.empty()) {
    health = health_of(*graph(snapshot), version_rows(snapshot));
  } else {
    health.current = version_rows(snapshot);
    health.problem = "the revision graph is broken: " + faults.front().text;
  }
  const std::string json = to_server(to_json(health));
  return call(parse_json, json.c_str());
}

STRATA_FUNCTION(migrate_require) {
  const View view;
  require_applied(*view.known, Arguments(fcinfo).text(0, "target"), view.rows);
  return 0;
}
