// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/store/keep_draft.h"

#include "oci/error.h"
#include "oci/io/hashing.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server::store {
namespace {

absl::Status OtherContent() { return VerificationError("the uploaded content does not have the given digest"); }

// Copies the blob `stored` to a new draft and keeps that under `digest`.
absl::Status KeepCopy(const Context& context, absl::string_view repository, const Digest& stored, const Digest& digest,
                      BlobStorage& storage) {
  ABSL_ASSIGN_OR_RETURN(const auto source, storage.Open(repository, stored));
  ABSL_ASSIGN_OR_RETURN(const auto reader, source->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const auto draft, storage.NewDraft(repository));
  io::HashingWriter hashing(*draft, Hasher(digest));
  ABSL_RETURN_IF_ERROR(io::Copy(context, *reader, hashing).status());
  return hashing.digest() == digest ? draft->Keep(digest) : OtherContent();
}

}  // namespace

absl::Status KeepDraft(const Context& context, UploadSession& session, const Digest& digest, BlobStorage& storage) {
  const Digest current = session.hasher.Current();
  if (current.algorithm() == digest.algorithm()) {
    return current == digest ? session.draft->Keep(digest) : OtherContent();
  }
  const bool known = storage.Open(session.repository, current).ok();
  ABSL_RETURN_IF_ERROR(session.draft->Keep(current));
  const absl::Status kept = KeepCopy(context, session.repository, current, digest, storage);
  if (!known) ABSL_RETURN_IF_ERROR(storage.Remove(session.repository, current));
  return kept;
}

}  // namespace waybill::oci::registry::server::store
