#include "pg/schema_reader.hpp"

#include <algorithm>
#include <set>

#include "pg/catalog.hpp"
#include "pg/encoding.hpp"
#include "pg/schema_graph.hpp"
#include "pg/schema_queries.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
}

namespace strata::pg {
namespace {

using schema::Kind;
using schema::NotCompared;

// Nobody's schema is the one of the tool.
std::vector<Oid> namespaces_of(const ReadScope& scope) {
  std::vector<Oid> found;
  const Oid own = catalog().schema;
  for (const std::string& name : scope.schemas) {
    const std::string server_name = to_server(name);
    const Oid oid = call(get_namespace_oid, server_name.c_str(), true);
    if (OidIsValid(oid) && oid != own && std::find(found.begin(), found.end(), oid) == found.end()) found.push_back(oid);
  }
  return found;
}

const std::vector<SchemaQuery>& all_queries() {
  static const std::vector<SchemaQuery> queries = [] {
    std::vector<SchemaQuery> all;
    // A holder comes before what it holds.
    for (auto theme :
         {database_queries, type_queries, routine_queries, operator_queries, text_queries, relation_queries, part_queries})
      for (SchemaQuery& query : theme()) all.push_back({query.kind, query.catalog, named(query.sql), query.presence});
    return all;
  }();
  return queries;
}

const std::vector<CatalogQuery>& all_contents_queries() {
  static const std::vector<CatalogQuery> queries = [] {
    std::vector<CatalogQuery> all = contents_queries();
    for (CatalogQuery& query : all) query.sql = named(query.sql);
    return all;
  }();
  return queries;
}

Oid catalog_of_holder(Kind kind) {
  return kind == Kind::attribute || kind == Kind::domain_constraint ? TypeRelationId : RelationRelationId;
}

Place place_of(const CatalogRow& row, int column) { return {row.oid(column), row.oid(column + 1), row.number(column + 2)}; }

// Says whether the object is there at all: what has vanished meanwhile has no definition.
bool take_properties(const CatalogRow& row, schema::Object& object) {
  for (int column = Column::first_property; column < row.width(); column++) {
    auto value = row.text(column);
    if (value && value->starts_with("???")) return false;  // format_type() of a type that is no more
    if (value)
      object.properties.set(row.name(column), std::move(*value));
    else if (std::string_view(row.name(column)) == "definition")
      return false;
  }
  return true;
}

void take_row(SchemaGraph& graph, const SchemaQuery& query, const CatalogRow& row) {
  const Place place{query.catalog, row.oid(Column::oid), row.number(Column::sub)};
  const bool left_out = graph.is_left_out(place.catalog, place.oid);
  if (left_out && query.kind == Kind::extension) return graph.add_unseen(place, {{query.kind, "", "", *row.text(Column::name)}, 0, {}, {}});
  if (left_out || graph.has_alias(place) || !row.has(Column::name)) return;
  if (const auto known = graph.at(place)) return static_cast<void>(take_properties(row, graph.objects[*known]));
  std::optional<std::size_t> holder;
  if (row.oid(Column::holder) != InvalidOid) {
    holder = graph.at({catalog_of_holder(query.kind), row.oid(Column::holder), 0});
    if (!holder) return;
  }
  schema::Object object;
  object.key = {query.kind, *row.text(Column::schema), *row.text(Column::parent), *row.text(Column::name)};
  object.position = place.sub;
  if (!take_properties(row, object)) {
    if (place.sub == 0) graph.leave_out(place);
    return;
  }
  const auto number = graph.add(place, std::move(object));
  if (holder) graph.add_need(number, *holder);
}

const std::string& members_query() {
  static const std::string sql = named(R"(SELECT d.classid, d.objid, 0, d.refclassid, d.refobjid, 0 FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e')");
  return sql;
}

const std::string& dependencies_query() {
  static const std::string sql =
      named(R"(SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype
    FROM pg_catalog.pg_depend d WHERE d.deptype = ANY (ARRAY['n','a','i','x']::pg_catalog."char"[]))");
  return sql;
}

// initdb wrote thousands for its own objects; of those only the schema public is ever compared.
const std::string& comments_query() {
  static const std::string sql = named(R"(SELECT d.classoid, d.objoid, d.objsubid, d.description FROM pg_catalog.pg_description d
    WHERE d.objoid >= 16384 OR d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)");
  return sql;
}

// What is said of an object and is none of its properties.
const std::string& marks_query() {
  static const std::string sql =
      named(R"(SELECT s.classoid, s.objoid, s.objsubid, 'security label' FROM pg_catalog.pg_seclabel s UNION ALL
    SELECT d.classid, d.objid, d.objsubid, 'dependency on an extension' FROM pg_catalog.pg_depend d WHERE d.deptype = 'x')");
  return sql;
}

// By object id, of the mappings whose options the caller may see.
std::unordered_map<std::string, std::string> mapping_options() {
  if (is_untouched(UserMappingRelationId)) return {};
  static const std::string sql =
      named(fmt::format("SELECT m.umid::pg_catalog.text, {} FROM pg_catalog.pg_user_mappings m WHERE m.umoptions IS NOT NULL",
                        foreign_options("m.umoptions")));
  std::unordered_map<std::string, std::string> options;
  for (const TextRow& row : query_as_caller(sql.c_str(), {}))
    if (row[0] && row[1]) options.emplace(*row[0], *row[1]);
  return options;
}

class Reading {
 public:
  explicit Reading(const ReadScope& scope)
      : scope_(scope), namespaces_(namespaces_of(scope)), mapping_options_(mapping_options()) {}

  schema::Model model() {
    with_catalog_rows([this] {
      read_members();
      static const std::string presence = named(presence_query()), aliases = named(alias_query());
      rows(presence, [this](const CatalogRow& row) { present_.insert({row.oid(0), row.letter(1)}); });
      rows(aliases, [this](const CatalogRow& row) { graph_.add_alias(place_of(row, 0), place_of(row, 3)); });
      for (const SchemaQuery& query : all_queries())
        if (may_find(query)) rows(query.sql, [&](const CatalogRow& row) { take_row(graph_, query, row); });
      read_user_mappings();
      read_comments();
      if (scope_.needs == ReadScope::Needs::read) read_needs();
      read_not_compared();
    });
    graph_.settle();
    return schema::Model(std::move(graph_.objects), std::move(not_compared_));
  }

 private:
  void rows(const std::string& sql, const std::function<void(const CatalogRow&)>& visit) {
    for_each_row(sql, namespaces_, visit);
  }

  // Of what initdb has made the schema public alone is compared. The catalogs of our own are looked into always.
  bool may_find(const SchemaQuery& query) const {
    const auto& [catalog, letters] = query.presence;
    if (!letters.empty() && std::none_of(letters.begin(), letters.end(), [&](char letter) { return present_.contains({catalog, letter}); })) return false;
    return query.catalog <= kClusterings || query.catalog == NamespaceRelationId || !is_untouched(query.catalog);
  }

  void read_members() {
    for (const Address& address : scope_.hidden) graph_.leave_out({address.class_id, address.object_id, 0});
    rows(members_query(), [this](const CatalogRow& row) { graph_.add_member(place_of(row, 0), place_of(row, 3)); });
  }

  void read_user_mappings() {
    if (is_untouched(UserMappingRelationId)) return;
    static const std::string sql = named(user_mapping_query());
    rows(sql, [this](const CatalogRow& row) {
      if (graph_.is_left_out(UserMappingRelationId, row.oid(0)) || graph_.is_left_out(ForeignServerRelationId, row.oid(4)))
        return;
      const auto options = mapping_options_.find(std::to_string(row.oid(0)));
      if (row.flag(3) && options == mapping_options_.end()) return not_compared_.push_back({"user mapping", *row.text(1)});
      schema::Object mapping{{Kind::user_mapping, "", "", *row.text(1)}, 0, {}, {}};
      mapping.properties.set("definition", *row.text(2) + (row.flag(3) ? fmt::format(" OPTIONS ({})", options->second) : ""));
      graph_.add({UserMappingRelationId, row.oid(0), 0}, std::move(mapping));
    });
  }

  bool is_index_of_constraint(const Place& place, std::size_t object) const {
    return place.catalog == RelationRelationId && place.sub == 0 && graph_.objects[object].key.kind == Kind::constraint;
  }

  void read_comments() {
    rows(comments_query(), [this](const CatalogRow& row) {
      const Place place = place_of(row, 0);
      if (const auto object = graph_.at(place))
        graph_.objects[*object].properties.set("comment", *row.text(3));
      else if (const auto owner = graph_.has_alias(place) ? graph_.find(place) : std::nullopt; owner && is_index_of_constraint(place, *owner))
        graph_.objects[*owner].properties.set("index_comment", *row.text(3));
      else if (owner)
        not_compared_.push_back({"comment on a part", schema::title_of(graph_.objects[*owner].key)});
    });
  }

  void read_needs() {
    static const std::string ties = named(tie_query());
    rows(ties, [this](const CatalogRow& row) { graph_.add_dependency(place_of(row, 0), place_of(row, 3), 'n'); });
    rows(dependencies_query(),
         [this](const CatalogRow& row) { graph_.add_dependency(place_of(row, 0), place_of(row, 3), row.letter(6)); });
  }

  void read_not_compared() {
    static const std::string others = named(not_compared_query());
    for (const CatalogQuery& query : all_contents_queries())
      if (!is_untouched(query.catalog)) rows(query.sql, [this](const CatalogRow& row) {
        const Place place{row.oid(0), row.oid(1), 0};
        if (graph_.at(place) || graph_.has_alias(place) || graph_.is_left_out(place.catalog, place.oid)) return;
        if (graph_.is_left_out(RelationRelationId, row.oid(2))) return;
        not_compared_.push_back({*row.text(3), *row.text(4)});
      });
    rows(others, [this](const CatalogRow& row) {
      if (graph_.is_left_out(row.oid(0), row.oid(1)) || graph_.is_left_out(RelationRelationId, row.oid(2))) return;
      not_compared_.push_back({*row.text(3), *row.text(4)});
    });
    rows(marks_query(), [this](const CatalogRow& row) {
      const Place place = place_of(row, 0);
      if (const auto object = graph_.at(place))
        not_compared_.push_back({*row.text(3), schema::title_of(graph_.objects[*object].key)});
    });
  }

  const ReadScope& scope_;
  std::vector<Oid> namespaces_;
  std::set<std::pair<Oid, char>> present_;
  std::unordered_map<std::string, std::string> mapping_options_;
  SchemaGraph graph_;
  std::vector<NotCompared> not_compared_;
};

// A subtransaction, and what it does not put back itself.
struct Level {
  MemoryContext memory;
  ResourceOwner owner;
};

Level begin_level() {
  const Level level{CurrentMemoryContext, CurrentResourceOwner};
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(level.memory);
  return level;
}

// Reading leaves nothing behind: it ends like a failure, which gives back the locks that the deparser takes on what views read.
void abort_level(Level level) {
  RollbackAndReleaseCurrentSubTransaction();
  MemoryContextSwitchTo(level.memory);
  CurrentResourceOwner = level.owner;
}

// "cache lookup failed" is an internal error; the others are of a name that was looked up.
bool is_of_vanished_object(SqlState state) {
  for (const char* code : {"XX000", "42704", "42P01", "42883", "42703", "3F000"})
    if (std::string_view(state.code) == code) return true;
  return false;
}

}  // namespace

schema::Model read_schema(const ReadScope& scope) {
  // The deparser looks at the catalogs of this moment, not of our snapshot: what another session has dropped meanwhile is an
  // error there, and gone when it is asked again.
  constexpr int kMostAttempts = 10;
  const KeptReports kept(PortalContext ? PortalContext : CurrentMemoryContext);
  for (int number = 1;; number++) {
    std::optional<schema::Model> model;
    const Level level = call(begin_level);
    const auto leave = [&] { call(abort_level, level); };
    auto failure = attempt([&] { model = Reading(scope).model(); }, leave);
    if (!failure) {
      leave();
      return std::move(*model);
    }
    if (failure->sqlstate == sqlstate::query_canceled) failure->forget_context();
    if (!is_of_vanished_object(failure->sqlstate)) failure->raise();
    if (number == kMostAttempts) {
      failure->extend("", "Another session changes the schema at the same time; try again.");
      failure->raise();
    }
  }
}

}  // namespace strata::pg
