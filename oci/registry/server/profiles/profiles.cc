// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/profiles/profiles.h"

#include <iterator>
#include <utility>

namespace waybill::oci::registry::server::profiles {

std::vector<Profile> AllProfiles() {
  std::vector<Profile> all;
  all.push_back({.name = "spec",
                 .title = "distribution spec 1.1",
                 .behavior = {},
                 .facts = {{"everything the spec offers, single POST, ?tag= and anonymous mount included",
                            "opencontainers/distribution-spec spec.md"}},
                 .not_known = ""});
  for (std::vector<Profile> part : {SelfHostedProfiles(), HostedProfiles()}) {
    all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  }
  return all;
}

std::optional<Profile> ProfileNamed(absl::string_view name) {
  for (Profile& profile : AllProfiles()) {
    if (profile.name == name) return std::move(profile);
  }
  return std::nullopt;
}

}  // namespace waybill::oci::registry::server::profiles
