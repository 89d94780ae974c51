// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/client_name.h"

#include <grpc/grpc_security_constants.h>

#include <memory>
#include <vector>

#include "absl/strings/strip.h"
#include "grpcpp/security/auth_context.h"

namespace waybill::exporter::rpc::admission {

std::string ClientAt(absl::string_view peer, absl::string_view user) {
  if (!absl::ConsumePrefix(&peer, "ipv4:") && !absl::ConsumePrefix(&peer, "ipv6:")) return std::string(user);
  return std::string(peer.substr(0, peer.rfind(':')));
}

std::string ClientOf(const grpc::CallbackServerContext& call, absl::string_view user) {
  const std::shared_ptr<const grpc::AuthContext> showed = call.auth_context();
  if (showed != nullptr) {
    const std::vector<grpc::string_ref> subjects = showed->FindPropertyValues(GRPC_X509_SUBJECT_PROPERTY_NAME);
    if (!subjects.empty() && !subjects[0].empty()) return std::string(subjects[0].data(), subjects[0].size());
  }
  return ClientAt(call.peer(), user);
}

}  // namespace waybill::exporter::rpc::admission
