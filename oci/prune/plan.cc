// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/plan.h"

namespace waybill::oci::prune {

absl::string_view NameOf(Kind kind) {
  switch (kind) {
    case Kind::kFallbackTag:
      return "fallback tag";
    case Kind::kFallbackEntry:
      return "list entry";
    case Kind::kCosignTag:
      return "cosign tag";
    case Kind::kLayoutEntry:
      return "index entry";
    case Kind::kBlob:
      return "blob";
  }
  return "";
}

}  // namespace waybill::oci::prune
