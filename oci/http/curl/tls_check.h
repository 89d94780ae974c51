// SPDX-License-Identifier: Apache-2.0
// Whether certificates can be used, before a connection needs them.
#ifndef WAYBILL_OCI_HTTP_CURL_TLS_CHECK_H_
#define WAYBILL_OCI_HTTP_CURL_TLS_CHECK_H_

#include "absl/status/status.h"
#include "oci/http/request.h"

namespace waybill::oci::http::curl {

// INVALID_ARGUMENT for roots that are no PEM certificates, naming the first that is none by its place; for files of a
// client's pair that are neither certificate nor key; and for a key of another certificate. A key with a passphrase is
// none: nobody is asked.
absl::Status CheckTls(const TlsSettings& tls);

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_TLS_CHECK_H_
