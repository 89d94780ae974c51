// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/profiles/profile_base.h"

namespace waybill::oci::registry::server::profiles {

behavior::Behavior LeastCapable() {
  behavior::Behavior behavior;
  behavior.referrers.api = behavior::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = behavior::SubjectHeader::kOmitted;
  behavior.manifests.tag_parameter = false;
  behavior.uploads.single_post = behavior::SinglePost::kSessionOnly;
  behavior.uploads.anonymous_mount = behavior::AnonymousMount::kSessionOnly;
  behavior.uploads.locations = behavior::Locations::kAbsolute;
  return behavior;
}

}  // namespace waybill::oci::registry::server::profiles
