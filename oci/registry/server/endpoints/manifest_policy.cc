// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/endpoints/manifest_policy.h"

#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/image/media_types.h"

namespace waybill::oci::registry::server::endpoints {
namespace {

http::server::Response Refuse(const behavior::ManifestBehavior& behavior, absl::string_view message) {
  return ErrorResponse(behavior.refusal_status, behavior.refusal_code,
                       behavior.refusal_message.empty() ? message : absl::string_view(behavior.refusal_message));
}

std::optional<http::server::Response> RefuseForm(const behavior::ManifestBehavior& behavior,
                                                 const store::ManifestDocument& document) {
  const std::string config_type = document.config.has_value() ? document.config->media_type : "";
  if (behavior.refuse_empty_config && config_type == image::kOciEmpty) {
    return Refuse(behavior, absl::StrCat("unknown manifest class for ", image::kOciEmpty));
  }
  if (!behavior.allowed_config_types.empty() && document.config.has_value() &&
      !absl::c_linear_search(behavior.allowed_config_types, config_type)) {
    return Refuse(behavior, absl::StrCat("unknown media type: ", config_type));
  }
  if (behavior.refuse_artifact_type && !document.artifact_type.empty()) {
    return Refuse(behavior, "manifest invalid: unknown field artifactType");
  }
  if (behavior.refuse_subject && document.subject.has_value()) {
    return Refuse(behavior, "manifest invalid: unknown field subject");
  }
  const auto has_data = [](const store::Link& link) { return link.has_data; };
  if (behavior.refuse_descriptor_data &&
      (absl::c_any_of(document.blobs, has_data) || absl::c_any_of(document.manifests, has_data))) {
    return Refuse(behavior, "manifest invalid: unknown field data");
  }
  return std::nullopt;
}

std::optional<http::server::Response> RefuseMissing(const Exchange& exchange, const store::ManifestDocument& document,
                                                    store::BlobStorage& storage, const store::Catalog& catalog) {
  const std::string& repository = exchange.route.repository;
  for (const store::Link& blob : document.blobs) {
    if (blob.has_urls || storage.Open(repository, blob.digest).ok()) continue;
    return UnknownDigestResponse(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", blob.digest);
  }
  for (const store::Link& child : document.manifests) {
    if (catalog.Find(repository, child.digest).has_value()) continue;
    return UnknownDigestResponse(404, "MANIFEST_UNKNOWN", "manifest unknown to registry", child.digest);
  }
  return std::nullopt;
}

}  // namespace

std::optional<http::server::Response> RefuseManifest(const Exchange& exchange, const store::ManifestDocument& document,
                                                     absl::string_view media_type, store::BlobStorage& storage,
                                                     const store::Catalog& catalog) {
  const behavior::ManifestBehavior& behavior = exchange.behavior.manifests;
  if (!document.media_type.empty() && document.media_type != media_type) {
    return ErrorResponse(400, "MANIFEST_INVALID",
                         absl::StrCat("Content-Type ", media_type, " and mediaType ", document.media_type, " differ"));
  }
  if (behavior.refuse_docker_types && absl::StrContains(media_type, "vnd.docker.distribution.")) {
    return ErrorResponse(415, "MANIFEST_INVALID", absl::StrCat("unsupported media type ", media_type));
  }
  if (auto refused = RefuseForm(behavior, document)) return refused;
  if (behavior.check_children) {
    if (auto refused = RefuseMissing(exchange, document, storage, catalog)) return refused;
  }
  if (exchange.behavior.referrers.require_subject && document.subject.has_value() &&
      !catalog.Find(exchange.route.repository, document.subject->digest).has_value()) {
    return UnknownDigestResponse(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", document.subject->digest);
  }
  return std::nullopt;
}

std::optional<http::server::Response> RefuseTag(const behavior::ManifestBehavior& behavior, absl::string_view tag,
                                                const Digest& digest, const std::optional<Digest>& current) {
  if (behavior.immutable_tags == behavior::ImmutableTags::kNo || !current.has_value()) return std::nullopt;
  if (behavior.immutable_tags == behavior::ImmutableTags::kSameDigestAllowed && *current == digest) return std::nullopt;
  return ErrorResponse(behavior.immutable_status, behavior.immutable_code,
                       absl::StrCat("The image tag '", tag,
                                    "' already exists and cannot be overwritten because the "
                                    "repository is immutable."));
}

}  // namespace waybill::oci::registry::server::endpoints
