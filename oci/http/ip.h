// SPDX-License-Identifier: Apache-2.0
// IP addresses written as text, for the rules that look at them: proxies and server-side request forgery.
#ifndef WAYBILL_OCI_HTTP_IP_H_
#define WAYBILL_OCI_HTTP_IP_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace waybill::oci::http {

// A value. IPv4 addresses mapped into IPv6 (::ffff:a.b.c.d) are the IPv4 address.
class IpAddress {
 public:
  // "127.0.0.1", "::1" or "[::1]"; nothing for names and everything else. IPv4 also in the shapes that resolvers take
  // ("127.1", "0x7f000001", "2130706433"), so that none of them passes a check by.
  static std::optional<IpAddress> Parse(absl::string_view text);

  bool IsLoopback() const;
  // Loopback, link-local, private (RFC 1918, RFC 4193), shared (RFC 6598) or unspecified.
  bool IsPrivate() const;
  // The first `bits` bits are those of `network`; false for addresses of different families.
  bool HasPrefix(const IpAddress& network, int bits) const;
  int bits() const { return v4_ ? 32 : 128; }

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  bool In(absl::string_view network, int bits) const;

  bool v4_ = true;
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_IP_H_
