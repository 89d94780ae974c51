// SPDX-License-Identifier: Apache-2.0
// The fixed model (spdx/tools-golang v0.5.7, v2_1 to v2_3) that BuildKit holds SPDX documents in, as far as it decides
// what decodes and what can be written again. Part of spdx.h's implementation.
#ifndef WAYBILL_ATTEST_SPDX_SPDX_MODEL_H_
#define WAYBILL_ATTEST_SPDX_SPDX_MODEL_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace waybill::attest::spdx {

enum class SpdxType {
  kString,
  kBool,
  kInt,
  kStrings,          // a list of strings
  kObject,           // null is no object
  kObjects,          // a list in which null is an empty object
  kNullableObjects,  // a list in which null stays null
  kElementId,        // "SPDXRef-..."
  kDocumentId,       // "DocumentRef-..."
  kDocElementId,     // either, or both joined by a colon
  kMembers,          // a list of kDocElementId that become relationships from the object's own SPDXID
  kCreators,         // a list of "Type: value"
  kAnnotator,
  kSupplier,
  kOriginator,
};

struct SpdxField {
  absl::string_view name;
  SpdxType type = SpdxType::kString;
  absl::Span<const SpdxField> object = {};  // of kObject, kObjects and kNullableObjects
  int since = 1;                            // the minor version that brought it
};

absl::Span<const SpdxField> SpdxDocumentFields();

}  // namespace waybill::attest::spdx

#endif  // WAYBILL_ATTEST_SPDX_SPDX_MODEL_H_
