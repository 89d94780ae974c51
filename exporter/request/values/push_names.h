// SPDX-License-Identifier: Apache-2.0
// Names that an image can be pushed as. BuildKit looks when it pushes, name by name; here nothing starts with a bad
// one.
#ifndef WAYBILL_EXPORTER_REQUEST_VALUES_PUSH_NAMES_H_
#define WAYBILL_EXPORTER_REQUEST_VALUES_PUSH_NAMES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::request::values {

// `names` is a comma list. Errors: INVALID_ARGUMENT, `failed to push <name>: ...`.
absl::Status CheckPushNames(absl::string_view names, bool by_digest);

}  // namespace waybill::exporter::request::values

#endif  // WAYBILL_EXPORTER_REQUEST_VALUES_PUSH_NAMES_H_
