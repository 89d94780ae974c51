// SPDX-License-Identifier: Apache-2.0
// Keeps credentials out of messages: everything that names a URL or quotes a peer goes through here.
#ifndef WAYBILL_OCI_HTTP_REDACT_H_
#define WAYBILL_OCI_HTTP_REDACT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::http {

// The URL without user information and fragment, and with the values of all query parameters but the protocol's own
// (digest, mount, from, tag, scope, service, artifactType, n, last) replaced by "...". Any text is taken.
std::string RedactUrl(absl::string_view url);

// A peer's words for a message: as oci::Quoted makes them, and besides that URLs in them redacted and what follows
// "Bearer " or "Basic " replaced, for secrets that are not ours.
std::string RedactText(absl::string_view text, size_t limit);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_REDACT_H_
