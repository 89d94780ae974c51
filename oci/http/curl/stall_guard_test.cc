// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/stall_guard.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace waybill::oci::http::curl {
namespace {

TEST(StallGuardTest, SlowIsNoStall) {
  const Limits limits{.stall_bytes_per_second = 10, .stall_window = absl::Seconds(60)};
  const absl::Time start = absl::UnixEpoch();
  StallGuard guard(limits, start);
  EXPECT_FALSE(guard.Stalled(start + absl::Seconds(59), 0));
  EXPECT_FALSE(guard.Stalled(start + absl::Seconds(60), 600));
  EXPECT_EQ(guard.next(), start + absl::Seconds(120));
  EXPECT_TRUE(guard.Stalled(start + absl::Seconds(120), 1199));
}

}  // namespace
}  // namespace waybill::oci::http::curl
