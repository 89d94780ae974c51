// SPDX-License-Identifier: Apache-2.0
// Which manifests the forms of a statement refer to.
#ifndef WAYBILL_ATTEST_PUBLISH_PLACEMENT_H_
#define WAYBILL_ATTEST_PUBLISH_PLACEMENT_H_

#include <cstddef>
#include <set>
#include <vector>

#include "absl/strings/string_view.h"
#include "attest/publish/form.h"
#include "attest/publish/wanted.h"
#include "attest/reader/tree.h"

namespace waybill::attest::publish {

// Of one image. Consumers that are given a tag look at the index alone, and Trivy takes the first SBOM there for every
// platform: an SBOM refers to an index by default only where the index has one image.
class Placement {
 public:
  explicit Placement(const reader::ImageTree& tree);

  // The numbers of nodes, for a statement of that type about the node `about`. What is not in the root's index refers
  // to nothing else.
  std::vector<size_t> Of(size_t about, absl::string_view predicate_type, Form form, Subjects subjects) const;

  // Whether the SBOM of one image of several is among what the index is said to have.
  bool MisleadsByTag(size_t about, absl::string_view predicate_type, const std::vector<size_t>& subjects) const;

 private:
  std::set<size_t> listed_;  // images that the root lists
};

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_PLACEMENT_H_
