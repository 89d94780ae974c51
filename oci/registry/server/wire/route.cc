// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/wire/route.h"

#include <array>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace waybill::oci::registry::server::wire {
namespace {

constexpr size_t kMaxName = 255;
constexpr size_t kMaxTag = 128;

constexpr std::array<std::pair<RequestClass, absl::string_view>, 20> kClassNames = {{
    {RequestClass::kAny, "any"},
    {RequestClass::kBase, "base"},
    {RequestClass::kToken, "token"},
    {RequestClass::kBlobHead, "blob-head"},
    {RequestClass::kBlobGet, "blob-get"},
    {RequestClass::kBlobDelete, "blob-delete"},
    {RequestClass::kUploadPost, "upload-post"},
    {RequestClass::kUploadSingle, "upload-single"},
    {RequestClass::kUploadMount, "upload-mount"},
    {RequestClass::kUploadPatch, "upload-patch"},
    {RequestClass::kUploadPut, "upload-put"},
    {RequestClass::kUploadStatus, "upload-status"},
    {RequestClass::kUploadCancel, "upload-cancel"},
    {RequestClass::kManifestHead, "manifest-head"},
    {RequestClass::kManifestGet, "manifest-get"},
    {RequestClass::kManifestPut, "manifest-put"},
    {RequestClass::kManifestDelete, "manifest-delete"},
    {RequestClass::kTags, "tags"},
    {RequestClass::kReferrers, "referrers"},
    {RequestClass::kOther, "other"},
}};

bool IsLowerAlphanumeric(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool IsComponent(absl::string_view text) {
  if (text.empty() || !IsLowerAlphanumeric(text.front()) || !IsLowerAlphanumeric(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    if (IsLowerAlphanumeric(text[i])) {
      ++i;
      continue;
    }
    const size_t start = i;
    while (i < text.size() && !IsLowerAlphanumeric(text[i])) ++i;
    const absl::string_view separator = text.substr(start, i - start);
    const bool dashes = absl::c_all_of(separator, [](char c) { return c == '-'; });
    if (separator != "." && separator != "_" && separator != "__" && !dashes) return false;
  }
  return true;
}

// Splits "<repository><marker><reference>" at the last marker.
bool SplitAt(absl::string_view rest, absl::string_view marker, Route& route) {
  const size_t at = rest.rfind(marker);
  if (at == absl::string_view::npos) return false;
  const absl::string_view reference = rest.substr(at + marker.size());
  if (absl::StrContains(reference, '/') || !IsRepositoryName(rest.substr(0, at))) return false;
  route.repository = std::string(rest.substr(0, at));
  route.reference = std::string(reference);
  return true;
}

RequestClass UploadsClass(const http::server::Request& request) {
  if (request.method != "POST") return RequestClass::kOther;
  if (request.Query("mount").has_value()) return RequestClass::kUploadMount;
  return request.Query("digest").has_value() ? RequestClass::kUploadSingle : RequestClass::kUploadPost;
}

RequestClass UploadClass(absl::string_view method) {
  if (method == "PATCH") return RequestClass::kUploadPatch;
  if (method == "PUT") return RequestClass::kUploadPut;
  if (method == "GET" || method == "HEAD") return RequestClass::kUploadStatus;
  return method == "DELETE" ? RequestClass::kUploadCancel : RequestClass::kOther;
}

RequestClass BlobClass(absl::string_view method) {
  if (method == "HEAD") return RequestClass::kBlobHead;
  if (method == "GET") return RequestClass::kBlobGet;
  return method == "DELETE" ? RequestClass::kBlobDelete : RequestClass::kOther;
}

RequestClass ManifestClass(absl::string_view method) {
  if (method == "HEAD") return RequestClass::kManifestHead;
  if (method == "GET") return RequestClass::kManifestGet;
  if (method == "PUT") return RequestClass::kManifestPut;
  return method == "DELETE" ? RequestClass::kManifestDelete : RequestClass::kOther;
}

}  // namespace

Route RouteOf(absl::string_view path) {
  Route route;
  if (path == "/v2/" || path == "/v2") {
    route.endpoint = Endpoint::kBase;
  } else if (path == "/token") {
    route.endpoint = Endpoint::kToken;
  } else if (path == "/v2/_catalog") {
    route.endpoint = Endpoint::kCatalog;
  } else if (absl::ConsumePrefix(&path, "/v2/")) {
    if (SplitAt(path, "/blobs/uploads/", route)) {
      route.endpoint = route.reference.empty() ? Endpoint::kUploads : Endpoint::kUpload;
    } else if (SplitAt(path, "/blobs/", route)) {
      route.endpoint = Endpoint::kBlob;
    } else if (SplitAt(path, "/manifests/", route)) {
      route.endpoint = Endpoint::kManifest;
    } else if (SplitAt(path, "/referrers/", route)) {
      route.endpoint = Endpoint::kReferrers;
    } else if (SplitAt(path, "/tags/", route) && route.reference == "list") {
      route.endpoint = Endpoint::kTags;
    }
  }
  return route;
}

RequestClass ClassOf(const http::server::Request& request, const Route& route) {
  switch (route.endpoint) {
    case Endpoint::kBase:
      return RequestClass::kBase;
    case Endpoint::kToken:
      return RequestClass::kToken;
    case Endpoint::kBlob:
      return BlobClass(request.method);
    case Endpoint::kUploads:
      return UploadsClass(request);
    case Endpoint::kUpload:
      return UploadClass(request.method);
    case Endpoint::kManifest:
      return ManifestClass(request.method);
    case Endpoint::kTags:
      return RequestClass::kTags;
    case Endpoint::kReferrers:
      return RequestClass::kReferrers;
    case Endpoint::kCatalog:
    case Endpoint::kUnknown:
      break;
  }
  return RequestClass::kOther;
}

absl::string_view RequestClassName(RequestClass request_class) {
  return kClassNames[static_cast<size_t>(request_class)].second;
}

std::optional<RequestClass> RequestClassNamed(absl::string_view name) {
  for (const auto& [request_class, known] : kClassNames) {
    if (known == name) return request_class;
  }
  return std::nullopt;
}

std::vector<absl::string_view> RequestClassNames() {
  std::vector<absl::string_view> names;
  for (const auto& [request_class, name] : kClassNames) names.push_back(name);
  return names;
}

bool IsRepositoryName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxName) return false;
  return absl::c_all_of(absl::StrSplit(name, '/'), [](absl::string_view part) { return IsComponent(part); });
}

bool IsTag(absl::string_view tag) {
  if (tag.empty() || tag.size() > kMaxTag || tag.front() == '.' || tag.front() == '-') return false;
  return absl::c_all_of(tag, [](char c) { return absl::ascii_isalnum(c) || absl::StrContains("._-", c); });
}

}  // namespace waybill::oci::registry::server::wire
