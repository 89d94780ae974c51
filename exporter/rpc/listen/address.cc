// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"

namespace waybill::exporter::rpc::listen {
namespace {

constexpr size_t kMaxPathBytes = sizeof(sockaddr_un::sun_path) - 1;
constexpr uint32_t kLoopbackNet = 127;

absl::Status BadAddress(absl::string_view text, absl::string_view why) {
  return oci::InvalidInputError(
      absl::StrCat("address \"", text, "\": ", why, "; expected unix:///path or tcp://host:port"));
}

}  // namespace

absl::StatusOr<Address> Address::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix://")) {
    if (rest.empty() || rest.front() != '/') return BadAddress(text, "the path is not absolute");
    if (rest.size() > kMaxPathBytes) {
      return BadAddress(text, absl::StrCat("the path has more than ", kMaxPathBytes, " bytes"));
    }
    return Address{.kind = Kind::kUnix, .location = std::string(rest)};
  }
  if (!absl::ConsumePrefix(&rest, "tcp://")) return BadAddress(text, "unknown scheme");
  const size_t colon = rest.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos || colon == 0 || !absl::SimpleAtoi(rest.substr(colon + 1), &port) ||
      port > 65535) {
    return BadAddress(text, "no host and port");
  }
  return Address{.kind = Kind::kTcp, .location = std::string(rest)};
}

std::string Address::GrpcTarget() const { return kind == Kind::kUnix ? absl::StrCat("unix:", location) : location; }

std::string Address::ToString() const { return absl::StrCat(kind == Kind::kUnix ? "unix://" : "tcp://", location); }

std::string Address::Host() const {
  const std::string host = location.substr(0, location.rfind(':'));
  return std::string(absl::StripSuffix(absl::StripPrefix(host, "["), "]"));
}

std::string Address::Port() const { return location.substr(location.rfind(':') + 1); }

Address Address::WithPort(int port) const {
  return {.kind = kind, .location = absl::StrCat(location.substr(0, location.rfind(':') + 1), port)};
}

bool Address::IsLocal() const {
  if (kind == Kind::kUnix) return true;
  const std::string host = Host();
  in_addr four = {};
  in6_addr six = {};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == kLoopbackNet;
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  return host == "localhost";
}

}  // namespace waybill::exporter::rpc::listen
