// The two macros this Abseil does not have yet.
#ifndef LIAISON_PROTO_RECORD_MACROS_H_
#define LIAISON_PROTO_RECORD_MACROS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define LIAISON_CONCAT_INNER(a, b) a##b
#define LIAISON_CONCAT(a, b) LIAISON_CONCAT_INNER(a, b)

// Returns from the function with the status, unless it is OK.
#define LIAISON_RETURN_IF_ERROR(expr)                                                \
  do {                                                                               \
    if (absl::Status status_macro = (expr); !status_macro.ok()) return status_macro; \
  } while (false)

// LIAISON_ASSIGN_OR_RETURN(auto x, MakeX()): x's value, or return from the function.
#define LIAISON_ASSIGN_OR_RETURN(lhs, expr) \
  LIAISON_ASSIGN_OR_RETURN_INNER(LIAISON_CONCAT(result_macro_, __LINE__), lhs, expr)
#define LIAISON_ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                                   \
  if (!result.ok()) return std::move(result).status();    \
  lhs = *std::move(result)

#endif  // LIAISON_PROTO_RECORD_MACROS_H_
