#include "pg/boundary.hpp"

#include <algorithm>
#include <new>

#include "pg/encoding.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/memutils.h"
}

namespace strata::pg {
namespace {

std::string or_empty(const char* text) { return text ? text : ""; }

SqlState state_of(const ErrorData* report) {
  const char* code = unpack_sql_state(report->sqlerrcode);
  return SqlState{{code[0], code[1], code[2], code[3], code[4], '\0'}};
}

// Where reports of errors go; none: the memory of the transaction.
MemoryContext kept_reports = nullptr;

// Allocates without ever raising: a null pointer or a cut only shortens the report.
char* keep(const std::string& text, MemoryContext memory = ErrorContext) {
  constexpr std::size_t longest = 1'000'000;
  if (text.empty()) return nullptr;
  const std::size_t length = std::min(text.size(), longest);
  auto* copy = static_cast<char*>(MemoryContextAllocExtended(memory, length + 1, MCXT_ALLOC_NO_OOM));
  if (!copy) return nullptr;
  memcpy(copy, text.data(), length);
  copy[length] = '\0';
  return copy;
}

ErrorData* fresh_report(SqlState state, const std::string& message, const std::string& detail, const std::string& hint, const std::string& context = "") {
  static ErrorData report;
  const char* code = state.code;
  report = ErrorData{};
  report.elevel = ERROR;
  report.sqlerrcode = MAKE_SQLSTATE(code[0], code[1], code[2], code[3], code[4]);
  report.message = keep(message);
  report.detail = keep(detail);
  report.hint = keep(hint);
  report.context = keep(context);
  return &report;
}

// Texts of our own are UTF-8; a database of another encoding gets what can be converted.
ErrorData* own_report(const Error& error) noexcept {
  try {
    return fresh_report(error.sqlstate, to_server_lossy(error.message), to_server_lossy(error.detail), to_server_lossy(error.hint), to_server_lossy(error.context));
  } catch (...) {
    return fresh_report(sqlstate::out_of_memory, "out of memory", "", "");
  }
}

struct Notice {
  int level;
  const char* message;
  const char* detail;
  const char* hint;
};

void emit(const Notice* notice) {
  ereport(notice->level, errmsg_internal("%s", notice->message), *notice->detail ? errdetail_internal("%s", notice->detail) : 0,
          *notice->hint ? errhint("%s", notice->hint) : 0);
}

void check_interrupts_now() { CHECK_FOR_INTERRUPTS(); }

// As UTF-8, whatever the server has put into a message.
std::string readable(const std::string& server_text) {
  try {
    return to_utf8(server_text);
  } catch (const std::exception&) {
    std::string text = server_text;
    std::replace_if(text.begin(), text.end(), [](char byte) { return byte < 0; }, '?');
    return text;
  }
}

}  // namespace

ServerError::ServerError(ErrorData* report) : Error(state_of(report), or_empty(report->message)), report(report) {
  detail = or_empty(report->detail);
  hint = or_empty(report->hint);
}

namespace detail {

void throw_server_error(MemoryContext caller_context) {
  // Of the (sub)transaction that fails: a loop that survives a thousand errors keeps none of them.
  MemoryContextSwitchTo(kept_reports ? kept_reports : CurTransactionContext ? CurTransactionContext : TopMemoryContext);
  ErrorData* report = CopyErrorData();
  FlushErrorState();
  MemoryContextSwitchTo(caller_context);
  throw ServerError(report);
}

ErrorData* run(FunctionCallInfo fcinfo, Datum (*body)(FunctionCallInfo), Datum* result) noexcept {
  try {
    *result = body(fcinfo);
    return nullptr;
  } catch (const ServerError& e) {
    return e.report;
  } catch (const Error& e) {
    return own_report(e);
  } catch (const std::bad_alloc&) {
    return fresh_report(sqlstate::out_of_memory, "out of memory", "", "");
  } catch (const std::exception& e) {
    return fresh_report(sqlstate::internal, e.what(), "", "");
  } catch (...) {
    return fresh_report(sqlstate::internal, "unknown C++ exception", "", "");
  }
}

void raise(ErrorData* report) {
  if (report->filename)  // it has been through ereport() once, context and all
    ReThrowError(report);
  ThrowErrorData(report);
  pg_unreachable();
}

}  // namespace detail

void with_advice(const std::function<void()>& body, const char* (*advise)(const ErrorData&)) {
  try {
    body();
  } catch (ServerError& e) {
    if (!e.report->hint) e.report->hint = const_cast<char*>(advise(*e.report));
    throw;
  }
}

Where::Where(const std::string& text)
    : text_(to_server_lossy(text)),
      callback_{error_context_stack, [](void* place) { errcontext("%s", static_cast<const char*>(place)); }, const_cast<char*>(text_.c_str())} {
  error_context_stack = &callback_;
}
Where::~Where() { error_context_stack = callback_.previous; }

KeptReports::KeptReports(MemoryContext memory) : before_(kept_reports) { kept_reports = memory; }
KeptReports::~KeptReports() { kept_reports = before_; }

std::optional<Failure> attempt(const std::function<void()>& body, const std::function<void()>& abort) {
  std::optional<Failure> failure;
  bool in_server_encoding = false;
  try {
    body();
  } catch (const ServerError& e) {
    failure.emplace(std::current_exception(), e.sqlstate, e.message, e.detail);
    in_server_encoding = true;
  } catch (const Error& e) {
    failure.emplace(std::current_exception(), e.sqlstate, e.message, e.detail);
  } catch (const std::bad_alloc&) {
    failure.emplace(std::current_exception(), sqlstate::out_of_memory, "out of memory", "");
  } catch (const std::exception& e) {
    failure.emplace(std::current_exception(), sqlstate::internal, e.what(), "");
  }
  if (!failure) return failure;
  abort();
  if (in_server_encoding) failure->message = readable(failure->message), failure->detail = readable(failure->detail);
  return failure;
}

void Failure::raise() const { std::rethrow_exception(error_); }

void Failure::extend(const std::string& new_detail, const std::string& hint) {
  try {
    raise();
  } catch (ServerError& e) {
    if (!new_detail.empty()) e.report->detail = keep(to_server_lossy(new_detail), kept_reports ? kept_reports : ErrorContext);
    if (!hint.empty() && !e.report->hint) e.report->hint = keep(to_server_lossy(hint), kept_reports ? kept_reports : ErrorContext);
    error_ = std::current_exception();
  } catch (Error& e) {
    if (!new_detail.empty()) e.detail = new_detail;
    if (e.hint.empty()) e.hint = hint;
    error_ = std::current_exception();
  } catch (...) {
  }
}

void Failure::forget_context() {
  try {
    raise();
  } catch (ServerError& e) {
    e.report->context = nullptr;
    error_ = std::current_exception();
  } catch (...) {
  }
}

void say(int level, const std::string& message, const Advice& advice) {
  const std::string text = to_server_lossy(message), detail = to_server_lossy(advice.detail), hint = to_server_lossy(advice.hint);
  const Notice notice{level, text.c_str(), detail.c_str(), hint.c_str()};
  call(emit, &notice);
}

void check_for_interrupts() { call(check_interrupts_now); }

}  // namespace strata::pg
