// SPDX-License-Identifier: Apache-2.0
// Credentials as a user's other tools find them: given ones, DOCKER_AUTH_CONFIG, REGISTRY_AUTH_FILE, docker's
// configuration with its helpers, podman's files; the first that has some wins.
#ifndef WAYBILL_OCI_REGISTRY_AUTH_KEYCHAIN_H_
#define WAYBILL_OCI_REGISTRY_AUTH_KEYCHAIN_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/registry/auth/auth_file.h"
#include "oci/registry/auth/credential_helper.h"
#include "oci/registry/auth/credentials.h"

namespace waybill::oci::registry::auth {

using EnvironmentLookup = std::function<std::optional<std::string>(absl::string_view name)>;

// Thread-safe. Files are read at the first question and helpers run one at a time; what they said is kept until a fresh
// answer is wanted.
class Keychain : public CredentialSource {
 public:
  struct Options {
    std::map<std::string, Credentials> given;  // by host; they win
    EnvironmentLookup environment;
    int uid = 0;  // for /run/containers/<uid>
    absl::Duration helper_timeout = absl::Seconds(30);
  };
  explicit Keychain(Options options) : options_(std::move(options)) {}

  // Errors, each naming file and key: one that cannot be parsed, or that a variable names and that cannot be read
  // (a $DOCKER_CONFIG without a file is none); an entry for the repository that is none; a helper's failure. Other
  // files that cannot be read are in the origin.
  absl::StatusOr<FoundCredentials> Find(const Context& context, absl::string_view host, absl::string_view repository,
                                        bool fresh) override;

 private:
  // Where was looked, in order; without a file where it cannot be read.
  struct Place {
    std::string origin;
    std::optional<AuthFile> file;
  };

  absl::StatusOr<std::vector<Place>> Load() const;
  absl::StatusOr<std::vector<Place>> Places(bool fresh);
  absl::StatusOr<Credentials> Ask(const Context& context, const std::string& suffix, absl::string_view host,
                                  bool fresh);

  const Options options_;
  absl::Mutex mu_;
  std::optional<std::vector<Place>> places_ ABSL_GUARDED_BY(mu_);
  absl::Mutex helper_mu_;  // held while a helper runs: keychain dialogs come one at a time
  std::map<std::pair<std::string, std::string>, Credentials> answers_ ABSL_GUARDED_BY(helper_mu_);
};

}  // namespace waybill::oci::registry::auth

#endif  // WAYBILL_OCI_REGISTRY_AUTH_KEYCHAIN_H_
