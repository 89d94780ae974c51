// SPDX-License-Identifier: Apache-2.0
// An HTTPS server on a loopback port with a certificate of its own for 127.0.0.1.
#ifndef WAYBILL_OCI_HTTP_TESTING_TLS_SERVER_H_
#define WAYBILL_OCI_HTTP_TESTING_TLS_SERVER_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace waybill::oci::http::testing {

// Serves one connection at a time and answers every request with 200 and the body "secure", or with a redirect. The
// destructor joins.
class TlsServer {
 public:
  // With `want_client_certificate`, connections without one that the server's own certificate signed are refused.
  // `redirect_to`: the Location, if any.
  explicit TlsServer(bool want_client_certificate, const std::string& redirect_to = "");
  ~TlsServer();

  std::string url(absl::string_view path) const;
  // The certificate (self-signed) and its key, PEM.
  const std::string& certificate() const { return certificate_; }
  const std::string& key() const { return key_; }

 private:
  void Serve(const std::stop_token& stop);
  void Answer(int socket);

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  const std::string answer_;
  std::string certificate_;
  std::string key_;
  int listener_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace waybill::oci::http::testing

#endif  // WAYBILL_OCI_HTTP_TESTING_TLS_SERVER_H_
