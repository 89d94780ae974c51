// SPDX-License-Identifier: Apache-2.0
// A fake registry in the place of those that the recorded cases push to.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_RECORDED_REGISTRIES_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_RECORDED_REGISTRIES_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "oci/clock.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/transport.h"
#include "oci/registry/auth/credentials.h"
#include "oci/registry/client.h"
#include "oci/registry/server/behavior/behavior.h"
#include "oci/registry/server/registry_server.h"

namespace waybill::golden::recorded {

// Sends what is for a recorded registry to `host` ("127.0.0.1:41234"), and everything as it is otherwise.
class RedirectingTransport : public oci::http::Transport {
 public:
  explicit RedirectingTransport(std::string host) : host_(std::move(host)) {}
  absl::StatusOr<oci::http::Response> Send(const oci::Context& context, const oci::http::Request& request) override;

 private:
  const std::string host_;
  oci::http::curl::CurlTransport curl_{oci::http::curl::CurlTransport::Options{}};
};

// Has none.
class NoCredentials : public oci::registry::auth::CredentialSource {
 public:
  absl::StatusOr<oci::registry::auth::FoundCredentials> Find(const oci::Context& context, absl::string_view host,
                                                             absl::string_view repository, bool refresh) override;
};

class RecordedRegistries {
 public:
  // Keeps repositories as OCI layouts below `directory`.
  static absl::StatusOr<std::unique_ptr<RecordedRegistries>> Start(
      const std::string& directory, const oci::registry::server::behavior::Behavior& behavior);

  oci::registry::Client& client() { return client_; }

 private:
  explicit RecordedRegistries(std::unique_ptr<oci::registry::server::RegistryServer> registry)
      : registry_(std::move(registry)), transport_(registry_->host()) {}

  const std::unique_ptr<oci::registry::server::RegistryServer> registry_;
  RedirectingTransport transport_;
  NoCredentials credentials_;
  oci::SystemClock clock_;
  oci::registry::Client client_{{transport_, credentials_, clock_}, {}};
};

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_RECORDED_REGISTRIES_H_
