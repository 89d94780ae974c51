// SPDX-License-Identifier: Apache-2.0
// The registries that a process talks to: one Host each, with its connections, tokens and what was learned.
#ifndef WAYBILL_OCI_REGISTRY_CLIENT_H_
#define WAYBILL_OCI_REGISTRY_CLIENT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/registry/config/host_config.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry {

// Thread-safe. Hosts live as long as the client; what `Deps` names must outlive it.
class Client {
 public:
  // How a host is configured; called once for each.
  using Configure = std::function<absl::StatusOr<config::HostConfig>(absl::string_view domain)>;
  struct Options {
    Configure configure;  // empty: every host by its name alone
    RetryPolicy retry;
    Throttle::Limits limits;
  };
  Client(Host::Deps deps, Options options);

  // `insecure`: HTTPS without verification, or plain HTTP where that is spoken, whatever the configuration says.
  // Errors: the configuration's.
  absl::StatusOr<Host*> HostFor(const std::string& domain, bool insecure);
  // The same as a mirror, which another host stands behind: asked once, and given up after a few seconds. Rate limits
  // are not waited for.
  absl::StatusOr<Host*> MirrorFor(const std::string& domain);

 private:
  enum class Use { kHost, kInsecureHost, kMirror };
  absl::StatusOr<Host*> Find(const std::string& domain, Use use);

  const Host::Deps deps_;
  const Options options_;
  const http::curl::TlsOf tls_of_;
  absl::Mutex mu_;
  std::map<std::pair<std::string, Use>, std::unique_ptr<Host>> hosts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_CLIENT_H_
