// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/testing/layer_maker.h"

#include "gtest/gtest.h"
#include "oci/io/string.h"
#include "oci/tar/writer.h"

namespace waybill::oci::rootfs::testing {

Item File(const std::string& name, const std::string& bytes) { return {{.name = name, .mode = 0644}, bytes}; }
Item Directory(const std::string& name) { return {{.name = name + "/", .type = tar::kDirectory, .mode = 0755}}; }
Item Symlink(const std::string& name, const std::string& target) {
  return {{.name = name, .type = tar::kSymlink, .mode = 0777, .link = target}};
}
Item HardLink(const std::string& name, const std::string& target) {
  return {{.name = name, .type = tar::kHardLink, .mode = 0644, .link = target}};
}

std::string MakeLayer(const std::vector<Item>& items) {
  std::string archive;
  io::StringWriter out(archive);
  tar::Writer writer(out);
  for (const Item& item : items) {
    tar::Entry entry = item.entry;
    entry.size = static_cast<int64_t>(item.bytes.size());
    EXPECT_TRUE(writer.Begin(entry).ok() && writer.Write(item.bytes).ok()) << entry.name;
  }
  EXPECT_TRUE(writer.Close().ok());
  return archive;
}

}  // namespace waybill::oci::rootfs::testing
