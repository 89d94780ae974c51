// SPDX-License-Identifier: Apache-2.0
// A server's reply. Any status is a reply; errors are for transfers that have none.
#ifndef WAYBILL_OCI_HTTP_RESPONSE_H_
#define WAYBILL_OCI_HTTP_RESPONSE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "oci/http/headers.h"
#include "oci/io/stream.h"

namespace waybill::oci::http {

struct Response {
  int status = 0;
  Headers headers;
  std::string url;         // that answered
  int64_t bytes_sent = 0;  // of the request's body
  bool continued = false;  // the server said "100 Continue"
  // The body, pulled: the server is not read faster than this is. Never null; dropping it before the end closes the
  // connection. Read fails as the transfer does (NetworkError, kTimeout, kInterrupted).
  std::unique_ptr<io::Reader> body;
};

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_RESPONSE_H_
