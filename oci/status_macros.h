// SPDX-License-Identifier: Apache-2.0
// The two macros of upstream Abseil that Debian's version does not have yet, with upstream's names and meaning.
#ifndef WAYBILL_OCI_STATUS_MACROS_H_
#define WAYBILL_OCI_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function with the error when `expression` (an absl::Status) is not OK.
#define ABSL_RETURN_IF_ERROR(expression)                                    \
  do {                                                                      \
    if (absl::Status waybill_status = (expression); !waybill_status.ok()) { \
      return waybill_status;                                                \
    }                                                                       \
  } while (false)

// Assigns the value of `expression` (an absl::StatusOr) to `declaration`, or returns from the function with its error.
#define ABSL_ASSIGN_OR_RETURN(declaration, expression) \
  WAYBILL_ASSIGN_OR_RETURN_(WAYBILL_CONCAT_(waybill_or_, __LINE__), declaration, expression)

#define WAYBILL_ASSIGN_OR_RETURN_(holder, declaration, expression) \
  auto holder = (expression);                                      \
  if (!holder.ok()) return std::move(holder).status();             \
  declaration = *std::move(holder)
#define WAYBILL_CONCAT_(a, b) WAYBILL_CONCAT_INNER_(a, b)
#define WAYBILL_CONCAT_INNER_(a, b) a##b

#endif  // WAYBILL_OCI_STATUS_MACROS_H_
