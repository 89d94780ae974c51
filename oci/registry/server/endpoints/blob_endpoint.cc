// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/endpoints/blob_endpoint.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace waybill::oci::registry::server::endpoints {
namespace {

struct Range {
  int64_t first;
  int64_t last;
};

// "bytes=3-", "bytes=3-9": one range (RFC 9110, section 14.1.2). Others are ignored, as servers may.
std::optional<Range> RangeOf(absl::string_view header, int64_t size) {
  if (!absl::ConsumePrefix(&header, "bytes=")) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(header, absl::MaxSplits('-', 1));
  Range range = {.first = 0, .last = size - 1};
  if (!absl::SimpleAtoi(ends.first, &range.first)) return std::nullopt;
  if (!ends.second.empty() && !absl::SimpleAtoi(ends.second, &range.last)) return std::nullopt;
  range.last = std::min(range.last, size - 1);
  return range;
}

http::server::Response Content(const Exchange& exchange, const Digest& digest, std::unique_ptr<io::Source> blob) {
  const int64_t size = blob->size();
  http::server::Response response;
  response.Set("Content-Type", "application/octet-stream").Set("Docker-Content-Digest", digest.ToString());
  response.Set("Accept-Ranges", "bytes").Set("ETag", absl::StrCat("\"", digest.ToString(), "\""));
  const std::optional<Range> range = RangeOf(exchange.request.Header("range"), size);
  if (range.has_value() && range->first > range->last) {
    http::server::Response refused = ErrorResponse(416, "RANGE_INVALID", "the range is outside of the blob");
    refused.Set("Content-Range", absl::StrCat("bytes */", size));
    return refused;
  }
  if (range.has_value()) {
    response.status = 206;
    response.Set("Content-Range", absl::StrCat("bytes ", range->first, "-", range->last, "/", size));
    response.content_first = range->first;
    response.content_length = range->last - range->first + 1;
  }
  response.content = std::move(blob);
  return response;
}

}  // namespace

http::server::Response ServeBlob(const Exchange& exchange, store::BlobStorage& storage) {
  const absl::StatusOr<Digest> digest = DigestInPath(exchange);
  if (!digest.ok()) return FailureResponse(digest.status(), "DIGEST_INVALID");
  const absl::string_view method = exchange.request.method;
  if (method != "GET" && method != "HEAD" && method != "DELETE") return UnsupportedResponse();
  if (method == "DELETE" && !exchange.behavior.manifests.can_delete) return UnsupportedResponse();
  absl::StatusOr<std::unique_ptr<io::Source>> blob = storage.Open(exchange.route.repository, *digest);
  if (!blob.ok()) return FailureResponse(blob.status(), "BLOB_UNKNOWN");
  http::server::Response response;
  if (method == "DELETE") {
    if (const absl::Status removed = storage.Remove(exchange.route.repository, *digest); !removed.ok()) {
      return FailureResponse(removed, "BLOB_UNKNOWN");
    }
    response.status = 202;
    return response;
  }
  if (method == "GET" && exchange.behavior.uploads.redirect_blobs &&
      exchange.request.Header("host") != exchange.other_host) {
    response.status = 307;
    response.Set("Location", absl::StrCat("http://", exchange.other_host, exchange.request.target));
    return response;
  }
  return Content(exchange, *digest, *std::move(blob));
}

}  // namespace waybill::oci::registry::server::endpoints
