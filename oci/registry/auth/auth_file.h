// SPDX-License-Identifier: Apache-2.0
// Credential files: docker's config.json, podman's auth.json and the variable DOCKER_AUTH_CONFIG, all of one form.
#ifndef WAYBILL_OCI_REGISTRY_AUTH_AUTH_FILE_H_
#define WAYBILL_OCI_REGISTRY_AUTH_AUTH_FILE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/registry/auth/credentials.h"

namespace waybill::oci::registry::auth {

// A value. Parse is the only door.
class AuthFile {
 public:
  // Errors: INVALID_ARGUMENT naming `origin`; the text itself is never quoted. An entry that is none is an error of its
  // own key's Find.
  static absl::StatusOr<AuthFile> Parse(absl::string_view text, absl::string_view origin);

  // The suffix of the helper program to ask for the host: credHelpers first, then credsStore.
  std::optional<std::string> HelperFor(absl::string_view host) const;
  // The credentials written in the file under the longest key that covers the repository: "host/ns/repo", "host/ns",
  // "host". Keys may carry a scheme and Docker Hub goes by its aliases. Empty entries do not count.
  // Errors: INVALID_ARGUMENT naming file and key.
  absl::StatusOr<std::optional<Credentials>> Find(absl::string_view host, absl::string_view repository) const;

  const std::string& origin() const { return origin_; }

 private:
  std::string origin_;
  std::map<std::string, absl::StatusOr<Credentials>> auths_;  // by normalised key
  std::map<std::string, std::string> helpers_;
  std::string store_;
};

// "https://index.docker.io/v1/" and Docker Hub's other names are "docker.io"; other keys lose scheme and trailing "/",
// and what follows "/v1/" or "/v2/" as old files have it.
std::string NormalizeAuthKey(absl::string_view key);

// What a helper is asked for: "https://index.docker.io/v1/" for Docker Hub, else the host.
std::string HelperServer(absl::string_view host);

}  // namespace waybill::oci::registry::auth

#endif  // WAYBILL_OCI_REGISTRY_AUTH_AUTH_FILE_H_
