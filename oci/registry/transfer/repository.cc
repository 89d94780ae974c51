// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/repository.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/reference.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::transfer {
namespace {

bool IsDocument(const Descriptor& descriptor) {
  return image::IsIndex(descriptor.media_type) || image::IsManifest(descriptor.media_type);
}

}  // namespace

absl::StatusOr<Descriptor> Repository::Resolve(const Context& context, absl::string_view reference) {
  ABSL_ASSIGN_OR_RETURN(std::optional<FetchedManifest> fetched, manifests_.Get(context, reference));
  if (!fetched.has_value()) {
    return NotFoundError(absl::StrCat(host_.domain(), "/", name_, " has no manifest ", reference));
  }
  Descriptor resolved{.media_type = fetched->media_type,
                      .digest = fetched->digest,
                      .size = static_cast<int64_t>(fetched->bytes.size())};
  if (reads_ == Reads::kFewest) {
    absl::MutexLock lock(&mutex_);
    resolved_ = std::move(fetched);
  }
  return resolved;
}

absl::StatusOr<std::optional<FetchedManifest>> Repository::Manifest(const Context& context, const Digest& digest) {
  {
    absl::MutexLock lock(&mutex_);
    if (resolved_.has_value() && resolved_->digest == digest) return std::exchange(resolved_, std::nullopt);
  }
  return manifests_.Get(context, digest.ToString());
}

absl::StatusOr<std::unique_ptr<io::Source>> Repository::Fetch(const Context& context, const Descriptor& descriptor) {
  if (!IsDocument(descriptor)) {
    if (reads_ == Reads::kFewest && descriptor.size >= 0) return blobs_.FetchUnasked(descriptor);
    return blobs_.Fetch(context, descriptor);
  }
  ABSL_ASSIGN_OR_RETURN(std::optional<FetchedManifest> fetched, Manifest(context, descriptor.digest));
  if (!fetched.has_value()) return content::BlobNotFound(descriptor.digest);
  ABSL_RETURN_IF_ERROR(content::VerifySize(descriptor, static_cast<int64_t>(fetched->bytes.size())));
  return std::make_unique<io::StringSource>(std::move(fetched->bytes));
}

absl::StatusOr<bool> Repository::Exists(const Context& context, const Descriptor& descriptor) {
  if (!IsDocument(descriptor)) return blobs_.Exists(context, descriptor);
  ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> there, manifests_.Head(context, descriptor.digest.ToString()));
  return there.has_value();
}

absl::Status Repository::Push(const Context& context, content::Blob blob) {
  const Descriptor& descriptor = blob.descriptor;
  if (!IsDocument(descriptor)) return blobs_.Upload(context, descriptor, *blob.source, std::nullopt);
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, io::ReadAll(context, *blob.source, image::kMaxManifestBytes));
  Hasher hasher(descriptor.digest);
  hasher.Update(bytes);
  ABSL_RETURN_IF_ERROR(content::Verify(descriptor, hasher.Current(), static_cast<int64_t>(bytes.size())));
  return PutManifest(context, descriptor, descriptor.digest.ToString(), bytes);
}

absl::Status Repository::Tag(const Context& context, const Descriptor& root, absl::string_view tag) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<FetchedManifest> fetched, manifests_.Get(context, root.digest.ToString()));
  if (!fetched.has_value()) return content::BlobNotFound(root.digest);
  if (!absl::StrContains(tag, '/')) return PutManifest(context, root, tag, fetched->bytes);
  ABSL_ASSIGN_OR_RETURN(const image::Reference name, image::Reference::Parse(tag));
  return PutManifest(context, root, name.WithDefaultTag().tag(), fetched->bytes);
}

absl::Status Repository::PutManifest(const Context& context, const Descriptor& descriptor, absl::string_view reference,
                                     absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(const Answer answer,
                        manifests_.Put(context, reference, {.media_type = descriptor.media_type, .bytes = bytes}));
  if (answer.reply.status >= 300) return manifests_.Refusal(reference, answer);
  return manifests_.CheckStored(context, answer, descriptor.digest);
}

}  // namespace waybill::oci::registry::transfer
