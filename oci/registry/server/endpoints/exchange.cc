// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/endpoints/exchange.h"

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace waybill::oci::registry::server::endpoints {
namespace {

constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

// Loopback, so that no test asks a name server; nobody listens there.
constexpr absl::string_view kInnerHost = "127.0.0.1:1";

http::server::Response JsonError(int status, nlohmann::json error) {
  http::server::Response response;
  response.status = status;
  response.Set("Content-Type", "application/json");
  response.body = nlohmann::json{{"errors", nlohmann::json::array({std::move(error)})}}.dump(-1, ' ', false, kReplace);
  return response;
}

}  // namespace

http::server::Response ErrorResponse(int status, absl::string_view code, absl::string_view message) {
  return JsonError(status, {{"code", std::string(code)}, {"message", std::string(message)}});
}

http::server::Response UnknownDigestResponse(int status, absl::string_view code, absl::string_view message,
                                             const Digest& digest) {
  return JsonError(
      status,
      {{"code", std::string(code)}, {"message", std::string(message)}, {"detail", {{"digest", digest.ToString()}}}});
}

http::server::Response HtmlResponse(int status) {
  http::server::Response response;
  response.status = status;
  response.Set("Content-Type", "text/html; charset=utf-8");
  response.body = absl::StrCat("<html><head><title>", status, "</title></head><body>", status, "</body></html>\n");
  return response;
}

http::server::Response TextResponse(int status, absl::string_view text) {
  http::server::Response response;
  response.status = status;
  response.Set("Content-Type", "text/plain; charset=utf-8");
  response.body = absl::StrCat(text, "\n");
  return response;
}

http::server::Response FailureResponse(const absl::Status& status, absl::string_view code) {
  int http_status = 500;
  if (absl::IsNotFound(status)) http_status = 404;
  if (absl::IsInvalidArgument(status)) http_status = 400;
  return ErrorResponse(http_status, code, status.message());
}

http::server::Response UnsupportedResponse() {
  return ErrorResponse(405, "UNSUPPORTED", "The operation is unsupported.");
}

absl::StatusOr<Digest> DigestInPath(const Exchange& exchange) { return Digest::Parse(exchange.route.reference); }

std::string LocationOf(const Exchange& exchange, absl::string_view target) {
  switch (exchange.behavior.uploads.locations) {
    case behavior::Locations::kRelative:
      break;
    case behavior::Locations::kAbsolute:
      return absl::StrCat("http://", exchange.request.Header("host"), target);
    case behavior::Locations::kOtherPort:
      return absl::StrCat("http://", exchange.other_host, target);
    case behavior::Locations::kInnerName:
      return absl::StrCat("http://", kInnerHost, target);
    case behavior::Locations::kWithSpace:
      return absl::StrCat(target, absl::StrContains(target, '?') ? "&" : "?", "note=two words");
  }
  return std::string(target);
}

}  // namespace waybill::oci::registry::server::endpoints
