// SPDX-License-Identifier: Apache-2.0
// How a registry host is reached.
#ifndef WAYBILL_OCI_REGISTRY_CONFIG_HOST_CONFIG_H_
#define WAYBILL_OCI_REGISTRY_CONFIG_HOST_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/http/request.h"
#include "oci/registry/config/fallback.h"

namespace waybill::oci::registry::config {

// What a configuration may say about a host; unset parts follow the host's name.
struct HostConfig {
  // As buildkitd has them: http is plain HTTP, insecure is HTTPS without verification, and both are the latter, or the
  // former where it is spoken.
  std::optional<bool> plain_http;
  bool insecure = false;
  http::TlsSettings tls;
  std::vector<std::string> mirrors;  // "host[:port][/path]", for reading only, in order
  std::optional<Fallback> referrers_fallback;
  std::optional<absl::Duration> silence_limit;  // in place of RetryPolicy::silence
};

// One way to reach a host; the first that answers is kept.
struct Endpoint {
  std::string base_url;   // "https://registry-1.docker.io"
  http::TlsSettings tls;  // of plain HTTP: for what it sends us on to
};

// The ways to try for `domain`, in order: "docker.io" is registry-1.docker.io; loopback names with a port other than
// 443 speak plain HTTP first, as BuildKit has it, and HTTPS if they do not; everything else is HTTPS unless the
// configuration says so. Never empty.
std::vector<Endpoint> EndpointsFor(absl::string_view domain, const HostConfig& config);

// Certificates for `domain` in Docker's way: in <directory>/<domain>/, *.crt are roots and *.cert with *.key a client's
// pair. No directory is no setting. Errors: half a pair, an unreadable file.
absl::StatusOr<http::TlsSettings> ReadCertsDirectory(const std::string& directory, absl::string_view domain);

// Whether the certificates can be used, without a connection. Errors: http::CheckTls's.
absl::Status CheckCertificates(const HostConfig& config);

}  // namespace waybill::oci::registry::config

#endif  // WAYBILL_OCI_REGISTRY_CONFIG_HOST_CONFIG_H_
