// transaction.hpp - the transactions of a procedure, one after the other, in a CALL of the client itself.
//
// A procedure that is alone on its portal may end transactions as VACUUM does. The surprise: what must survive them lives
// in the portal's memory, and a snapshot is held only where something runs: between statements nothing blocks a concurrent build.
#pragma once

#include "pg/boundary.hpp"

namespace strata::pg {

// Raises 25001 unless the client itself calls, outside of a transaction block: not from a function, a DO block or another procedure.
void require_own_transactions(FunctionCallInfo fcinfo, const char* name);

// While it lives, lasting_memory() and the reports of errors survive the transactions; the current memory is that of each transaction.
class TransactionChain {
 public:
  TransactionChain();
  ~TransactionChain();
  TransactionChain(const TransactionChain&) = delete;
  TransactionChain& operator=(const TransactionChain&) = delete;

 private:
  MemoryContext caller_;
  MemoryContext before_;
  MemoryContext memory_;
  KeptReports reports_;
};

// What survives the transactions of a procedure; the current memory where there is no TransactionChain.
MemoryContext lasting_memory();

// Both leave a new transaction without a snapshot, whose now() is the present.
void commit_and_begin();
void abort_and_begin();

}  // namespace strata::pg
