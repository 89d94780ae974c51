// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/blob.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/io/slice.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations {

absl::Status WriteRange(const oci::Context& context, oci::content::Fetcher& from, const oci::Descriptor& blob,
                        const Range& range, oci::io::Writer& out) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, from.Fetch(context, blob));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader,
                        oci::io::Slice(*source, range.offset, range.length).Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const int64_t count, oci::io::Copy(context, *reader, out));
  if (count != range.length) {
    return oci::VerificationError(
        absl::StrCat("blob ", blob.digest.ToString(), " is shorter than ", blob.size, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::attestations
