// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/blob.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations {

namespace {
constexpr size_t kChunkBytes = 64 << 10;
}  // namespace

absl::Status WriteRange(const oci::Context& context, oci::content::Fetcher& from, const oci::Descriptor& blob,
                        const Range& range, oci::io::Writer& out) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, from.Fetch(context, blob));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source->Open(context, range.offset));
  std::string chunk(kChunkBytes, '\0');
  for (int64_t left = range.length; left > 0;) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const size_t want = static_cast<size_t>(std::min<int64_t>(left, static_cast<int64_t>(chunk.size())));
    ABSL_ASSIGN_OR_RETURN(const size_t got, reader->Read(absl::MakeSpan(chunk.data(), want)));
    if (got == 0) {
      return oci::VerificationError(
          absl::StrCat("blob ", blob.digest.ToString(), " is shorter than ", blob.size, " bytes"));
    }
    ABSL_RETURN_IF_ERROR(out.Write(absl::string_view(chunk).substr(0, got)));
    left -= static_cast<int64_t>(got);
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::attestations
