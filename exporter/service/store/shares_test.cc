// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/shares.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::service::store {
namespace {

using ::testing::HasSubstr;

constexpr Limits kLimits = {.quota = 1000, .client_bytes = 600, .client_blobs = 3, .client_uploads = 2};

// How a refusal begins, and the flag that it names.
void ExpectRefused(const absl::Status& status, const std::string& beginning, const std::string& flag) {
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kStorage);
  EXPECT_THAT(std::string(status.message()), ::testing::StartsWith(beginning));
  EXPECT_THAT(std::string(status.message()), HasSubstr(flag));
}

TEST(SharesTest, EachLimitIsRefusedByItsName) {
  Shares shares(kLimits);
  ASSERT_TRUE(shares.Add("uid 1", {.bytes = 600}).ok());
  ExpectRefused(shares.Add("uid 1", {.bytes = 1}), "client uid 1 would have more than 600 bytes here",
                "--client-bytes");
  ASSERT_TRUE(shares.Add("uid 2", {.bytes = 400}).ok());
  ExpectRefused(shares.Add("uid 3", {.bytes = 1}),
                "the store has no room for 1 bytes: 1000 of its quota of 1000 bytes are used", "--store-quota");
  ASSERT_TRUE(shares.Add("uid 1", {.uploads = 2}).ok());
  ExpectRefused(shares.Add("uid 1", {.uploads = 1}), "client uid 1 would have more than 2 unfinished uploads here",
                "--client-uploads");
  ASSERT_TRUE(shares.Add("uid 2", {.blobs = 3}).ok());
  ExpectRefused(shares.Add("uid 2", {.uploads = 1}), "client uid 2 would have more than 3 blobs and uploads here",
                "--client-blobs");
}

TEST(SharesTest, ARefusalTakesNothingAndLessAlwaysFits) {
  Shares shares(kLimits);
  shares.Count("uid 1", {.bytes = 5000, .blobs = 5, .uploads = 5});  // of an earlier run, with other limits
  EXPECT_FALSE(shares.Add("uid 1", {.bytes = 1}).ok());
  EXPECT_FALSE(shares.Check("uid 2", {.bytes = 1}).ok());
  EXPECT_EQ(shares.all().bytes, 5000);
  EXPECT_TRUE(shares.Add("uid 1", {.bytes = -4500}).ok());
  EXPECT_TRUE(shares.Add("uid 1", {.bytes = 100}).ok());
  EXPECT_EQ(shares.of("uid 1").bytes, 600);
}

TEST(SharesTest, WithoutLimitsEverythingFits) {
  Shares shares({});
  EXPECT_FALSE(shares.limit_blobs());
  EXPECT_TRUE(shares.Add("uid 1", {.bytes = int64_t{1} << 50, .blobs = 1 << 20, .uploads = 1 << 20}).ok());
}

TEST(SharesTest, LackingIsWhatHasToGo) {
  Shares shares(kLimits);
  shares.Count("uid 1", {.bytes = 500, .blobs = 3});
  shares.Count("uid 2", {.bytes = 450});
  EXPECT_EQ(shares.Lacking({.bytes = 60}).bytes, 10);
  EXPECT_EQ(shares.Lacking({.bytes = 50}).bytes, 0);
  EXPECT_EQ(shares.LackingOf("uid 1", {.bytes = 150}).bytes, 50);
  EXPECT_EQ(shares.LackingOf("uid 1", {.uploads = 2}).blobs, 2);
  EXPECT_EQ(shares.LackingOf("uid 3", {.bytes = 600}).bytes, 0);
}

}  // namespace
}  // namespace waybill::exporter::service::store
