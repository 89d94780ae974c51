// SPDX-License-Identifier: Apache-2.0
// The manifests and tags of one repository (distribution-spec, "Pulling manifests", "Pushing Manifests").
#ifndef WAYBILL_OCI_REGISTRY_TRANSFER_MANIFESTS_H_
#define WAYBILL_OCI_REGISTRY_TRANSFER_MANIFESTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry::transfer {

// Every type that a manifest or index may have, as Accept wants it.
inline constexpr absl::string_view kManifestTypes =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

struct FetchedManifest {
  // The document's own, where it is a manifest's or index's; else that of Content-Type, unless it is none of these:
  // then what the document looks like.
  std::string media_type;
  std::string bytes;
  Digest digest;  // of the bytes
  std::string etag;
};

// What a PUT needs besides its reference.
struct ManifestPut {
  std::string media_type;
  absl::string_view bytes;
  std::vector<std::string> tags;            // ?tag=
  std::optional<http::Headers> conditions;  // If-Match or If-None-Match
};

// Thread-safe. Host and traffic must outlive it. `reference` is a tag or a digest.
class Manifests {
 public:
  Manifests(Host& host, std::string repository, Traffic& traffic)
      : host_(host), repository_(std::move(repository)), traffic_(traffic) {}

  // The digest that the registry has under `reference`, from Docker-Content-Digest, or from the document itself where
  // there is no such header or HEAD is refused (400, 405, 501). Nothing when it has none, has something else under a
  // digest, or will not let us look. NoRegistryError for a web page.
  absl::StatusOr<std::optional<Digest>> Head(const Context& context, absl::string_view reference);

  // Nothing for 404. With a digest as reference the bytes have it, as they have that of Docker-Content-Digest:
  // kVerification otherwise. NoRegistryError for a web page.
  absl::StatusOr<std::optional<FetchedManifest>> Get(const Context& context, absl::string_view reference);

  // The answer, whatever its status, tried again as long as that helps. The caller judges: Refusal makes an error.
  absl::StatusOr<Answer> Put(const Context& context, absl::string_view reference, const ManifestPut& put);
  absl::Status Refusal(absl::string_view reference, const Answer& answer) const;
  // Whether a success says that the manifest was stored: 201, or the digest in Docker-Content-Digest
  // (distribution-spec, "Pushing Manifests"). Where it does not, looks. Errors: kVerification when the registry says
  // that it stored something else; NoRegistryError.
  absl::Status CheckStored(const Context& context, const Answer& answer, const Digest& digest);

  // False only where the registry says that it has no such manifest: 404 with the code MANIFEST_UNKNOWN, or Harbor's
  // NOT_FOUND. For decisions that cannot be taken back: another refusal, a 404 without such a code (a proxy's, a
  // repository that may not be seen) and a web page are errors.
  absl::StatusOr<bool> Exists(const Context& context, absl::string_view reference);

  // DELETE. OK when it is gone afterwards. Errors: the refusal; its metadata have the status (reply_error.h).
  absl::Status Delete(const Context& context, absl::string_view reference);

 private:
  Call NewCall(absl::string_view method, absl::string_view reference, bool push) const;
  absl::StatusOr<std::optional<FetchedManifest>> Get(const Context& context, absl::string_view reference, bool push);
  // The manifest in an answer of 200, checked against `reference` and the digest that the registry says.
  absl::StatusOr<FetchedManifest> Accept(Answer answer, absl::string_view reference) const;
  // The digest of what GET gives; nothing when that is no manifest, or refused.
  absl::StatusOr<std::optional<Digest>> Look(const Context& context, absl::string_view reference);

  Host& host_;
  const std::string repository_;
  Traffic& traffic_;
};

}  // namespace waybill::oci::registry::transfer

#endif  // WAYBILL_OCI_REGISTRY_TRANSFER_MANIFESTS_H_
