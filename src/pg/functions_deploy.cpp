// functions_deploy.cpp - CALL migrate_deploy.
#include "pg/deploy.hpp"
#include "pg/transaction.hpp"

using namespace strata;
using namespace strata::pg;

STRATA_FUNCTION(migrate_deploy) {
  const std::string target = Arguments(fcinfo).text(0, "target");
  require_may_migrate();
  require_own_transactions(fcinfo, "migrate_deploy");
  const TransactionChain chain;
  commit_and_begin();  // the CALL has a snapshot, which a concurrent build would wait for
  deploy(target);
  return 0;
}
