// SPDX-License-Identifier: Apache-2.0
// What BuildKit adds to an SPDX document (JSON, versions 2.1 to 2.3): itself as a creator, and for each file the layer
// that it is in. The document is patched in place: unknown fields, order and spelling survive, which BuildKit's fixed
// model does not do.
#ifndef WAYBILL_ATTEST_SPDX_SPDX_H_
#define WAYBILL_ATTEST_SPDX_SPDX_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/digest.h"

namespace waybill::attest::spdx {

// Whether BuildKit's model can hold the document: true, or false for what it leaves as it is (not JSON, another
// version, a field of the wrong type, an identifier without its prefix). Errors: INVALID_ARGUMENT "unable to encode
// spdx: ..." for what it reads but cannot write again and so refuses. Linear in the size of the document.
absl::StatusOr<bool> CanSupplementSpdx(absl::string_view document);

// The digest of the layer that has the file, nothing when none has it. Paths are absolute and clean.
using LayerLookup = absl::FunctionRef<absl::StatusOr<std::optional<oci::Digest>>(absl::string_view path)>;
using TextSink = absl::FunctionRef<absl::Status(absl::string_view)>;

// Visits the path of each file that SupplementSpdx looks up, in its order; a path may come again. Ends at the first
// error, one of the document's syntax.
absl::Status VisitSpdxFiles(absl::string_view document, absl::FunctionRef<void(absl::string_view path)> visit);

// Writes the document, which CanSupplementSpdx accepted, to `sink` with the creator "Tool: buildkit-<version>" added
// and the comment "layerID: <digest>" on each file (the document's and its packages') that has no comment and is in a
// layer. Ends at the first error of `lookup` or `sink`.
absl::Status SupplementSpdx(absl::string_view document, absl::string_view version, LayerLookup lookup, TextSink sink);

}  // namespace waybill::attest::spdx

#endif  // WAYBILL_ATTEST_SPDX_SPDX_H_
