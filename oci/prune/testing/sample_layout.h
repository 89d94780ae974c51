// SPDX-License-Identifier: Apache-2.0
// A layout with two images, one of which can be taken out of its index.
#ifndef WAYBILL_OCI_PRUNE_TESTING_SAMPLE_LAYOUT_H_
#define WAYBILL_OCI_PRUNE_TESTING_SAMPLE_LAYOUT_H_

#include <map>
#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "oci/registry/testing/sample_image.h"

namespace waybill::oci::prune::testing {

struct SampleLayout {
  std::string root;
  registry::testing::SampleImage first;   // "1"; with a signature, one on that, a fallback tag and a tag of cosign's
  registry::testing::SampleImage second;  // "2"; with a signature

  // Takes the tag "1" out of index.json, and leaves what refers to its image.
  void RemoveFirst() const;
  // Adds an index of these under a name.
  void Enter(const std::vector<Descriptor>& manifests, const std::string& name) const;
};

SampleLayout MakeSampleLayout(const std::string& root);
// The same layout as it is when the first image was never there. Returns `root`.
std::string MakeSecondAlone(const std::string& root);

// Each file under the directory with its bytes, without what is hidden and locks.
std::map<std::string, std::string> FilesOf(const std::string& root);

}  // namespace waybill::oci::prune::testing

#endif  // WAYBILL_OCI_PRUNE_TESTING_SAMPLE_LAYOUT_H_
