// SPDX-License-Identifier: Apache-2.0
// A registry's refusal as an error (distribution-spec, "Error Codes"): what was asked, what it said, what may help.
#ifndef WAYBILL_OCI_REGISTRY_REPLY_REPLY_ERROR_H_
#define WAYBILL_OCI_REGISTRY_REPLY_REPLY_ERROR_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/http/transport.h"

namespace waybill::oci::registry::reply {

// One of the "errors" in a reply's body.
struct RegistryError {
  std::string code;  // "MANIFEST_BLOB_UNKNOWN"; upper case
  std::string message;
  std::string detail;  // JSON
};

// None when the body is not of the form {"errors": [...]}: HTML from a proxy, plain text, nothing after HEAD.
std::vector<RegistryError> ParseErrors(absl::string_view body);
bool HasCode(const http::Reply& reply, absl::string_view code);

// Metadata of the errors made here: the HTTP status, and the first error code if there is one.
inline constexpr absl::string_view kStatusKey = "http_status";
inline constexpr absl::string_view kCodeKey = "code";

// "PUT https://host/v2/app/manifests/1: 413 Content Too Large: <the registry's words>" and a hint where one is known.
// The reason follows from the status (http::ReasonForStatus) and, where the codes say more, from them; what is missing
// for a request that writes, not offered, or in conflict with what is there is kRefused. Credentials and
// signed queries are redacted. `attempts` is said when it is more than one.
absl::Status ReplyError(absl::string_view method, const http::Reply& reply, int attempts);

// The error for a success that lacks what a registry's answer has: "a Location", "a manifest". kRefused. Says so when a
// web page answered: a login page, a proxy's, or another server's on a wrong port.
absl::Status NoRegistryError(absl::string_view method, const http::Reply& reply, absl::string_view missing);
// Whether the answer is a web page by its type.
bool IsWebPage(const http::Reply& reply);

}  // namespace waybill::oci::registry::reply

#endif  // WAYBILL_OCI_REGISTRY_REPLY_REPLY_ERROR_H_
