// SPDX-License-Identifier: Apache-2.0
// Layers for tests.
#ifndef WAYBILL_OCI_ROOTFS_TESTING_LAYER_MAKER_H_
#define WAYBILL_OCI_ROOTFS_TESTING_LAYER_MAKER_H_

#include <string>
#include <vector>

#include "oci/tar/entry.h"

namespace waybill::oci::rootfs::testing {

// An entry and its bytes, which give its size.
struct Item {
  tar::Entry entry;
  std::string bytes = "";
};

Item File(const std::string& name, const std::string& bytes);
Item Directory(const std::string& name);
Item Symlink(const std::string& name, const std::string& target);
Item HardLink(const std::string& name, const std::string& target);

// The uncompressed archive of the items, in their order.
std::string MakeLayer(const std::vector<Item>& items);

}  // namespace waybill::oci::rootfs::testing

#endif  // WAYBILL_OCI_ROOTFS_TESTING_LAYER_MAKER_H_
