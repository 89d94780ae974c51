// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/single_flight.h"

#include <atomic>
#include <stop_token>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::registry {
namespace {

absl::Status Nothing() { return absl::OkStatus(); }

TEST(SingleFlightTest, OneAfterTheOtherAreTwoFlights) {
  SingleFlight flights;
  int times = 0;
  const auto count = [&times] {
    ++times;
    return absl::OkStatus();
  };
  EXPECT_TRUE(*flights.Run(Context(), "a", count));
  EXPECT_TRUE(*flights.Run(Context(), "a", count));
  EXPECT_EQ(times, 2);
}

TEST(SingleFlightTest, OthersWaitAndHearTheirContext) {
  SingleFlight flights;
  const auto done = flights.Run(Context(), "a", [&flights] {
    const Context soon = Context().WithTimeout(absl::Milliseconds(20));
    EXPECT_EQ(ReasonOf(flights.Run(soon, "a", Nothing).status()), Reason::kTimeout);
    EXPECT_TRUE(*flights.Run(Context(), "b", Nothing));  // another key does not wait
    return absl::OkStatus();
  });
  EXPECT_TRUE(*done);
}

// Whoever comes while the first is at work gets its success without work of its own: the works would count otherwise.
TEST(SingleFlightTest, NeverTwoAtOnce) {
  SingleFlight flights;
  std::atomic<int> flying = 0, works = 0, ours = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 16; ++i) {
      callers.emplace_back([&] {
        const auto result = flights.Run(Context(), "a", [&] {
          EXPECT_EQ(++flying, 1);
          ++works;
          std::this_thread::yield();
          --flying;
          return absl::OkStatus();
        });
        if (*result) ++ours;
      });
    }
  }
  EXPECT_GE(works, 1);
  EXPECT_EQ(works, ours);
}

TEST(SingleFlightTest, AFailureIsItsOwnersAlone) {
  SingleFlight flights;
  absl::Notification flying;
  std::jthread other;
  const auto failed = flights.Run(Context(), "a", [&] {
    other = std::jthread([&] {
      flying.Notify();
      EXPECT_TRUE(*flights.Run(Context(), "a", Nothing));
    });
    flying.WaitForNotification();
    return NotFoundError("gone");
  });
  EXPECT_EQ(ReasonOf(failed.status()), Reason::kNotFound);
}

}  // namespace
}  // namespace waybill::oci::registry
