// SPDX-License-Identifier: Apache-2.0
// Credential helper programs (docker/docker-credential-helpers): "docker-credential-<suffix> get", the server on
// standard input, JSON on standard output.
#ifndef WAYBILL_OCI_REGISTRY_AUTH_CREDENTIAL_HELPER_H_
#define WAYBILL_OCI_REGISTRY_AUTH_CREDENTIAL_HELPER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/registry/auth/credentials.h"

namespace waybill::oci::registry::auth {

struct HelperCall {
  std::string suffix;  // "gcloud"; letters, digits, ".", "_" and "-" only
  std::string server;
  std::string search_path;  // PATH
  absl::Duration timeout = absl::Seconds(30);
};

// What a helper prints when it has credentials. INVALID_ARGUMENT for anything else.
absl::StatusOr<Credentials> ParseHelperOutput(absl::string_view output);

// Empty credentials when the helper has none. No shell is involved. Errors: INVALID_ARGUMENT for a bad suffix or
// output; NOT_FOUND naming a program that is not there; kTimeout (the program is killed); kAuth with the helper's
// words.
absl::StatusOr<Credentials> AskHelper(const Context& context, const HelperCall& call);

}  // namespace waybill::oci::registry::auth

#endif  // WAYBILL_OCI_REGISTRY_AUTH_CREDENTIAL_HELPER_H_
