// SPDX-License-Identifier: Apache-2.0
// Trees with their layers, for tests.
#ifndef WAYBILL_OCI_ROOTFS_TESTING_IMAGE_MAKER_H_
#define WAYBILL_OCI_ROOTFS_TESTING_IMAGE_MAKER_H_

#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "oci/io/stream.h"
#include "oci/rootfs/layer_files.h"
#include "oci/rootfs/testing/layer_maker.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs::testing {

// Failures are those of the test.
struct Image {
  std::vector<std::unique_ptr<io::Source>> blobs;
  Tree tree;
  std::unique_ptr<LayerFiles> files;

  // A layer on top of the others; Finish after the last one.
  void Add(std::unique_ptr<io::Source> blob);
  void Add(const std::vector<Item>& layer);
  void Finish();

  // All layers of a recorded result (testdata/golden), finished.
  void AddRecordedLayers(const nlohmann::json& ref);
  // The recorded statements among what was written, which are the files with mode 0600.
  void AddRecordedStatements(const nlohmann::json& written, const std::string& folder);
};

// The file of a recorded blob.
std::string BlobPath(absl::string_view hex);

}  // namespace waybill::oci::rootfs::testing

#endif  // WAYBILL_OCI_ROOTFS_TESTING_IMAGE_MAKER_H_
