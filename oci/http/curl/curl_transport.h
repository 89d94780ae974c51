// SPDX-License-Identifier: Apache-2.0
// The transport over libcurl: one thread for requests that share (multiplexed) connections, one for bodies that have a
// connection each. Where a server speaks HTTP/1.1 no connection is shared anyway, and bodies use those that are open.
// Callers block on their own threads; the curl threads never wait for a disk or a caller.
#ifndef WAYBILL_OCI_HTTP_CURL_CURL_TRANSPORT_H_
#define WAYBILL_OCI_HTTP_CURL_CURL_TRANSPORT_H_

#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/http/curl/curl_loop.h"
#include "oci/http/curl/proxy.h"
#include "oci/http/transport.h"
#include "oci/http/url.h"

namespace waybill::oci::http::curl {

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
  CurlLoop& LoopFor(const Url& url, bool bulk);
  void Learn(const Url& url, bool multiplexed);

  Options options_;
  words::HeldSecrets secrets_;  // of the proxies, which may send back what they got
  CurlLoop shared_;
  CurlLoop bulk_;
  absl::Mutex mu_;
  std::set<std::string> unshared_ ABSL_GUARDED_BY(mu_);  // origins that answered over HTTP/1.1
};

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_CURL_TRANSPORT_H_
