// SPDX-License-Identifier: Apache-2.0
// Images for tests of pushes: of the shape that BuildKit makes, with bytes that mean nothing.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_SAMPLE_IMAGE_H_
#define WAYBILL_OCI_REGISTRY_TESTING_SAMPLE_IMAGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "oci/content/store/memory_store.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::oci::registry::testing {

struct SampleOptions {
  int platforms = 1;
  int layers = 2;  // of each platform, all different
  int64_t layer_bytes = 1000;
  bool attested = false;
  std::string seed;       // images with different seeds share nothing but the empty config
  std::string statement;  // makes the attestations alone different
};

struct SampleImage {
  std::unique_ptr<content::store::MemoryStore> store;
  Descriptor root{.digest = Digest::Of("")};  // an index, or a manifest for one platform without attestation
  std::vector<Digest> manifests;              // all, the root last
  std::vector<Digest> blobs;                  // each once
  int64_t blob_bytes = 0;                     // of all of these
  std::vector<Descriptor> images;             // the manifest of each platform
  std::vector<Descriptor> referrers;          // attestation manifests as a list of referrers has them
};

SampleImage MakeSampleImage(const SampleOptions& options);

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_SAMPLE_IMAGE_H_
