// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/config/host_config.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/settings_file.h"
#include "oci/http/curl/tls_check.h"
#include "oci/http/url.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::config {
namespace {

namespace fs = std::filesystem;

std::string ApiHost(absl::string_view domain) {
  return domain == "docker.io" ? "registry-1.docker.io" : std::string(domain);
}

// A loopback name with a port that is not HTTPS's own.
bool LikelyPlain(absl::string_view domain) {
  const auto url = http::Url::Parse(absl::StrCat("https://", domain, "/"));
  return url.ok() && url->port() != 443 && http::IsLoopbackHost(url->host());
}

}  // namespace

std::vector<Endpoint> EndpointsFor(absl::string_view domain, const HostConfig& config) {
  const std::string host = ApiHost(domain);
  const std::string http = absl::StrCat("http://", host);
  const std::string https = absl::StrCat("https://", host);
  http::TlsSettings tls = config.tls;
  tls.skip_verify = config.insecure;
  const bool likely = LikelyPlain(domain);
  if (!config.plain_http.value_or(likely)) return {{https, tls}};
  if (likely && (config.insecure || !config.plain_http.has_value())) return {{http, tls}, {https, tls}};
  if (config.insecure) return {{https, tls}, {http, tls}};
  return {{http, tls}};
}

absl::StatusOr<http::TlsSettings> ReadCertsDirectory(const std::string& directory, absl::string_view domain) {
  http::TlsSettings tls;
  std::error_code error;
  const fs::path folder = fs::path(directory) / std::string(domain);
  std::set<fs::path> files;  // sorted: the last pair wins, whatever the order on disk
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    files.insert(it->path());
  for (const fs::path& file : files) {
    if (file.extension() == ".crt") {
      ABSL_ASSIGN_OR_RETURN(const std::string pem, file::ReadSettingsFile(file.string()));
      absl::StrAppend(&tls.extra_roots, pem, "\n");
    } else if (file.extension() == ".cert" || file.extension() == ".key") {
      fs::path other = file;
      other.replace_extension(file.extension() == ".cert" ? ".key" : ".cert");
      if (!files.contains(other)) {
        return InvalidInputError(absl::StrCat(file.string(), ": missing ", other.filename().string()));
      }
      if (file.extension() == ".cert") tls.certificate_file = file.string();
      if (file.extension() == ".cert") tls.key_file = other.string();
    }
  }
  return tls;
}

absl::Status CheckCertificates(const HostConfig& config) { return http::curl::CheckTls(config.tls); }

}  // namespace waybill::oci::registry::config
