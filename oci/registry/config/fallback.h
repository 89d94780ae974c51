// SPDX-License-Identifier: Apache-2.0
// When a push writes the tag that stands in for the referrers API.
#ifndef WAYBILL_OCI_REGISTRY_CONFIG_FALLBACK_H_
#define WAYBILL_OCI_REGISTRY_CONFIG_FALLBACK_H_

#include "absl/strings/string_view.h"

namespace waybill::oci::registry::config {

enum class Fallback {
  kAuto,    // when the registry has no referrers API; failing to is a warning
  kAlways,  // failing to is an error
  kNever,
  kRequireApi,  // a registry without the API is an error
};

struct FallbackWord {
  absl::string_view text;
  Fallback value;
};
inline constexpr FallbackWord kFallbackWords[] = {{"auto", Fallback::kAuto},
                                                  {"always", Fallback::kAlways},
                                                  {"never", Fallback::kNever},
                                                  {"require-api", Fallback::kRequireApi}};

}  // namespace waybill::oci::registry::config

#endif  // WAYBILL_OCI_REGISTRY_CONFIG_FALLBACK_H_
