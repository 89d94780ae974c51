// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/buffered_writer.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::exporter::files {
namespace {

using ::testing::ElementsAre;

// Remembers how long the pieces were.
class Pieces : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    sizes.push_back(bytes.size());
    text.append(bytes.data(), bytes.size());
    return status;
  }
  absl::Status Close() override { return absl::OkStatus(); }

  std::vector<size_t> sizes;
  std::string text;
  absl::Status status;
};

TEST(BufferedWriterTest, JoinsSmallWritesInTheirOrder) {
  Pieces pieces;
  BufferedWriter writer(pieces);
  const std::string block(oci::io::kCopyBufferBytes / 2, 'b');
  const std::string large(oci::io::kCopyBufferBytes + 1, 'l');
  for (const std::string& bytes : {std::string("a"), block, block, std::string("c"), large, std::string("d")}) {
    ASSERT_EQ(writer.Write(bytes), absl::OkStatus());
  }
  ASSERT_EQ(writer.Close(), absl::OkStatus());
  EXPECT_THAT(pieces.sizes, ElementsAre(block.size() + 1, block.size() + 1, large.size(), 1));
  EXPECT_EQ(pieces.text, "a" + block + block + "c" + large + "d");
}

TEST(BufferedWriterTest, ReportsWhatTheWriterBelowSays) {
  Pieces pieces;
  pieces.status = absl::InternalError("full");
  BufferedWriter writer(pieces);
  ASSERT_EQ(writer.Write("a"), absl::OkStatus());
  EXPECT_EQ(writer.Close(), pieces.status);
}

}  // namespace
}  // namespace waybill::exporter::files
