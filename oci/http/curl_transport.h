// SPDX-License-Identifier: Apache-2.0
// The transport over libcurl: one thread for requests that share (multiplexed) connections, one for bodies that have a
// connection each. Callers block on their own threads; the curl threads never wait for a disk or a caller.
#ifndef WAYBILL_OCI_HTTP_CURL_TRANSPORT_H_
#define WAYBILL_OCI_HTTP_CURL_TRANSPORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "oci/http/curl_loop.h"
#include "oci/http/proxy.h"
#include "oci/http/transport.h"

namespace waybill::oci::http {

// Thread-safe. Responses may outlive neither the transport nor what their request pointed to.
class CurlTransport : public Transport {
 public:
  struct Options {
    ProxyConfig proxy;
    std::string user_agent = "waybill";
  };
  explicit CurlTransport(Options options);

  absl::StatusOr<Response> Send(const Context& context, const Request& request) override;

 private:
  Options options_;
  CurlLoop shared_;
  CurlLoop bulk_;
};

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_CURL_TRANSPORT_H_
