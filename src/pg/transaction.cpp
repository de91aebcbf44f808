#include "pg/transaction.hpp"

extern "C" {
#include "access/xact.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
}

namespace strata::pg {
namespace {

// The statement of the portal is the CALL of this very function.
bool is_called_by_client(FunctionCallInfo fcinfo) {
  const auto* context = reinterpret_cast<const CallContext*>(fcinfo->context);
  if (!context || !IsA(context, CallContext) || context->atomic || IsSubTransaction() || !ActivePortal) return false;
  if (list_length(ActivePortal->stmts) != 1) return false;
  const auto* statement = linitial_node(PlannedStmt, ActivePortal->stmts);
  const Node* utility = statement->utilityStmt;
  return utility && IsA(utility, CallStmt) && reinterpret_cast<const CallStmt*>(utility)->funcexpr->funcid == fcinfo->flinfo->fn_oid;
}

void prevent_in_block(const char* name) { PreventInTransactionBlock(true, name); }

// Leaves the memory of the new transaction as the current one.
void begin() {
  SetCurrentStatementStartTimestamp();
  StartTransactionCommand();
}

// Else autovacuum learns of a long backfill only at its end. With track_functions = all the server has a pointer to what is
// known of the running CALL, which a report would free.
bool may_report = false;
void report_statistics() {
  if (may_report) pgstat_report_stat(false);
}

// As the commands that commit: the portal and its memory stay, all else goes.
void commit_now() {
  ForgetPortalSnapshots();
  CommitTransactionCommand();
  report_statistics();
  begin();
}

void abort_now() {
  if (ActivePortal) ActivePortal->portalSnapshot = nullptr;  // the abort frees it
  AbortCurrentTransaction();
  report_statistics();
  begin();
}

MemoryContext create_memory() { return AllocSetContextCreate(PortalContext, "pg_strata procedure", ALLOCSET_DEFAULT_SIZES); }

MemoryContext chain_memory = nullptr;

}  // namespace

void require_own_transactions(FunctionCallInfo fcinfo, const char* name) {
  if (!is_called_by_client(fcinfo))
    throw Error(sqlstate::active_transaction, fmt::format("CALL {} cannot run inside a transaction block", name))
        .with_detail("It commits revision by revision, so the client has to call it by itself: outside of BEGIN, of a function, a procedure or a DO block, and as "
                     "the only statement of its query. Nothing has run.")
        .with_hint("Switch autocommit on (psql: without -1); migrate_upgrade() runs inside the caller's transaction.");
  call(prevent_in_block, name);
}

TransactionChain::TransactionChain() : caller_(CurrentMemoryContext), before_(chain_memory), memory_(call(create_memory)), reports_(memory_) {
  chain_memory = memory_;
  may_report = pgstat_track_functions != TRACK_FUNC_ALL;
}

// The memory goes with the portal: an error on its way up still has its report in it.
TransactionChain::~TransactionChain() {
  chain_memory = before_;
  MemoryContextSwitchTo(caller_);
}

MemoryContext lasting_memory() { return chain_memory ? chain_memory : CurrentMemoryContext; }

void commit_and_begin() { call(commit_now); }
void abort_and_begin() { call(abort_now); }

}  // namespace strata::pg
