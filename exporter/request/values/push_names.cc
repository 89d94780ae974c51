// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/values/push_names.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/image/reference.h"

namespace waybill::exporter::request::values {

absl::Status CheckPushNames(absl::string_view names, bool by_digest) {
  if (names.empty()) return absl::OkStatus();
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    const std::string what = absl::StrCat("failed to push ", name);
    const absl::StatusOr<oci::image::Reference> reference = oci::image::Reference::Parse(name);
    if (!reference.ok()) return oci::Annotate(reference.status(), what);
    if (by_digest && (!reference->tag().empty() || reference->digest().has_value())) {
      return oci::InvalidInputError(
          absl::StrCat(what, ": can't push tagged ref ", reference->ToString(), " by digest"));
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::request::values
