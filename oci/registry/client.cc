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

// A mirror that takes longer is of no use.
constexpr absl::Duration kMirrorConnect = absl::Seconds(3);
constexpr absl::Duration kMirrorSilence = absl::Seconds(5);

}  // namespace

Client::Client(Host::Deps deps, Options options)
    : deps_(deps), options_(std::move(options)), tls_of_(TlsFrom(options_.configure)) {}

absl::StatusOr<Host*> Client::HostFor(const std::string& domain, bool insecure) {
  return Find(domain, insecure ? Use::kInsecureHost : Use::kHost);
}

absl::StatusOr<Host*> Client::MirrorFor(const std::string& domain) { return Find(domain, Use::kMirror); }

absl::StatusOr<Host*> Client::Find(const std::string& domain, Use use) {
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Host>& host = hosts_[{domain, use}];
  if (host == nullptr) {
    config::HostConfig config;
    if (options_.configure) {
      absl::StatusOr<config::HostConfig> configured = options_.configure(domain);
      if (!configured.ok()) return Annotate(configured.status(), domain);
      config = *std::move(configured);
    }
    if (use == Use::kInsecureHost) config.insecure = config.plain_http.emplace(true);
    Host::Options options{.config = std::move(config),
                          .retry = options_.retry,
                          .limits = options_.limits,
                          .waits = {},
                          .tls_of = tls_of_};
    if (use == Use::kMirror) {
      options.retry = {.attempts = 1, .rate_budget = absl::ZeroDuration(), .patient = false};
      options.waits = {.connect = kMirrorConnect, .stall_window = kMirrorSilence, .reply = kMirrorSilence};
    }
    host = std::make_unique<Host>(deps_, domain, std::move(options));
  }
  return host.get();
}

}  // namespace waybill::oci::registry
