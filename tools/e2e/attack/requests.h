// SPDX-License-Identifier: Apache-2.0
// What the calls of an attack send: large messages whose bytes the attacker has once only.
#ifndef WAYBILL_TOOLS_E2E_ATTACK_REQUESTS_H_
#define WAYBILL_TOOLS_E2E_ATTACK_REQUESTS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace waybill::e2e::attack {

struct Attack {
  std::string method;
  int messages = 1;       // in each call
  bool answered = false;  // the server ends each call by itself
  // Message `index` of call `number`.
  std::function<grpc::ByteBuffer(int number, int index)> message;
};

// `kind` is one of "uploads" (Content.Write, then silence), "openings" (the same with one byte), "watches" (streams
// that a server keeps open), "small-exports" (whose answers are not read), "reads" (Content.Read of a blob of 64 MiB,
// whose answers are not read), "exports" (Exporter.Export with a result of 70 MiB, whose answers are not read),
// "relays" (large messages for a daemon behind a bridge that reads none), "pours" (one small message for such a daemon,
// whose answers have no end and are not read), "histories" (a stream of BuildKit's history, and after its request large
// messages that a daemon does not read) and "calls" (one small message for such a daemon, which does not know the
// method: no attack, but what another client does meanwhile). Reads and exports bring their blob first.
absl::StatusOr<Attack> MakeAttack(const std::string& kind, const std::shared_ptr<grpc::Channel>& channel);

}  // namespace waybill::e2e::attack

#endif  // WAYBILL_TOOLS_E2E_ATTACK_REQUESTS_H_
