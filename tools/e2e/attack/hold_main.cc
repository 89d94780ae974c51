// SPDX-License-Identifier: Apache-2.0
// usage: hold ADDRESS KIND CALLS      for instance: hold tcp://127.0.0.1:5000 uploads 100
// Makes the server at ADDRESS hold memory by so many calls of one kind (requests.h). Prints "holding" when each call
// has sent what it has, was refused, or has been stuck for 20 seconds; ends them all at the end of its standard input.
// Calls that the server answers are waited for as long.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/listen/address.h"
#include "tools/e2e/attack/holding_call.h"
#include "tools/e2e/attack/requests.h"

namespace waybill::e2e::attack {
namespace {

int Run(const exporter::rpc::listen::Address& address, const std::string& kind, int calls) {
  const std::shared_ptr<grpc::Channel> channel = exporter::rpc::Connect(address);
  const absl::StatusOr<Attack> attack = MakeAttack(kind, channel);
  if (!attack.ok()) {
    std::cerr << attack.status() << "\n";
    return 1;
  }
  Tally tally;
  std::vector<std::unique_ptr<HoldingCall>> holding;
  for (int i = 0; i < calls; ++i) holding.push_back(std::make_unique<HoldingCall>(channel, *attack, i, tally));
  const absl::Duration patience = absl::Seconds(20);
  attack->answered ? tally.AwaitEnds(calls, patience) : tally.Await(calls, patience);
  std::cout << "holding" << std::endl;
  for (std::string line; std::getline(std::cin, line);) continue;
  for (const std::unique_ptr<HoldingCall>& call : holding) call->Cancel();
  tally.AwaitEnds(calls, absl::InfiniteDuration());
  for (const auto& [code, count] : tally.ended()) std::cout << count << " calls ended with code " << code << std::endl;
  return 0;
}

}  // namespace
}  // namespace waybill::e2e::attack

int main(int argc, char** argv) {
  int calls = 0;
  const auto address = waybill::exporter::rpc::listen::Address::Parse(argc == 4 ? argv[1] : "");
  if (!address.ok() || !absl::SimpleAtoi(argv[3], &calls)) {
    std::cerr << "usage: hold ADDRESS "
                 "uploads|openings|watches|small-exports|reads|exports|relays|pours|histories|calls CALLS\n";
    return 1;
  }
  return waybill::e2e::attack::Run(*address, argv[2], calls);
}
