// SPDX-License-Identifier: Apache-2.0
#include "oci/content/content.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::content {

absl::Status BlobNotFound(const Digest& digest) {
  return NotFoundError(absl::StrCat("blob ", digest.ToString(), " not found"));
}

absl::Status VerifySize(const Descriptor& descriptor, int64_t size) {
  if (descriptor.size < 0 || size == descriptor.size) return absl::OkStatus();
  return VerificationError(
      absl::StrCat("blob ", descriptor.digest.ToString(), " has ", size, " bytes, expected ", descriptor.size));
}

absl::Status Verify(const Descriptor& descriptor, const Digest& actual, int64_t size) {
  ABSL_RETURN_IF_ERROR(VerifySize(descriptor, size));
  if (actual == descriptor.digest) return absl::OkStatus();
  return VerificationError(absl::StrCat("blob ", descriptor.digest.ToString(), " has the digest ", actual.ToString()));
}

absl::StatusOr<std::string> VerifiedBytes(const Context& context, Fetcher& from, const Descriptor& descriptor,
                                          int64_t limit) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Source> source, from.Fetch(context, descriptor));
  absl::StatusOr<std::string> bytes = io::ReadAll(context, *source, limit);
  if (!bytes.ok()) return Annotate(bytes.status(), absl::StrCat("blob ", descriptor.digest.ToString()));
  Hasher hasher(descriptor.digest);
  hasher.Update(*bytes);
  ABSL_RETURN_IF_ERROR(Verify(descriptor, hasher.Current(), static_cast<int64_t>(bytes->size())));
  return bytes;
}

}  // namespace waybill::oci::content
