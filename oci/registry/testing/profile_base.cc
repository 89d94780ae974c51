// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/profile_base.h"

namespace waybill::oci::registry::testing {

Behavior LeastCapable() {
  Behavior behavior;
  behavior.referrers.api = ReferrersApi::kNotFound;
  behavior.referrers.subject_header = SubjectHeader::kOmitted;
  behavior.manifests.tag_parameter = false;
  behavior.uploads.single_post = SinglePost::kSessionOnly;
  behavior.uploads.anonymous_mount = AnonymousMount::kSessionOnly;
  behavior.uploads.locations = Locations::kAbsolute;
  return behavior;
}

}  // namespace waybill::oci::registry::testing
