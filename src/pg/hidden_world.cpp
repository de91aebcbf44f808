#include "pg/hidden_world.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "pg/boundary.hpp"
#include "pg/catalog.hpp"
#include "pg/hiding.hpp"
#include "pg/settings.hpp"
#include "pg/transaction.hpp"
#include "pg/world_locks.hpp"

extern "C" {
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_namespace.h"
#include "catalog/storage.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
}

namespace strata::pg {
namespace {

constexpr int kStatementsBetweenReleases = 32;

bool is_inside = false;

// A world in a world would give its locks and its enum values back to the wrong one.
class Inside {
 public:
  Inside() {
    if (is_inside)
      throw Error(sqlstate::wrong_state, "a schema cannot be compared while another comparison runs in this session")
          .with_hint("Take the call out of the desired DDL.");
    is_inside = true;
  }
  ~Inside() { is_inside = false; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

void refuse_read_only() {
  PreventCommandIfReadOnly("a comparison of schemas");
  PreventCommandIfParallelMode("a comparison of schemas");
  PreventCommandDuringRecovery("a comparison of schemas");
}

bool owns(Oid schema) { return pg_namespace_ownercheck(schema, GetUserId()); }
bool may_create() { return pg_database_aclcheck(MyDatabaseId, GetUserId(), ACL_CREATE) == ACLCHECK_OK; }
bool is_superuser(Oid role) { return superuser_arg(role); }
bool has_rights_of(Oid role) { return has_privs_of_role(GetUserId(), role); }

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quoted(name);
  return list;
}

// Before anything is done.
void require_rights(const std::vector<HiddenSchema>& schemas) {
  const Catalog ours = catalog();
  if (!call(is_superuser, ours.owner))
    throw Error(sqlstate::insufficient_privilege, "the owner of extension pg_strata is no superuser")
        .with_detail("To compare schemas, rows of the system catalogs are written in a subtransaction that is rolled back.")
        .with_hint("Make a superuser its owner again: REASSIGN OWNED BY ... TO ....");
  std::vector<std::string> foreign;
  for (const HiddenSchema& schema : schemas) {
    if (schema.oid == ours.schema || (schema.oid < FirstNormalObjectId && schema.oid != PG_PUBLIC_NAMESPACE))
      throw Error(sqlstate::invalid_parameter, fmt::format("schema {} cannot be managed", quoted(schema.name)))
          .with_hint("Take the schemas of the system and of pg_strata out of migrate.managed_schemas.");
    if (!call(owns, schema.oid)) foreign.push_back(schema.name);
  }
  if (!foreign.empty())
    throw Error(sqlstate::insufficient_privilege, fmt::format("must be owner of schema {}", listed(foreign)))
        .with_detail("The desired schema is built under the names of the managed schemas, in a subtransaction that is rolled back.")
        .with_hint("Call as the owner of the managed schemas (of schema public this is, as a rule, the owner of the database), or set migrate.managed_schemas.");
  if (!call(may_create))
    throw Error(sqlstate::insufficient_privilege, "permission denied to create schemas in this database")
        .with_detail("The desired schema is built under the names of the managed schemas, in a subtransaction that is rolled back.")
        .with_hint("GRANT CREATE ON DATABASE to the role that compares.");
}

// Values that ALTER TYPE has added in this transaction, which the server lets nobody use. In a world that is thrown away they may be.
class UnusableEnumValues {
 public:
  UnusableEnumValues() : size_(call(EstimateUncommittedEnumsSpace)), values_(call(palloc, size_)) {
    call(SerializeUncommittedEnums, values_, size_);
    call(AtEOXact_Enum);
  }
  void restore() const {
    call(AtEOXact_Enum);
    call(RestoreUncommittedEnums, values_);
  }

 private:
  Size size_;
  void* values_;
};

MemoryContext create_memory(MemoryContext parent) { return AllocSetContextCreate(parent, "pg_strata hidden world", ALLOCSET_DEFAULT_SIZES); }

// May the caller's transaction have files of its own, which are logged? Those of an outer level cannot be asked for.
bool may_have_new_files() {
  if (!TransactionIdIsValid(GetTopTransactionIdIfAny())) return false;
  RelFileNode* files = nullptr;
  return GetCurrentTransactionNestLevel() > 1 || smgrGetPendingDeletes(false, &files) > 0;
}

// Under wal_level = minimal what is new is not logged, and a new index not synced, until the transaction commits. What is new in a world
// never is, so for this backend that level is the true one; it takes half the time. Not where files are logged already and have to go on
// being so, nor where standbys follow: that level does not tell them which subtransactions belong together, and they run out of room.
class UnloggedFiles {
 public:
  UnloggedFiles() : level_(wal_level) {
    if (wal_level == WAL_LEVEL_REPLICA && !call(may_have_new_files) && !is_replayed()) wal_level = WAL_LEVEL_MINIMAL;
  }
  ~UnloggedFiles() { wal_level = level_; }
  UnloggedFiles(const UnloggedFiles&) = delete;
  UnloggedFiles& operator=(const UnloggedFiles&) = delete;

 private:
  int level_;
};

// Begins a subtransaction; end() rolls it back and leaves all as it was before, be it after an error or not.
class Subtransaction {
 public:
  Subtransaction() : level_(GetCurrentTransactionNestLevel()), owner_(CurrentResourceOwner), caller_(CurrentMemoryContext), memory_(call(create_memory, lasting_memory())) {
    call(BeginInternalSubTransaction, static_cast<const char*>(nullptr));
    MemoryContextSwitchTo(memory_);
  }
  void end() const {
    while (GetCurrentTransactionNestLevel() > level_) call(RollbackAndReleaseCurrentSubTransaction);
    MemoryContextSwitchTo(caller_);
    CurrentResourceOwner = owner_;
    call(MemoryContextDelete, memory_);
    values_.restore();
  }

 private:
  UnusableEnumValues values_;
  int level_;
  ResourceOwner owner_;
  MemoryContext caller_;
  MemoryContext memory_;
};

void set_locally(const char* name, const char* value) {
  (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

const char* advise(const ErrorData& report) {
  if (report.sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE) return nullptr;
  return "Another transaction compares, or has changed the managed schemas themselves (GRANT ON SCHEMA). Wait for it to end, or wait longer: SET migrate.lock_timeout.";
}

// 0 of migrate.lock_timeout does not wait, 0 of lock_timeout waits for ever.
int shorter_lock_timeout() {
  const int own = std::max(settings().lock_timeout, 1);
  return LockTimeout > 0 ? std::min(own, LockTimeout) : own;
}

}  // namespace

// Hides what is there and makes the empty schemas.
class WorldMaker {
 public:
  WorldMaker(const WorldScope& scope, std::vector<HiddenSchema> hidden) : scope_(scope), hidden_(std::move(hidden)) {}

  World make() {
    World world;
    world.level_ = GetCurrentSubTransactionId();
    world.first_oid_ = call(GetNewObjectId);
    world.lock_timeout = shorter_lock_timeout();
    // The subtransaction takes settings back. What runs in here is short, compiling it never pays.
    call(set_locally, "lock_timeout", std::to_string(world.lock_timeout).c_str());
    call(set_locally, "jit", "off");
    const std::vector<Lodger> lodgers = find_lodgers(hidden_);
    rename_schemas(hidden_);
    hide_globals(scope_.servers == WorldScope::Servers::hidden ? ForeignServers::rename : ForeignServers::leave);
    for (const HiddenSchema& schema : hidden_) {
      const bool is_inhabited = std::any_of(lodgers.begin(), lodgers.end(), [&](const Lodger& lodger) { return lodger.schema == schema.oid; });
      if (!is_inhabited && schema.name != "public" && !is_wanted(schema.name)) continue;
      move_lodgers(lodgers, schema.oid, create(world, fresh(schema)));
    }
    for (const std::string& name : new_names()) create(world, {name, call(GetUserId), FreshSchema::State::empty});
    world.before = read_globals();
    std::sort(world.before.begin(), world.before.end());
    if (is_replayed()) world.most_locked_ = room_for_locks();
    return world;
  }

 private:
  bool is_wanted(const std::string& name) const { return std::find(scope_.precreated.begin(), scope_.precreated.end(), name) != scope_.precreated.end(); }

  std::set<std::string> new_names() const {
    std::set<std::string> names(scope_.precreated.begin(), scope_.precreated.end());
    for (const HiddenSchema& schema : hidden_) names.erase(schema.name);
    for (const HiddenSchema& schema : find_schemas(scope_.precreated)) names.erase(schema.name);
    return names;
  }

  // Of schema public the caller could make nothing if it were not the owner of the database, as initdb has it.
  static FreshSchema fresh(const HiddenSchema& schema) {
    if (schema.name != "public") return {schema.name, schema.owner, FreshSchema::State::empty};
    const bool as_initdb = call(has_rights_of, static_cast<Oid>(ROLE_PG_DATABASE_OWNER));
    return {schema.name, as_initdb ? Oid{ROLE_PG_DATABASE_OWNER} : schema.owner, FreshSchema::State::as_initdb};
  }

  static Oid create(World& world, const FreshSchema& schema) {
    const Oid oid = create_schema(schema);
    world.precreated.push_back(schema.name);
    return oid;
  }

  const WorldScope& scope_;
  std::vector<HiddenSchema> hidden_;
};

bool World::is_older(const Address& address) const { return std::binary_search(before.begin(), before.end(), address); }

void World::settle() {
  call(AtEOXact_Enum);
  if (++unsettled_ >= kStatementsBetweenReleases) give_locks_back();
}

void World::give_locks_back() {
  unsettled_ = 0;
  for (const Oid relation : release_locks_on({level_, first_oid_})) locked_.insert(relation);
  if (most_locked_ == 0 || static_cast<std::int64_t>(locked_.size()) <= most_locked_) return;
  throw Error(sqlstate::program_limit_exceeded, "the schema is too large to be built beside the live one while standbys or an archive follow")
      .with_detail(fmt::format("A standby keeps a lock for each new table and index until the comparison ends. It has room for {}.", most_locked_))
      .with_hint("Raise max_locks_per_transaction, on the standbys first.");
}

void in_passing(const std::function<void()>& body) {
  // The report of an error has to survive the subtransaction.
  const KeptReports reports(lasting_memory());
  const Subtransaction subtransaction;
  const auto failure = attempt(body, [&] { subtransaction.end(); });
  if (failure) failure->raise();
  subtransaction.end();
}

std::optional<std::string> reason_against_world(const std::vector<std::string>& schemas) {
  for (const HiddenSchema& schema : find_schemas(schemas))
    if (!call(owns, schema.oid)) return fmt::format("must be owner of schema {}", quoted(schema.name));
  if (!call(may_create)) return "permission denied to create schemas in this database";
  return std::nullopt;
}

void in_hidden_world(const WorldScope& scope, const std::function<void(World&)>& body) {
  const Inside inside;
  call(refuse_read_only);
  std::vector<HiddenSchema> schemas = find_schemas(scope.schemas);
  require_rights(schemas);
  const UnloggedFiles unlogged;
  in_passing([&] {
    std::optional<World> world;
    with_advice([&] { world = WorldMaker(scope, std::move(schemas)).make(); }, advise);
    body(*world);
    world->give_locks_back();
  });
}

}  // namespace strata::pg
