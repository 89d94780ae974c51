// SPDX-License-Identifier: Apache-2.0
// Which endpoint of the distribution spec a request is for (spec.md, "Endpoints").
#ifndef WAYBILL_OCI_REGISTRY_SERVER_WIRE_ROUTE_H_
#define WAYBILL_OCI_REGISTRY_SERVER_WIRE_ROUTE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "oci/http/server/http_message.h"

namespace waybill::oci::registry::server::wire {

enum class Endpoint { kBase, kCatalog, kToken, kBlob, kUploads, kUpload, kManifest, kTags, kReferrers, kUnknown };

struct Route {
  Endpoint endpoint = Endpoint::kUnknown;
  std::string repository;
  std::string reference;  // digest, tag or upload session as it stands in the path
};

Route RouteOf(absl::string_view path);

// Endpoint and method together: what a fault can be limited to, and what the counters count.
enum class RequestClass {
  kAny,  // in faults only
  kBase,
  kToken,
  kBlobHead,
  kBlobGet,
  kBlobDelete,
  kUploadPost,    // opens a session
  kUploadSingle,  // POST with the whole body (?digest=)
  kUploadMount,   // POST with ?mount=
  kUploadPatch,
  kUploadPut,
  kUploadStatus,
  kUploadCancel,
  kManifestHead,
  kManifestGet,
  kManifestPut,
  kManifestDelete,
  kTags,
  kReferrers,
  kOther,
};

RequestClass ClassOf(const http::server::Request& request, const Route& route);
// "any", "blob-head", "upload-post", ...
absl::string_view RequestClassName(RequestClass request_class);
std::optional<RequestClass> RequestClassNamed(absl::string_view name);
std::vector<absl::string_view> RequestClassNames();

// The name grammar of the distribution spec.
bool IsRepositoryName(absl::string_view name);
bool IsTag(absl::string_view tag);

}  // namespace waybill::oci::registry::server::wire

#endif  // WAYBILL_OCI_REGISTRY_SERVER_WIRE_ROUTE_H_
