// SPDX-License-Identifier: Apache-2.0
// Credentials as a user's other tools find them: given ones, DOCKER_AUTH_CONFIG, REGISTRY_AUTH_FILE, docker's
// configuration with its helpers, podman's files; the first that has some wins.
#ifndef WAYBILL_OCI_REGISTRY_KEYCHAIN_H_
#define WAYBILL_OCI_REGISTRY_KEYCHAIN_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/registry/auth_file.h"
#include "oci/registry/credential_helper.h"
#include "oci/registry/credentials.h"

namespace waybill::oci::registry {

using EnvironmentLookup = std::function<std::optional<std::string>(absl::string_view name)>;

// Thread-safe. Files are read at the first question; helpers run one at a time and their answers are kept.
class Keychain : public CredentialSource {
 public:
  struct Options {
    std::map<std::string, Credentials> given;  // by host; they win
    EnvironmentLookup environment;
    int uid = 0;  // for /run/containers/<uid>
    absl::Duration helper_timeout = absl::Seconds(30);
  };
  explicit Keychain(Options options) : options_(std::move(options)) {}

  // Errors: a file that cannot be read or parsed, and a helper's failure, each naming file and key.
  absl::StatusOr<FoundCredentials> Find(const Context& context, absl::string_view host, absl::string_view repository,
                                        bool fresh) override;

 private:
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<std::vector<AuthFile>> Files();
  absl::StatusOr<Credentials> Ask(const Context& context, const std::string& suffix, absl::string_view host,
                                  bool fresh);

  const Options options_;
  absl::Mutex mu_;
  bool loaded_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<AuthFile> files_ ABSL_GUARDED_BY(mu_);
  absl::Mutex helper_mu_;  // held while a helper runs: keychain dialogs come one at a time
  std::map<std::pair<std::string, std::string>, Credentials> answers_ ABSL_GUARDED_BY(helper_mu_);
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_KEYCHAIN_H_
