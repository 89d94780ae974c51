// SPDX-License-Identifier: Apache-2.0
// Sets a request up on a libcurl handle.
#ifndef WAYBILL_OCI_HTTP_CURL_CURL_SETUP_H_
#define WAYBILL_OCI_HTTP_CURL_CURL_SETUP_H_

#include <string>

#include "absl/status/status.h"
#include "oci/http/curl/transfer.h"
#include "oci/http/request.h"

namespace waybill::oci::http::curl {

// Fills transfer.handle and transfer.header_list. `proxy` is the proxy's URL or "" for a direct connection.
// Errors: INVALID_ARGUMENT for a URL, method or header that cannot be sent, or roots that are no PEM.
absl::Status SetUp(Transfer& transfer, const Request& request, const std::string& user_agent, const std::string& proxy);

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_CURL_SETUP_H_
