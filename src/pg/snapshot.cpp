#include "pg/snapshot.hpp"

#include "pg/catalog.hpp"
#include "pg/schema_engine.hpp"
#include "pg/settings.hpp"
#include "pg/store.hpp"
#include "schema/text_form.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
}

namespace strata::pg {
namespace {

Texts present_rows() {
  Texts rows;
  with_latest_snapshot([&](Snapshot latest) { rows = version_rows(latest); });
  return rows;
}

void write_snapshot() {
  const Texts schemas = present_schemas();
  const std::string model = to_text(without_secrets(live_model_without_needs(schemas)));
  write("INSERT INTO migrate.snapshot (key, taken_at, heads, schemas, model) VALUES ('one', pg_catalog.clock_timestamp(), $1, $2, $3)"
        " ON CONFLICT (key) DO UPDATE SET taken_at = EXCLUDED.taken_at, heads = EXCLUDED.heads, schemas = EXCLUDED.schemas, model = EXCLUDED.model",
        {parameter(present_rows()), parameter(schemas), parameter(model)});
}

// What a subtransaction must be left with.
struct Before {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  void put_back() const {
    MemoryContextSwitchTo(memory);
    CurrentResourceOwner = owner;
  }
};

std::string sha256(const std::string& text) {
  return *query("SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8')), 'hex')", {parameter(text)})[0][0];
}

// All that the meaning of a DDL depends on besides its text.
std::string circumstances() {
  return *query("SELECT pg_catalog.concat_ws('|', pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('migrate.managed_schemas'),"
                " pg_catalog.current_setting('search_path'), pg_catalog.current_setting('DateStyle'), pg_catalog.current_setting('IntervalStyle'),"
                " pg_catalog.current_setting('TimeZone'), pg_catalog.current_setting('xmloption'), pg_catalog.current_setting('default_tablespace'),"
                " pg_catalog.current_setting('default_table_access_method'), pg_catalog.current_setting('default_toast_compression'), (SELECT pg_catalog.string_agg(pg_catalog.concat_ws('-', e.extname, e.extversion, e.extnamespace), ','"
                " ORDER BY e.extname) FROM pg_catalog.pg_extension e))", {})[0][0];
}

std::string key_of(const std::string& ddl) {
  const std::string role = *query_as_caller("SELECT CURRENT_USER::pg_catalog.text", {})[0][0];
  return sha256(role + "|" + circumstances() + "|" + ddl);
}

}  // namespace

schema::Model without_secrets(const schema::Model& model) {
  std::vector<schema::Object> objects = model.objects();
  for (schema::Object& object : objects)
    if (object.key.kind == schema::Kind::user_mapping && !object.get("definition").starts_with("checksum ")) object.properties.set("definition", "checksum " + sha256(object.get("definition")));
  return schema::Model(std::move(objects), model.not_compared());
}

void keep_snapshot() {
  if (!settings().keep_snapshot) return;
  const Before before;
  const KeptReports reports(TopTransactionContext);
  call(BeginInternalSubTransaction, static_cast<const char*>(nullptr));
  const auto failure = attempt(
      [&] {
        MemoryContextSwitchTo(before.memory);
        write_snapshot();
        call(ReleaseCurrentSubTransaction);
      },
      [] { call(RollbackAndReleaseCurrentSubTransaction); });
  before.put_back();
  if (!failure) return;
  if (failure->sqlstate == sqlstate::query_canceled) failure->raise();
  forget_snapshot();
  say(WARNING, fmt::format("the schema was not noted after this migration: {}", failure->message),
      {"migrate_check() cannot tell what moves from now on.", "SELECT migrate_stamp('current') notes it."});
}

void move_snapshot(const Texts& before) {
  write("UPDATE migrate.snapshot SET heads = $1 WHERE heads OPERATOR(pg_catalog.=) $2", {parameter(present_rows()), parameter(before)});
}

void forget_snapshot() { write("DELETE FROM migrate.snapshot", {}); }

KeptSchema kept_snapshot() {
  const auto rows = query("SELECT s.model, pg_catalog.array_to_json(s.heads), n.name FROM migrate.snapshot s LEFT JOIN LATERAL pg_catalog.unnest(s.schemas) n (name) ON true", {});
  const Texts heads = present_rows();
  const auto same = query("SELECT s.key FROM migrate.snapshot s WHERE s.heads OPERATOR(pg_catalog.=) $1", {parameter(heads)});
  if (rows.empty() || same.empty())
    throw Error(sqlstate::wrong_state, "there is no snapshot of the schema at the present revision")
        .with_detail(rows.empty() ? "Nothing has been migrated or stamped here since migrate.keep_snapshot was on." : "It was taken at " + *rows[0][1] + ".")
        .with_hint("SELECT migrate_stamp('current') takes one; migrate_check(replay => true) needs none.");
  KeptSchema kept{schema::model_of_text(*rows[0][0]), {}};
  for (const TextRow& row : rows)
    if (row[2]) kept.schemas.push_back(*row[2]);
  return kept;
}

std::optional<KeptDesired> kept_desired(const std::string& ddl) {
  const auto rows = query("SELECT d.model, pg_catalog.array_to_string(d.schemas, E'\\n'), pg_catalog.array_to_string(d.unsaid, E'\\n') FROM migrate.desired d"
                          " WHERE d.checksum OPERATOR(pg_catalog.=) $1", {parameter(key_of(ddl))});
  if (rows.empty()) return std::nullopt;
  const auto lines = [](const std::string& text) {
    Texts all;
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = std::min(text.find('\n', begin), text.size());
      all.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return all;
  };
  return KeptDesired{schema::model_of_text(*rows[0][0]), lines(*rows[0][1]), lines(*rows[0][2])};
}

void keep_desired(const std::string& ddl, const KeptDesired& desired) {
  if (XactReadOnly) return;
  write("INSERT INTO migrate.desired (checksum, made_at, schemas, unsaid, model) VALUES ($1, pg_catalog.clock_timestamp(), $2, $3, $4) ON CONFLICT (checksum) DO NOTHING",
        {parameter(key_of(ddl)), parameter(desired.schemas), parameter(desired.unsaid), parameter(to_text(without_secrets(desired.model)))});
  // A few are enough: those of one release and of the branches that are worked on.
  write("DELETE FROM migrate.desired d WHERE d.checksum OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT k.checksum FROM migrate.desired k ORDER BY k.made_at DESC LIMIT 8))", {});
}

}  // namespace strata::pg
