// SPDX-License-Identifier: Apache-2.0
// Faults as text, for the command line: "KIND[=VALUE][@CLASS][,SETTING=VALUE]...".
//
//   status=503@manifest-put,times=2,retry-after=1    answers 503 to the first two manifest PUTs
//   drop=1000@upload-put,skip=1,times=1              resets the second blob PUT after 1000 bytes of its body
//   delay=200ms                                      waits before every answer
//
// Kinds: status=CODE, drop[=BYTES], drop-answer, truncate=BYTES, stall=BYTES, delay=DURATION, wrong-digest, corrupt,
// forget-blob. Classes: those of route.h. Settings: times, skip, every, path (a part of it), retry-after, code (of the
// error in JSON), text (instead of it, plain).
#ifndef WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_FAULT_TEXT_H_
#define WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_FAULT_TEXT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/registry/server/behavior/behavior.h"

namespace waybill::oci::registry::server::behavior {

struct FaultKindName {
  absl::string_view form;  // "drop[=BYTES]"
  absl::string_view what;
};

absl::Span<const FaultKindName> FaultKindNames();

// Errors: INVALID_ARGUMENT naming the part that is wrong and what may stand there.
absl::StatusOr<Fault> ParseFault(absl::string_view text);

}  // namespace waybill::oci::registry::server::behavior

#endif  // WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_FAULT_TEXT_H_
