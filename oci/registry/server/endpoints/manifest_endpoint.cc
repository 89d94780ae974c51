// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/endpoints/manifest_endpoint.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/registry/server/endpoints/manifest_policy.h"
#include "oci/registry/server/store/layout_index.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server::endpoints {
namespace {

std::string ETag(const Digest& digest) { return absl::StrCat("\"", digest.ToString(), "\""); }

// If-Match and If-None-Match (RFC 9110, section 13.1) against what the reference means now.
std::optional<http::server::Response> RefuseCondition(const http::server::Request& request,
                                                      const std::optional<Digest>& current) {
  const absl::string_view match = request.Header("if-match");
  const absl::string_view none_match = request.Header("if-none-match");
  const bool changed = !match.empty() && (!current.has_value() || (match != "*" && match != ETag(*current)));
  const bool exists = none_match == "*" && current.has_value();
  if (!changed && !exists) return std::nullopt;
  return ErrorResponse(412, "PRECONDITION_FAILED", "the reference has changed");
}

bool AcceptsOci(const http::server::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "accept" && (absl::StrContains(value, "vnd.oci.image.") || absl::StrContains(value, "*/*")))
      return true;
  }
  return false;
}

std::string OtherDigest(absl::string_view digest) { return Digest::Of(digest).ToString(); }

}  // namespace

http::server::Response ManifestEndpoint::Serve(const Exchange& exchange) {
  const absl::string_view method = exchange.request.method;
  if (method == "GET" || method == "HEAD") return Get(exchange);
  if (method == "PUT") return Put(exchange);
  if (method == "DELETE") return Delete(exchange);
  return UnsupportedResponse();
}

std::optional<Digest> ManifestEndpoint::Resolve(const Exchange& exchange) const {
  const wire::Route& route = exchange.route;
  absl::StatusOr<Digest> digest = Digest::Parse(route.reference);
  absl::string_view hex = route.reference;
  if (!digest.ok() && exchange.behavior.manifests.digest_tags && absl::ConsumePrefix(&hex, "sha256-")) {
    digest = Digest::Parse(absl::StrCat("sha256:", hex));
    if (digest.ok() && deps_.catalog.Find(route.repository, *digest).has_value()) return *digest;
  }
  if (absl::StrContains(route.reference, ':')) return digest.ok() ? std::make_optional(*digest) : std::nullopt;
  return deps_.catalog.Tagged(route.repository, route.reference);
}

http::server::Response ManifestEndpoint::Get(const Exchange& exchange) {
  const std::optional<Digest> digest = Resolve(exchange);
  const auto entry = digest.has_value() ? deps_.catalog.Find(exchange.route.repository, *digest) : std::nullopt;
  const bool hidden = entry.has_value() && exchange.behavior.manifests.accept_needs_oci_type &&
                      absl::StrContains(entry->media_type, "vnd.oci.") && !AcceptsOci(exchange.request);
  if (!entry.has_value() || hidden) return ErrorResponse(404, "MANIFEST_UNKNOWN", "manifest unknown");
  absl::StatusOr<std::unique_ptr<io::Source>> bytes = deps_.storage.Open(exchange.route.repository, *digest);
  if (!bytes.ok()) return FailureResponse(bytes.status(), "MANIFEST_UNKNOWN");
  http::server::Response response;
  const std::string& served = exchange.behavior.manifests.served_type;
  response.Set("Content-Type", served.empty() ? entry->media_type : served);
  if (served.empty()) response.Set("Docker-Content-Digest", digest->ToString());
  response.Set("ETag", ETag(*digest));
  response.content = *std::move(bytes);
  return response;
}

http::server::Response ManifestEndpoint::Put(const Exchange& exchange) {
  const int64_t limit = exchange.behavior.manifests.limit;
  if (exchange.request.content_length > limit) return ErrorResponse(413, "MANIFEST_INVALID", "manifest is too large");
  const absl::StatusOr<std::string> bytes = io::ReadAll(exchange.context, exchange.body, limit);
  if (!bytes.ok()) return FailureResponse(bytes.status(), "MANIFEST_INVALID");
  const absl::StatusOr<store::ManifestDocument> document = store::ReadManifestDocument(*bytes);
  if (!document.ok()) return FailureResponse(document.status(), "MANIFEST_INVALID");
  if (auto refused =
          RefuseManifest(exchange, *document, exchange.request.Header("content-type"), deps_.storage, deps_.catalog)) {
    return *std::move(refused);
  }
  std::vector<std::string> tags;
  if (!absl::StrContains(exchange.route.reference, ':')) {
    tags.push_back(exchange.route.reference);
  } else if (exchange.behavior.manifests.tag_parameter) {
    tags = exchange.request.QueryAll("tag");
  }
  for (const std::string& tag : tags) {
    if (!wire::IsTag(tag)) return ErrorResponse(400, "TAG_INVALID", absl::StrCat("\"", tag, "\" is not a tag"));
  }
  return Store(exchange, *document, *bytes, tags);
}

http::server::Response ManifestEndpoint::Store(const Exchange& exchange, const store::ManifestDocument& document,
                                               absl::string_view bytes, const std::vector<std::string>& tags) {
  const wire::Route& route = exchange.route;
  Digest digest = Digest::Of(bytes);
  if (absl::StrContains(route.reference, ':')) {
    const absl::StatusOr<Digest> named = Digest::Parse(route.reference);
    if (!named.ok()) return FailureResponse(named.status(), "DIGEST_INVALID");
    Hasher hasher(*named);
    hasher.Update(bytes);
    digest = hasher.Current();
    if (digest != *named) return ErrorResponse(400, "DIGEST_INVALID", "the manifest does not have the given digest");
  }
  absl::MutexLock lock(&writing_);
  if (exchange.behavior.manifests.conditional_put) {
    if (auto refused = RefuseCondition(exchange.request, Resolve(exchange))) return *std::move(refused);
  }
  for (const std::string& tag : tags) {
    if (auto refused =
            RefuseTag(exchange.behavior.manifests, tag, digest, deps_.catalog.Tagged(route.repository, tag))) {
      return *std::move(refused);
    }
  }
  if (const absl::Status kept = Keep(exchange, document, bytes, digest, tags); !kept.ok()) {
    return FailureResponse(kept, "UNKNOWN");
  }
  http::server::Response response;
  response.status = 201;
  response.Set("Location",
               LocationOf(exchange, absl::StrCat("/v2/", route.repository, "/manifests/", digest.ToString())));
  response.Set("Docker-Content-Digest", digest.ToString());
  const behavior::SubjectHeader header = exchange.behavior.referrers.subject_header;
  if (document.subject.has_value() && header != behavior::SubjectHeader::kOmitted) {
    const std::string& subject = document.subject->digest.ToString();
    response.Set("OCI-Subject", header == behavior::SubjectHeader::kSent ? subject : OtherDigest(subject));
  }
  if (absl::StrContains(route.reference, ':')) {
    for (const std::string& tag : tags) response.Set("OCI-Tag", tag);
  }
  return response;
}

absl::Status ManifestEndpoint::Keep(const Exchange& exchange, const store::ManifestDocument& document,
                                    absl::string_view bytes, const Digest& digest,
                                    const std::vector<std::string>& tags) {
  const std::string& repository = exchange.route.repository;
  ABSL_ASSIGN_OR_RETURN(auto draft, deps_.storage.NewDraft(repository));
  ABSL_RETURN_IF_ERROR(draft->Write(bytes));
  ABSL_RETURN_IF_ERROR(draft->Keep(digest));
  const std::string type(exchange.request.Header("content-type"));
  const absl::Time listed_from = exchange.now + exchange.behavior.referrers.delay;
  deps_.catalog.Put(repository,
                    store::MakeEntry(document, digest, type, static_cast<int64_t>(bytes.size()), listed_from));
  for (const std::string& tag : tags) deps_.catalog.Tag(repository, tag, digest);
  return SaveIndex(repository);
}

absl::Status ManifestEndpoint::SaveIndex(absl::string_view repository) {
  return deps_.storage.Save(
      repository, store::WriteLayoutIndex(deps_.catalog.Manifests(repository), deps_.catalog.Tags(repository)));
}

http::server::Response ManifestEndpoint::Delete(const Exchange& exchange) {
  if (!exchange.behavior.manifests.can_delete) return UnsupportedResponse();
  const wire::Route& route = exchange.route;
  absl::MutexLock lock(&writing_);
  const absl::StatusOr<Digest> digest = Digest::Parse(route.reference);
  const bool removed = digest.ok() ? deps_.catalog.RemoveManifest(route.repository, *digest)
                                   : deps_.catalog.RemoveTag(route.repository, route.reference);
  if (!removed) return ErrorResponse(404, "MANIFEST_UNKNOWN", "manifest unknown");
  absl::Status saved = SaveIndex(route.repository);
  if (saved.ok() && digest.ok()) saved = deps_.storage.Remove(route.repository, *digest);
  if (!saved.ok()) return FailureResponse(saved, "UNKNOWN");
  http::server::Response response;
  response.status = 202;
  return response;
}

}  // namespace waybill::oci::registry::server::endpoints
