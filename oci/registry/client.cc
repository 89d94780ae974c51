// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/client.h"

#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

http::curl::TlsOf TlsFrom(const Client::Configure& configure) {
  if (!configure) return {};
  return [configure](const http::Url& url) -> absl::StatusOr<http::TlsSettings> {
    ABSL_ASSIGN_OR_RETURN(config::HostConfig config, configure(url.authority()));
    config.tls.skip_verify = config.insecure;
    return std::move(config.tls);
  };
}

}  // namespace

Client::Client(Host::Deps deps, Options options)
    : deps_(deps), options_(std::move(options)), tls_of_(TlsFrom(options_.configure)) {}

absl::StatusOr<Host*> Client::HostFor(const std::string& domain, bool insecure) {
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Host>& host = hosts_[{domain, insecure}];
  if (host == nullptr) {
    config::HostConfig config;
    if (options_.configure) {
      absl::StatusOr<config::HostConfig> configured = options_.configure(domain);
      if (!configured.ok()) return Annotate(configured.status(), domain);
      config = *std::move(configured);
    }
    if (insecure) config.insecure = config.plain_http.emplace(true);
    host = std::make_unique<Host>(deps_, domain,
                                  Host::Options{std::move(config), options_.retry, options_.limits, tls_of_});
  }
  return host.get();
}

}  // namespace waybill::oci::registry
