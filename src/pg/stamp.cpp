#include "pg/stamp.hpp"

#include "core/plan.hpp"
#include "pg/job.hpp"
#include "pg/snapshot.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace strata::pg {

void count_as_applied(const std::string& id) {
  with_latest_snapshot([&](Snapshot latest) {
    const SharedGraph known = graph(latest);
    const Texts rows = version_rows(latest);
    const Texts after = ids_of(*known, heads_after(*known, Operation::upgrade, known->find(id).value(), locate(*known, rows)));
    write_version_rows(after);
    write_log({{Operation::stamp, id, rows, after, GetCurrentTimestamp(), 0, std::nullopt, std::nullopt}});
  });
  keep_snapshot();
}

}  // namespace strata::pg
