// boundary.hpp - the only place where C++ exceptions and ereport() meet.
//
//   call(f, args...)       PostgreSQL called from C++: ereport -> ServerError
//   entry(fcinfo, f)       C++ called from PostgreSQL: exception -> ereport
//   attempt(body, abort)   the one way to survive an error: the transaction is aborted first
//
// PG_TRY, sigsetjmp, catch and ereport(ERROR) are used nowhere else. The surprise: on the error path nothing of the
// server is put back by destructors; the transaction's abort does that (user id, settings, snapshots, locks, SPI).
#pragma once

#include <exception>

#include "core/error.hpp"
#include "pg/postgres.hpp"

namespace strata::pg {

// An error of the server on its way through C++ frames. The complete report travels along, so that entry() gives it
// back with no field lost. The report lives in the transaction's memory, or in that of KeptReports.
struct ServerError : Error {
  explicit ServerError(ErrorData* report);
  ErrorData* report;
};

namespace detail {

// What sigsetjmp() users must put back, whichever way the scope is left.
struct ErrorFrame {
  sigjmp_buf* stack = PG_exception_stack;
  ErrorContextCallback* callbacks = error_context_stack;
  ~ErrorFrame() {
    PG_exception_stack = stack;
    error_context_stack = callbacks;
  }
};

[[noreturn]] void throw_server_error(MemoryContext caller_context);
ErrorData* run(FunctionCallInfo fcinfo, Datum (*body)(FunctionCallInfo), Datum* result) noexcept;
[[noreturn]] void raise(ErrorData* report);

}  // namespace detail

// Calls a function of the server. Function pointers and plain values only: a longjmp out of `function` can then skip
// no destructor, neither of an argument nor of a result.
template <typename R, typename... P, typename... A>
R call(R (*function)(P...), A... args) {
  static_assert(std::is_void_v<R> || std::is_trivially_copyable_v<R>);
  static_assert((std::is_trivially_copyable_v<A> && ...));
  MemoryContext caller_context = CurrentMemoryContext;
  {
    detail::ErrorFrame frame;
    sigjmp_buf landing;
    if (sigsetjmp(landing, 0) == 0) {
      PG_exception_stack = &landing;
      return function(static_cast<P>(args)...);
    }
  }
  detail::throw_server_error(caller_context);
}

// The body of every SQL-callable function.
inline Datum entry(FunctionCallInfo fcinfo, Datum (*body)(FunctionCallInfo)) {
  Datum result = 0;
  if (ErrorData* report = detail::run(fcinfo, body, &result))
    detail::raise(report);  // no C++ object is alive in this frame
  return result;
}

// Runs body; an error of the server without a hint gets the one that `advise` has for it, if any. The text must live for ever.
void with_advice(const std::function<void()>& body, const char* (*advise)(const ErrorData&));

// While it lives, reports of errors survive the end of the transaction: they are kept in `memory`.
class KeptReports {
 public:
  explicit KeptReports(MemoryContext memory);
  ~KeptReports();
  KeptReports(const KeptReports&) = delete;
  KeptReports& operator=(const KeptReports&) = delete;

 private:
  MemoryContext before_;
};

// An error that a procedure has survived. Of the server's errors the report has to be kept (KeptReports).
class Failure {
 public:
  Failure(std::exception_ptr error, SqlState sqlstate, std::string message, std::string detail)
      : sqlstate(sqlstate), message(std::move(message)), detail(std::move(detail)), error_(std::move(error)) {}
  [[noreturn]] void raise() const;
  // Gives it another detail, and a hint where it has none; empty: as it is.
  void extend(const std::string& detail, const std::string& hint);
  // Of statements that are nobody's business but ours.
  void forget_context();

  SqlState sqlstate;
  std::string message;
  std::string detail;

 private:
  std::exception_ptr error_;
};

// Runs body. An error ends in `abort`, which has to abort the transaction and begin the next one, and is returned.
std::optional<Failure> attempt(const std::function<void()>& body, const std::function<void()>& abort);

// Errors of the server that are raised during its life say where (CONTEXT).
class Where {
 public:
  explicit Where(const std::string& text);
  ~Where();
  Where(const Where&) = delete;
  Where& operator=(const Where&) = delete;

 private:
  std::string text_;
  ErrorContextCallback callback_;
};

// INFO, NOTICE and WARNING go to the client at once; the text is UTF-8.
struct Advice {
  std::string detail;
  std::string hint;
};
void say(int level, const std::string& message, const Advice& advice = {});

// Raises when the user cancels, the session is terminated, or a timeout is over.
void check_for_interrupts();

}  // namespace strata::pg

// Defines an SQL-callable function with a C++ body.
#define STRATA_FUNCTION(name)                                                        \
  static Datum name##_body(FunctionCallInfo fcinfo);                                 \
  extern "C" {                                                                       \
  PG_FUNCTION_INFO_V1(name);                                                         \
  Datum name(PG_FUNCTION_ARGS) { return strata::pg::entry(fcinfo, name##_body); }    \
  }                                                                                  \
  static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
