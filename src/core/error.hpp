// error.hpp - the one error type of the project.
//
// It has the fields of a PostgreSQL error report and needs no PostgreSQL header, so the core
// raises errors as precise as the server's own. The values of class MG are part of the contract.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace strata {

struct SqlState {
  char code[6];
  bool operator==(const SqlState&) const = default;
};

namespace sqlstate {
inline constexpr SqlState unknown_revision{"MG001"};
inline constexpr SqlState ambiguous_revision{"MG002"};
inline constexpr SqlState several_heads{"MG003"};
inline constexpr SqlState unreachable_target{"MG004"};
inline constexpr SqlState broken_graph{"MG005"};
inline constexpr SqlState edited_revision{"MG006"};
inline constexpr SqlState refused_by_policy{"MG007"};
inline constexpr SqlState not_in_transaction{"MG008"};
inline constexpr SqlState malformed_file{"MG009"};
inline constexpr SqlState schema_differs{"MG010"};

inline constexpr SqlState active_transaction{"25001"};
inline constexpr SqlState invalid_parameter{"22023"};
inline constexpr SqlState serialization_failure{"40001"};
inline constexpr SqlState deadlock{"40P01"};
inline constexpr SqlState syntax_error{"42601"};
inline constexpr SqlState insufficient_privilege{"42501"};
inline constexpr SqlState out_of_memory{"53200"};
inline constexpr SqlState program_limit_exceeded{"54000"};
inline constexpr SqlState wrong_state{"55000"};
inline constexpr SqlState object_in_use{"55006"};
inline constexpr SqlState query_canceled{"57014"};
inline constexpr SqlState lock_not_available{"55P03"};
inline constexpr SqlState internal{"XX000"};
}  // namespace sqlstate

// Message: lower case, no full stop. Detail: full sentences. Hint: what to do.
struct Error : std::exception {
  Error(SqlState state, std::string text) : sqlstate(state), message(std::move(text)) {}

  Error& with_detail(std::string text) & { detail = std::move(text); return *this; }
  Error&& with_detail(std::string text) && { detail = std::move(text); return std::move(*this); }
  Error& with_hint(std::string text) & { hint = std::move(text); return *this; }
  Error&& with_hint(std::string text) && { hint = std::move(text); return std::move(*this); }
  Error&& with_context(std::string text) && { context = std::move(text); return std::move(*this); }
  const char* what() const noexcept override { return message.c_str(); }

  SqlState sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;  // where it was, when that is not part of the message
};

}  // namespace strata
