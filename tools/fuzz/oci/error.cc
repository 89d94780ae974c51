// SPDX-License-Identifier: Apache-2.0
// The google.rpc.ErrorInfo of a peer's error: what is understood of it can be said again, and is understood the same.
#include "oci/error.h"

#include "absl/strings/cord.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::Status received(absl::StatusCode::kUnavailable, "from a peer");
  received.SetPayload(oci::kErrorInfoType, absl::Cord(waybill::fuzz::View(data, size)));
  const std::optional<oci::Reason> reason = oci::ReasonOf(received);
  Require(reason.has_value(), "every error has a reason");
  const oci::ErrorMetadata metadata = oci::MetadataOf(received);
  const absl::Status again = oci::MakeError(*reason, "again", metadata);
  Require(oci::ReasonOf(again) == reason, "a reason survives being written");
  Require(oci::MetadataOf(again) == metadata, "metadata survives being written");
  const absl::Status annotated = oci::Annotate(received, "attempted");
  Require(oci::ReasonOf(annotated) == reason && oci::MetadataOf(annotated) == metadata, "annotations change nothing");
  return 0;
}
