// SPDX-License-Identifier: Apache-2.0
// One request on its way through the fake registry, and the replies that all endpoints share.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_EXCHANGE_H_
#define WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_EXCHANGE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/http/server/http_message.h"
#include "oci/io/stream.h"
#include "oci/registry/server/behavior/behavior.h"
#include "oci/registry/server/wire/route.h"

namespace waybill::oci::registry::server::endpoints {

struct Exchange {
  const Context& context;
  const http::server::Request& request;
  const wire::Route& route;
  io::Reader& body;
  const behavior::Behavior& behavior;
  absl::Time now;
  std::string other_host;              // the same registry on another port
  std::function<bool()> forgets_blob;  // asked once, when a blob is about to be stored
};

// {"errors":[{"code":...,"message":...}]}
http::server::Response ErrorResponse(int status, absl::string_view code, absl::string_view message);
// The same with "detail": {"digest": ...}, as registries name what is missing.
http::server::Response UnknownDigestResponse(int status, absl::string_view code, absl::string_view message,
                                             const Digest& digest);
// What a proxy or a web server answers: HTML, or plain text.
http::server::Response HtmlResponse(int status);
http::server::Response TextResponse(int status, absl::string_view text);
// 404 for NOT_FOUND, 400 for INVALID_ARGUMENT, otherwise 500, with our message.
http::server::Response FailureResponse(const absl::Status& status, absl::string_view code);
// 405 UNSUPPORTED
http::server::Response UnsupportedResponse();
// The reference of the route as a digest.
absl::StatusOr<Digest> DigestInPath(const Exchange& exchange);
// A Location for `target` ("/v2/..."), in the form that the behavior asks for.
std::string LocationOf(const Exchange& exchange, absl::string_view target);

}  // namespace waybill::oci::registry::server::endpoints

#endif  // WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_EXCHANGE_H_
