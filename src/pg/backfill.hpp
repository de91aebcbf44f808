// backfill.hpp - what happens between the transactions of a repeated statement: reports, pauses, waiting for standbys.
#pragma once

#include "core/repeat.hpp"
#include "core/standby_lag.hpp"
#include "pg/progress.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "datatype/timestamp.h"
}

struct Node;

namespace strata::pg {

class Backfill {
 public:
  // `rows_before` are those that an earlier deploy has done.
  Backfill(Progress& progress, const Node* statement, const Repeat& options, std::string title, std::int64_t rows_before);
  // All that were done, those of earlier deploys included.
  std::uint64_t rows() const { return rows_; }
  // After the commit of a transaction that has done this many: pauses, and waits while a standby is too far behind.
  void pause_after(std::uint64_t rows);
  // INFO: rows done, rows a second, and what there can be in all.
  void report();

 private:
  void wait_for_standbys();

  Progress& progress_;
  Repeat options_;
  std::string title_;
  std::uint64_t rows_;
  std::uint64_t rows_before_;
  double most_rows_;  // of the table, as the planner believes; 0: not known
  TimestampTz start_;
  TimestampTz last_report_;
  StandbyLag lag_;
};

}  // namespace strata::pg
