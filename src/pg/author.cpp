#include "pg/author.hpp"

#include "core/resolve.hpp"
#include "core/text.hpp"
#include "pg/loader.hpp"
#include "pg/runner.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace strata::pg {
namespace {

void draw_random(char* bytes, std::size_t count) {
  if (!pg_strong_random(bytes, count)) throw Error(sqlstate::internal, "could not generate random values");
}

// Twelve random hex digits, as Alembic's.
std::string new_id(const Graph& known) {
  for (;;) {
    unsigned char bytes[6];
    draw_random(reinterpret_cast<char*>(bytes), sizeof bytes);
    std::string id;
    for (unsigned char byte : bytes) id += fmt::format("{:02x}", byte);
    if (!known.find(id)) return id;
  }
}

}  // namespace

std::string now_to_the_second() {
  const TimestampTz now = GetCurrentTimestamp();
  return timestamp_text(now - now % USECS_PER_SEC);
}

Texts parents_at(const Graph& known, const std::string& head, Branching branching, std::span<const Index> current) {
  const Indexes parents = resolve(known, head, current);
  for (Index parent : parents)
    if (branching == Branching::refuse && !known.children(parent).empty())
      throw Error(sqlstate::several_heads, fmt::format("revision {} is not a head", quoted(known.id(parent))))
          .with_detail("A child of it would start a new branch.")
          .with_hint("Name a head; migrate_revision(..., splice => true) starts a branch.");
  return ids_of(known, parents);
}

std::string id_of_new(const Graph& known, const std::optional<std::string>& rev_id) {
  if (!rev_id) return new_id(known);
  if (known.find(*rev_id)) throw Error(sqlstate::broken_graph, fmt::format("revision {} exists already", quoted(*rev_id))).with_hint("Choose another rev_id.");
  return *rev_id;
}

std::optional<std::string> write_revision(const std::optional<std::string>& rev_id, const Compose& compose) {
  std::string id;
  with_migration([&](Snapshot latest) {
    const SharedGraph known = graph(latest);
    const std::string new_one = id_of_new(*known, rev_id);
    std::optional<Revision> revision = compose(*known, version_rows(latest), latest);
    if (!revision) return;
    revision->lineage.id = id = new_one;
    revision->created_at = now_to_the_second();
    revision->message = tidy_message(revision->message);
    check_printable(*revision);
    const std::string place = fmt::format("revision {}", id);
    load({{std::move(*revision)}, {place}, {place}, {}, {}}, Missing::keep, latest);
  });
  if (id.empty()) return std::nullopt;
  return id;
}

}  // namespace strata::pg
