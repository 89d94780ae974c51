// SPDX-License-Identifier: Apache-2.0
// Files that should be JSON and are not: told by their first bytes, for errors that say what to write instead.
#ifndef WAYBILL_EXPORTER_INPUT_DOCUMENT_FORM_H_
#define WAYBILL_EXPORTER_INPUT_DOCUMENT_FORM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::input {

// OK for one JSON value. INVALID_ARGUMENT for anything else: what it is (UTF-16, XML, SPDX tag-value, YAML, a
// compressed file, ...) and how it becomes JSON; for broken JSON where it breaks, in Go's words.
absl::Status CheckJson(absl::string_view bytes);

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_DOCUMENT_FORM_H_
