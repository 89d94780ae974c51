// SPDX-License-Identifier: Apache-2.0
// Named behaviours: what is documented about real registries, as a composition of switches, each with its source.
// Hosted services change without notice: a profile is what was reported, not a promise. What nobody has reported is
// listed as not known and set to the less capable side, which a client has to cope with anyway. Authentication is off;
// its details (strictness, lifetimes) apply once a scheme is set.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_PROFILES_PROFILES_H_
#define WAYBILL_OCI_REGISTRY_SERVER_PROFILES_PROFILES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "oci/registry/server/behavior/behavior.h"

namespace waybill::oci::registry::server::profiles {

// Something the profile does, and who says that the registry does it ("owner/repository#number" is on GitHub).
struct ProfileFact {
  absl::string_view fact;
  absl::string_view source;
};

struct Profile {
  absl::string_view name;   // "ghcr"
  absl::string_view title;  // "GitHub Container Registry"
  behavior::Behavior behavior;
  std::vector<ProfileFact> facts;
  std::string not_known;
};

// All of them, the strictly conforming "spec" first.
std::vector<Profile> AllProfiles();
std::optional<Profile> ProfileNamed(absl::string_view name);

// The parts of AllProfiles.
std::vector<Profile> HostedProfiles();
std::vector<Profile> SelfHostedProfiles();

}  // namespace waybill::oci::registry::server::profiles

#endif  // WAYBILL_OCI_REGISTRY_SERVER_PROFILES_PROFILES_H_
