// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/relay/endpoint.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"

namespace waybill::exporter::bridge::relay {
namespace {
constexpr size_t kMaxUnixPath = 107;  // sun_path without its end
}  // namespace

absl::StatusOr<Endpoint> Endpoint::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix://")) {
    if (!absl::StartsWith(rest, "/") || rest.size() > kMaxUnixPath) {
      return oci::InvalidInputError(
          absl::StrCat("address \"", text, "\": a unix socket needs an absolute path of at most ", kMaxUnixPath));
    }
    return Endpoint{.grpc_target = absl::StrCat("unix:", rest), .unix_path = std::string(rest)};
  }
  if (absl::ConsumePrefix(&rest, "tcp://")) {
    const size_t colon = rest.rfind(':');
    int port = 0;
    if (colon == absl::string_view::npos || colon == 0 || !absl::SimpleAtoi(rest.substr(colon + 1), &port) ||
        port < 0 || port > 65535) {
      return oci::InvalidInputError(absl::StrCat("address \"", text, "\": want tcp://host:port"));
    }
    return Endpoint{.grpc_target = std::string(rest)};
  }
  return oci::InvalidInputError(absl::StrCat("address \"", text, "\": want unix:///path or tcp://host:port"));
}

std::string Endpoint::WithPort(int port) const {
  if (!unix_path.empty()) return absl::StrCat("unix://", unix_path);
  return absl::StrCat("tcp://", grpc_target.substr(0, grpc_target.rfind(':') + 1), port);
}

}  // namespace waybill::exporter::bridge::relay
