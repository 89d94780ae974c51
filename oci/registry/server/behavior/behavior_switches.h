// SPDX-License-Identifier: Apache-2.0
// The switches of Behavior by name, for the command line and for tests that try each of them.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_BEHAVIOR_SWITCHES_H_
#define WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_BEHAVIOR_SWITCHES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/registry/server/behavior/behavior.h"

namespace waybill::oci::registry::server::behavior {

struct BehaviorSwitch {
  absl::string_view name;  // "no-referrers-api"
  absl::string_view what;  // what the registry does then
  void (*turn_on)(Behavior& behavior);
};

absl::Span<const BehaviorSwitch> BehaviorSwitches();
// Nullptr when there is none.
const BehaviorSwitch* BehaviorSwitchNamed(absl::string_view name);

}  // namespace waybill::oci::registry::server::behavior

#endif  // WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_BEHAVIOR_SWITCHES_H_
