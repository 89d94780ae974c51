// SPDX-License-Identifier: Apache-2.0
#include "oci/http/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/strip.h"

namespace waybill::oci::http {

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "[") && !absl::ConsumeSuffix(&text, "]")) return std::nullopt;
  const std::string plain(text);
  IpAddress address;
  in_addr v4{};
  // inet_aton takes trailing garbage after white space; no host has any.
  if (plain.find_first_of(" \t") == std::string::npos && ::inet_aton(plain.c_str(), &v4) == 1) {
    std::memcpy(address.bytes_.data(), &v4, sizeof v4);
    return address;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, plain.c_str(), &v6) != 1) return std::nullopt;
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(v6.s6_addr, kMapped, sizeof kMapped) == 0) {
    std::memcpy(address.bytes_.data(), v6.s6_addr + sizeof kMapped, 4);
    return address;
  }
  address.v4_ = false;
  std::copy(std::begin(v6.s6_addr), std::end(v6.s6_addr), address.bytes_.begin());
  return address;
}

bool IpAddress::HasPrefix(const IpAddress& network, int bits) const {
  if (v4_ != network.v4_ || bits < 0 || bits > this->bits()) return false;
  for (int i = 0; i < bits; ++i) {
    const int mask = 0x80 >> (i % 8);
    if ((bytes_[i / 8] & mask) != (network.bytes_[i / 8] & mask)) return false;
  }
  return true;
}

bool IpAddress::In(absl::string_view network, int bits) const {
  const std::optional<IpAddress> parsed = Parse(network);
  return parsed.has_value() && HasPrefix(*parsed, bits);
}

bool IpAddress::IsLoopback() const { return v4_ ? In("127.0.0.0", 8) : In("::1", 128); }

bool IpAddress::IsPrivate() const {
  if (IsLoopback()) return true;
  if (!v4_) return In("fe80::", 10) || In("fc00::", 7) || In("::", 128);
  return In("10.0.0.0", 8) || In("172.16.0.0", 12) || In("192.168.0.0", 16) || In("169.254.0.0", 16) ||
         In("100.64.0.0", 10) || In("0.0.0.0", 8);
}

}  // namespace waybill::oci::http
