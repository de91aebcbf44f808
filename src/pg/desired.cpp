#include "pg/desired.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "pg/boundary.hpp"
#include "pg/catalog.hpp"
#include "pg/command_kind.hpp"
#include "pg/desired_look.hpp"
#include "pg/encoding.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "commands/extension.h"
#include "commands/schemacmds.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/guc.h"
}

namespace strata::pg {
namespace {

template <typename T>
T* as(Node* node) {
  return reinterpret_cast<T*>(node);
}

// The script as the server is to run it: psql's and pg_dump's own lines blanked.
std::string checked(const std::string& utf8, const std::string& what) {
  PreparedScript prepared = prepare(utf8, check_for_interrupts);
  if (prepared.faults.empty()) return std::move(prepared.sql);
  FileFaults faults;
  for (const ScriptFault& fault : prepared.faults) faults.push_back({fault.sqlstate, what, fault.line, fault.column, fault.message, fault.hint});
  throw error_of(faults);
}

void make_reindex_plain(ReindexStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->params)
    if (strcmp(lfirst_node(DefElem, cell)->defname, "concurrently") == 0) statement->params = foreach_delete_current(statement->params, cell);
}

void make_detach_plain(AlterTableStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->cmds)
    if (auto* command = lfirst_node(AlterTableCmd, cell); command->subtype == AT_DetachPartition) as<PartitionCmd>(command->def)->concurrent = false;
}

// Nobody uses what is built here: nothing needs to be built concurrently.
void make_plain(Node* statement) {
  switch (nodeTag(statement)) {
    case T_IndexStmt: as<IndexStmt>(statement)->concurrent = false; return;
    case T_DropStmt: as<DropStmt>(statement)->concurrent = false; return;
    case T_ReindexStmt: make_reindex_plain(as<ReindexStmt>(statement)); return;
    case T_AlterTableStmt: make_detach_plain(as<AlterTableStmt>(statement)); return;
    default: return;
  }
}

// What stands at the top of a dump before anything is made.
bool clears_the_way(const Node* statement) {
  return IsA(statement, VariableSetStmt) || IsA(statement, SelectStmt) || IsA(statement, DropStmt) || IsA(statement, CommentStmt);
}

bool is_setting_known(const char* name) { return strchr(name, '.') || GetConfigOption(name, true, false); }

void drop_schema(const char* name) {
  const ObjectAddress address{NamespaceRelationId, get_namespace_oid(name, false), 0};
  performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
  CommandCounterIncrement();
}

void give_schema(const char* name, const RoleSpec* owner) {
  const Oid role = owner ? get_rolespec_oid(owner, false) : GetUserId();
  (void)AlterSchemaOwner(name, role);
  CommandCounterIncrement();
}

const char* advise_user(const ErrorData& report) {
  switch (report.sqlerrcode) {
    case ERRCODE_INSUFFICIENT_PRIVILEGE:
      return "The desired DDL runs with the rights of the caller: leave out what he may not do (pg_dump --no-owner --no-privileges), or call as a role that may.";
    case ERRCODE_DUPLICATE_TABLE:
    case ERRCODE_DUPLICATE_OBJECT:
    case ERRCODE_DUPLICATE_FUNCTION: return "The DDL makes it twice, or it is there in a schema that migrate.managed_schemas does not name.";
    case ERRCODE_ACTIVE_SQL_TRANSACTION: return "The desired DDL runs inside of a transaction, which is rolled back: leave the statement out.";
    default: return nullptr;
  }
}

// Its DDL says who owns what is there.
const char* advise_proof(const ErrorData& report) {
  if (report.sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE) return nullptr;
  return "The proof builds what is there, for its owners: call as a member of their roles, or without it (verify => false).";
}

// Relations that are new in schemas that are not.
constexpr const char* kStrays = R"(
SELECT pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(c.relname))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.oid OPERATOR(pg_catalog.>=) $1::pg_catalog.oid AND n.oid OPERATOR(pg_catalog.<) $1::pg_catalog.oid
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[]) AND n.nspname OPERATOR(pg_catalog.!~) '^pg_' ORDER BY 1)";

constexpr const char* kDeferrable = R"(
SELECT pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(c.conname))
FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.connamespace
WHERE c.condeferrable AND c.conrelid OPERATOR(pg_catalog.>=) $1::pg_catalog.oid)";

// Whose text it is: only that of others is taken with tolerance.
enum class Author { user, pg_strata };

class Building {
 public:
  Building(World& world, ScriptRun& script, std::string what, Author author) : world_(world), script_(script), what_(std::move(what)), author_(author), catalog_(catalog()) {}

  void run() {
    const int level = begin_revision_settings(world_.lock_timeout);
    with_advice([&] {
      for (int i = 0; i < script_.size(); i++) {
        // ScriptRun copies the tree before it runs.
        auto* statement = const_cast<Node*>(script_.statement(i));
        make_plain(statement);
        if (!is_done(i, statement)) script_.run(i, Level::inside_transaction);
        has_begun_ |= !clears_the_way(statement);
        if (resets_settings(statement)) renew_revision_settings(world_.lock_timeout);
        world_.settle();
        require_intact(catalog_, "the " + what_);
      }
      run_deferred();
      if (author_ == Author::user) tell_strays();
    }, author_ == Author::user ? advise_user : advise_proof);
    end_revision_settings(level);
  }

 private:
  // The constraints of what was made in here. Those of the caller's own tables have events that wait for the end of his transaction: at present
  // they need not hold, and their triggers are none of ours.
  void run_deferred() const {
    Texts names;
    for (const TextRow& row : query(kDeferrable, {parameter(std::to_string(world_.first_oid()))})) names.push_back(*row[0]);
    if (names.empty()) return;
    const std::string sql = fmt::format("SET CONSTRAINTS {} IMMEDIATE", fmt::join(names, ", "));
    ScriptRun(sql, {"deferred constraints of the " + what_, 1}).run(0, Level::inside_transaction);
  }

  // Names without a schema go where search_path says, be that managed or not; then they are missing in the managed schemas.
  void tell_strays() const {
    Texts names;
    for (const TextRow& row : query(kStrays, {parameter(std::to_string(world_.first_oid()))})) names.push_back(*row[0]);
    if (names.empty()) return;
    say(WARNING, fmt::format("{} object{} of the {} {} outside of the managed schemas: {}", names.size(), names.size() == 1 ? "" : "s", what_,
                             names.size() == 1 ? "is" : "are", fmt::join(names.begin(), names.begin() + std::min<std::ptrdiff_t>(names.size(), 5), ", ")),
        {"They are not compared.", "SET search_path so that a managed schema comes first, name the schemas in the DDL, or SET migrate.managed_schemas."});
  }

  // Does the statement need no run, because the world has it already or cannot have it?
  bool is_done(int i, Node* statement) {
    switch (nodeTag(statement)) {
      case T_CreateSchemaStmt: return take_over(i, statement);
      case T_DropStmt: return is_dropped(as<DropStmt>(statement));
      case T_VariableSetStmt: return is_ignored(statement);
      case T_CreateExtensionStmt: return is_older(as<CreateExtensionStmt>(statement)->extname);
      case T_AlterExtensionStmt: return is_older(as<AlterExtensionStmt>(statement)->extname);
      case T_AlterObjectSchemaStmt: {
        const auto* move = as<AlterObjectSchemaStmt>(statement);
        return move->objectType == OBJECT_EXTENSION && is_older(strVal(move->object));
      }
      // The client's own would be gone, and no rollback brings them back.
      case T_DeallocateStmt: return as<DeallocateStmt>(statement)->name == nullptr;
      // Its owner is a superuser, as a rule, and dumps say it always.
      case T_CommentStmt: return as<CommentStmt>(statement)->objtype == OBJECT_EXTENSION && is_older(strVal(as<CommentStmt>(statement)->object));
      case T_CreateSubscriptionStmt:
      case T_AlterSubscriptionStmt:
      case T_DropSubscriptionStmt:
        say(NOTICE, fmt::format("statement {} of the {} is left out: subscriptions are not compared", i + 1, what_));
        return true;
      default: return false;
    }
  }

  bool is_older(const char* extension) const {
    const Oid oid = call(get_extension_oid, extension, true);
    return OidIsValid(oid) && world_.is_older({ExtensionRelationId, oid});
  }

  // CREATE SCHEMA of one that is there already, empty but for extensions.
  bool take_over(int i, Node* node) {
    const auto* statement = as<CreateSchemaStmt>(node);
    const std::string name = name_of_schema(node), server_name = to_server(name);
    const auto found = std::find(world_.precreated.begin(), world_.precreated.end(), name);
    if (found == world_.precreated.end()) return false;
    world_.precreated.erase(found);
    const Where where(fmt::format("{}, statement {}, line {}", what_, i + 1, script_.line(i)));
    if (statement->schemaElts) {
      call(drop_schema, server_name.c_str());
      return false;
    }
    // Everybody's dump of schema public means the one that initdb makes.
    if (name != "public" || statement->authrole) call(give_schema, server_name.c_str(), static_cast<const RoleSpec*>(statement->authrole));
    return true;
  }

  // DROP EXTENSION would fail where the hidden schemas use it. What a script drops before it makes anything is the past of another database.
  bool is_dropped(DropStmt* statement) {
    if (statement->removeType == OBJECT_EXTENSION) return without(statement, [&](const char* name) { return is_older(name); });
    if (statement->removeType == OBJECT_SCHEMA && author_ == Author::user && !has_begun_)
      return without(statement, [&](const char* name) {
        return std::find(world_.precreated.begin(), world_.precreated.end(), to_utf8(name)) != world_.precreated.end();
      });
    return false;
  }

  // Takes names out of the list; true when none is left.
  static bool without(DropStmt* statement, const std::function<bool(const char*)>& is_out) {
    ListCell* cell;
    foreach (cell, statement->objects)
      if (is_out(strVal(lfirst(cell)))) statement->objects = foreach_delete_current(statement->objects, cell);
    return statement->objects == NIL;
  }

  // pg_dump switches lock_timeout off, but nobody is to wait for ever here; a newer one sets what this server does not have.
  bool is_ignored(Node* node) const {
    const auto* statement = as<VariableSetStmt>(node);
    if (!statement->name || author_ == Author::pg_strata) return false;
    return strcmp(statement->name, "lock_timeout") == 0 || (statement->kind == VAR_SET_VALUE && !call(is_setting_known, static_cast<const char*>(statement->name)));
  }

  World& world_;
  ScriptRun& script_;
  std::string what_;
  Author author_;
  Catalog catalog_;
  bool has_begun_ = false;  // to make something
};

}  // namespace

DesiredDdl::DesiredDdl(const std::string& utf8, const std::string& name) : name_(name), script_(checked(utf8, name), {name, 1}) {
  for (int i = 0; i < script_.size(); i++) note_mentions(script_.statement(i), desired_);
}

void DesiredDdl::run(World& world) const { Building(world, script_, name_, Author::user).run(); }

void run_statements(World& world, const std::vector<std::string>& statements, const std::string& what) {
  std::string text;
  // A statement may end in a comment.
  for (const std::string& statement : statements) text += statement + "\n;\n";
  ScriptRun script(text, {what, 1});
  Building(world, script, what, Author::pg_strata).run();
}

}  // namespace strata::pg
