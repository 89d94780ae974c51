// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store_size.h"

#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/store/file_store.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"

namespace waybill::exporter::service {
namespace {

TEST(StoreSizeTest, CountsBlobs) {
  const std::string root = oci::file::testing::NewTempDir();
  EXPECT_EQ(SizeOfStore(root).blobs, 0);
  oci::content::store::FileStore store(root, {});
  for (const std::string& bytes : {std::string("one"), std::string(5000, 'x')}) {
    ASSERT_TRUE(
        store
            .Push({}, {.descriptor = {.digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())},
                       .source = std::make_unique<oci::io::StringSource>(bytes)})
            .ok());
  }
  EXPECT_EQ(SizeOfStore(root).blobs, 2);
  EXPECT_EQ(SizeOfStore(root).bytes, 5003);
}

}  // namespace
}  // namespace waybill::exporter::service
