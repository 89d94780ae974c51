// SPDX-License-Identifier: Apache-2.0
#include "oci/copy/kept_documents.h"

#include "oci/content/graph.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::oci::copy {

absl::StatusOr<std::string> KeptDocuments::Read(const Context& context, const Descriptor& document) {
  ABSL_ASSIGN_OR_RETURN(std::string bytes, content::VerifiedBytes(context, *this, document, image::kMaxManifestBytes));
  const auto size = static_cast<int64_t>(bytes.size());
  absl::MutexLock lock(&mutex_);
  if (documents_.contains(document.digest) || bytes_ + size > content::kMaxGraphBytes) return bytes;
  bytes_ += size;
  documents_.emplace(document.digest, bytes);
  return bytes;
}

absl::StatusOr<std::unique_ptr<io::Source>> KeptDocuments::Fetch(const Context& context, const Descriptor& descriptor) {
  static const Digest* const kEmpty = new Digest(Digest::Of(image::kEmptyJson));
  if (descriptor.digest == *kEmpty) {
    ABSL_RETURN_IF_ERROR(content::VerifySize(descriptor, static_cast<int64_t>(image::kEmptyJson.size())));
    return std::make_unique<io::StringSource>(std::string(image::kEmptyJson));
  }
  {
    absl::MutexLock lock(&mutex_);
    const auto found = documents_.find(descriptor.digest);
    if (found != documents_.end()) {
      ABSL_RETURN_IF_ERROR(content::VerifySize(descriptor, static_cast<int64_t>(found->second.size())));
      return std::make_unique<io::StringSource>(found->second);
    }
  }
  return from_.Fetch(context, descriptor);
}

}  // namespace waybill::oci::copy
