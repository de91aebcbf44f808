#include "pg/world_locks.hpp"

#include "pg/boundary.hpp"

extern "C" {
#include "access/transam.h"
#include "access/twophase.h"
#include "catalog/pg_class.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/relcache.h"
}

namespace strata::pg {
namespace {

bool may_be_new(const LOCKTAG& tag, Oid first_oid) {
  if (tag.locktag_field1 != MyDatabaseId) return false;
  if (tag.locktag_type == LOCKTAG_RELATION) return tag.locktag_field2 >= FirstNormalObjectId;
  return tag.locktag_type == LOCKTAG_OBJECT && tag.locktag_field3 >= first_oid;
}

// The cache never forgets where a relation was made while the transaction lasts; what is not there any more was made and dropped in here.
bool is_new_relation(Oid oid, const NewThings& things) {
  Relation relation = RelationIdGetRelation(oid);
  if (!RelationIsValid(relation)) return oid >= things.first_oid;
  const bool is_new = relation->rd_createSubid >= things.level;
  RelationClose(relation);
  return is_new;
}

// A lock that another resource owner holds (that of a cursor, or of a query that has ended) stays until the world ends. The server warns of
// the attempt, and there is no way to ask before.
class Silence {
 public:
  Silence() { log_min_messages = client_min_messages = ERROR; }
  ~Silence() {
    log_min_messages = log_;
    client_min_messages = client_;
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int log_ = log_min_messages;
  int client_ = client_min_messages;
};

// A sequence that is touched is locked for the whole transaction (lock_and_open_sequence); ALTER SEQUENCE touches it, so identity does.
bool may_belong_to_transaction(const LOCKTAG& tag, LOCKMODE mode) {
  if (tag.locktag_type != LOCKTAG_RELATION || mode != RowExclusiveLock) return false;
  const char kind = get_rel_relkind(tag.locktag_field2);
  return kind == RELKIND_SEQUENCE || kind == '\0';
}

// As often as it was taken.
void release_as(ResourceOwner owner, const LOCKTAG& tag, LOCKMODE mode) {
  const ResourceOwner caller = CurrentResourceOwner;
  CurrentResourceOwner = owner;
  while (LockHeldByMe(&tag, mode) && LockRelease(&tag, mode, false)) continue;
  CurrentResourceOwner = caller;
}

void release(const LOCKTAG& tag, LOCKMODE mode) {
  release_as(CurrentResourceOwner, tag, mode);
  if (may_belong_to_transaction(tag, mode)) release_as(TopTransactionResourceOwner, tag, mode);
}

// The server shows nobody his own locks alone.
List* release_now(const NewThings* things) {
  List* exclusive = NIL;
  LockData* locks = GetLockStatusData();
  for (int i = 0; i < locks->nelements; i++) {
    const LockInstanceData& lock = locks->locks[i];
    if (lock.pid != MyProcPid || !may_be_new(lock.locktag, things->first_oid)) continue;
    const bool is_relation = lock.locktag.locktag_type == LOCKTAG_RELATION;
    if (is_relation && !is_new_relation(lock.locktag.locktag_field2, *things)) continue;
    if (is_relation && (lock.holdMask & LOCKBIT_ON(AccessExclusiveLock))) exclusive = lappend_oid(exclusive, lock.locktag.locktag_field2);
    for (LOCKMODE mode = AccessShareLock; mode <= AccessExclusiveLock; mode++)
      if (lock.holdMask & LOCKBIT_ON(mode)) release(lock.locktag, mode);
  }
  pfree(locks->locks);
  pfree(locks);
  return exclusive;
}

}  // namespace

std::vector<Oid> release_locks_on(const NewThings& things) {
  const Silence silence;
  List* relations = call(release_now, &things);
  std::vector<Oid> exclusive;
  ListCell* cell;
  foreach (cell, relations) exclusive.push_back(lfirst_oid(cell));
  call(list_free, relations);
  return exclusive;
}

// Its lock table has at least as many entries, and as much again for its sessions as the server's own reserve.
std::int64_t room_for_locks() { return std::int64_t{max_locks_per_xact} * (MaxBackends + max_prepared_xacts) * 9 / 10; }

}  // namespace strata::pg
