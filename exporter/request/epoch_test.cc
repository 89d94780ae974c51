// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/epoch.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::request {
namespace {

Epoch At(int64_t seconds) { return Epoch::At(absl::FromUnixSeconds(seconds)); }

TEST(ResolveEpochTest, OptionThenBuildThenPlatform) {
  const Metadata metadata = {{"source.date.epoch", "2"}, {"source.date.epoch/p", "3"}};
  ExportOptions options;
  EXPECT_EQ(*ResolveEpoch(options, metadata), At(2));
  EXPECT_EQ(*ResolveEpoch(options, {}), Epoch::Unset());
  options.epoch = At(1);
  EXPECT_EQ(*ResolveEpoch(options, metadata), At(1));
  options.epoch = Epoch::None();
  EXPECT_EQ(*ResolveEpoch(options, metadata), Epoch::None());

  EXPECT_EQ(*ResolveEpoch(Epoch::Unset(), metadata, "p"), At(3));
  EXPECT_EQ(*ResolveEpoch(Epoch::Unset(), metadata, "q"), At(2));
  EXPECT_EQ(*ResolveEpoch(Epoch::None(), metadata, "p"), Epoch::None());
  EXPECT_EQ(*ResolveEpoch(At(1), metadata, "p"), At(1));
}

TEST(ResolveEpochTest, ErrorsAreBuildKits) {
  const absl::Status status = ResolveEpoch({}, {{"source.date.epoch", "x"}}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(status.message(),
            "invalid SOURCE_DATE_EPOCH from frontend: \"x\": invalid : strconv.ParseInt: parsing \"x\": invalid "
            "syntax: strconv.ParseInt: parsing \"x\": invalid syntax");
}

TEST(ResolveEpochTest, RefusesYearsThatNoDocumentCanHold) {
  EXPECT_TRUE(ResolveEpoch({}, {{"source.date.epoch", "253402300799"}}).ok());
  EXPECT_EQ(ResolveEpoch({}, {{"source.date.epoch", "253402300800"}}).status().message(),
            "source-date-epoch 253402300800 is outside the years 0 to 9999");
  EXPECT_FALSE(ResolveEpoch({}, {{"source.date.epoch", "-62167219201"}}).ok());
}

}  // namespace
}  // namespace waybill::exporter::request
