// SPDX-License-Identifier: Apache-2.0
// A client as a process has it: its environment's proxies and credentials, a configuration file, Docker's certificate
// directories, the real clock and network.
#ifndef WAYBILL_OCI_REGISTRY_ENVIRONMENT_CLIENT_H_
#define WAYBILL_OCI_REGISTRY_ENVIRONMENT_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/clock.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/traced/traced_transport.h"
#include "oci/registry/auth/keychain.h"
#include "oci/registry/client.h"
#include "oci/registry/throttle.h"

namespace waybill::oci::registry {

// Owns everything that its client needs.
class EnvironmentClient {
 public:
  struct Options {
    auth::EnvironmentLookup environment;
    int uid = 0;
    std::string config_file;  // empty: $WAYBILL_CONFIG, or none
    std::vector<std::string> certs_directories = {"/etc/containers/certs.d", "/etc/docker/certs.d"};
    RetryPolicy retry;
    Throttle::Limits limits;  // of each host
    // In place of the environment's credentials; must outlive the client. For services that act for others.
    auth::CredentialSource* credentials = nullptr;
  };
  // Errors: those of the configuration file.
  static absl::StatusOr<std::unique_ptr<EnvironmentClient>> Create(const Options& options);
  // How its client reaches a host. For clients with other credentials. Errors: as Create.
  static absl::StatusOr<Client::Configure> Hosts(const Options& options);
  // The process's own environment and user.
  static Options FromProcess();

  Client& client() { return client_; }

 private:
  EnvironmentClient(const Options& options, Client::Configure hosts);

  http::curl::CurlTransport transport_;
  http::traced::TracedTransport traced_{transport_};
  auth::Keychain keychain_;
  SystemClock clock_;
  Client client_;
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_ENVIRONMENT_CLIENT_H_
