// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/contents.h"

#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server {

bool Contents::HasBlob(absl::string_view repository, const Digest& digest) const {
  return storage_.Open(repository, digest).ok();
}

bool Contents::HasManifest(absl::string_view repository, const Digest& digest) const {
  return catalog_.Find(repository, digest).has_value();
}

std::optional<Digest> Contents::Tagged(absl::string_view repository, absl::string_view tag) const {
  return catalog_.Tagged(repository, tag);
}

std::vector<std::string> Contents::Tags(absl::string_view repository) const {
  std::vector<std::string> tags;
  for (const auto& [tag, digest] : catalog_.Tags(repository)) tags.push_back(tag);
  return tags;
}

std::vector<Digest> Contents::Referrers(absl::string_view repository, const Digest& subject) const {
  std::vector<Digest> digests;
  for (const store::ManifestEntry& entry : catalog_.Referrers(repository, subject, absl::InfiniteFuture())) {
    digests.push_back(entry.digest);
  }
  return digests;
}

absl::StatusOr<std::string> Contents::Content(absl::string_view repository, const Digest& digest) const {
  ABSL_ASSIGN_OR_RETURN(const auto source, storage_.Open(repository, digest));
  return io::ReadAll(Context(), *source, source->size());
}

absl::Status Contents::AddBlob(absl::string_view repository, absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(const auto draft, storage_.NewDraft(repository));
  ABSL_RETURN_IF_ERROR(draft->Write(bytes));
  catalog_.AddRepository(repository);
  return draft->Keep(Digest::Of(bytes));
}

void Contents::AddRepository(absl::string_view repository) { catalog_.AddRepository(repository); }

}  // namespace waybill::oci::registry::server
