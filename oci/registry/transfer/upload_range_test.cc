// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/upload_range.h"

#include "gtest/gtest.h"

namespace waybill::oci::registry::transfer {
namespace {

TEST(LastByteOfTest, Table) {
  struct Row {
    absl::string_view range;
    std::optional<int64_t> last;
  };
  const Row kRows[] = {
      {"0-0", 0},
      {"0-1048575", 1048575},
      {"bytes=0-99", 99},
      {"99", 99},
      {"0-9223372036854775806", 9223372036854775806},
      {"0-9223372036854775807", std::nullopt},
      {"0-9223372036854775808", std::nullopt},
      {"0--1", std::nullopt},
      {"", std::nullopt},
      {"0-", std::nullopt},
      {"0-many", std::nullopt},
  };
  for (const Row& row : kRows) EXPECT_EQ(LastByteOf(row.range), row.last) << row.range;
}

}  // namespace
}  // namespace waybill::oci::registry::transfer
