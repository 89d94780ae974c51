// SPDX-License-Identifier: Apache-2.0
// usage: delay_proxy PORT ROUND_TRIP HANDSHAKE      for instance: delay_proxy 5000 50ms 50ms
// Prints its own port and forwards to PORT of this machine until it is killed.
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "tools/bench/delay_proxy.h"

int main(int argc, char** argv) {
  uint32_t port = 0;
  waybill::bench::DelayProxy::Options options;
  if (argc != 4 || !absl::SimpleAtoi(argv[1], &port) || port > 65535 ||
      !absl::ParseDuration(argv[2], &options.round_trip) || !absl::ParseDuration(argv[3], &options.handshake)) {
    std::cerr << "usage: delay_proxy PORT ROUND_TRIP HANDSHAKE\n";
    return 1;
  }
  options.server_port = static_cast<uint16_t>(port);
  const auto proxy = waybill::bench::DelayProxy::Listen(options);
  if (!proxy.ok()) {
    std::cerr << proxy.status() << "\n";
    return 1;
  }
  std::cout << (*proxy)->port() << std::endl;
  (*proxy)->Run();
}
