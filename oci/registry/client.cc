// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/client.h"

#include "oci/error.h"

namespace waybill::oci::registry {

absl::StatusOr<Host*> Client::HostFor(const std::string& domain, bool insecure) {
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Host>& host = hosts_[{domain, insecure}];
  if (host == nullptr) {
    HostConfig config;
    if (options_.configure) {
      absl::StatusOr<HostConfig> configured = options_.configure(domain);
      if (!configured.ok()) return Annotate(configured.status(), domain);
      config = *std::move(configured);
    }
    config.insecure = config.insecure || insecure;
    host = std::make_unique<Host>(deps_, domain, Host::Options{std::move(config), options_.retry, options_.limits});
  }
  return host.get();
}

}  // namespace waybill::oci::registry
