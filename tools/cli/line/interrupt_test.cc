// SPDX-License-Identifier: Apache-2.0
// Signals are sent in processes of their own, which the tests watch end.
#include "tools/cli/line/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <stop_token>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace waybill::cli::line {
namespace {

using ::testing::ExitedWithCode;

constexpr int kStopped = 3;

// Sends the signal and waits for the stop.
void SendAndAwaitStop(const Interrupt& interrupt, int signal) {
  absl::Notification stopped;
  const std::stop_callback on_stop(interrupt.token(), [&] { stopped.Notify(); });
  kill(getpid(), signal);
  stopped.WaitForNotification();
}

class InterruptTest : public ::testing::TestWithParam<int> {
 protected:
  InterruptTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_P(InterruptTest, TheFirstSignalAsksToStop) {
  EXPECT_EXIT(
      {
        const auto interrupt = Interrupt::Create();
        SendAndAwaitStop(**interrupt, GetParam());
        _exit(kStopped);
      },
      ExitedWithCode(kStopped), "");
}

TEST_P(InterruptTest, TheSecondEndsTheProgram) {
  EXPECT_EXIT(
      {
        const auto interrupt = Interrupt::Create();
        SendAndAwaitStop(**interrupt, SIGTERM);
        kill(getpid(), GetParam());
        while (true) pause();
      },
      ExitedWithCode(130), "");
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptTest, ::testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST(InterruptHangupTest, AnIgnoredHangupStaysIgnored) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        const auto interrupt = Interrupt::Create();
        kill(getpid(), SIGHUP);
        // Read in order: were the first one heeded, the second would end the program.
        SendAndAwaitStop(**interrupt, SIGTERM);
        _exit(kStopped);
      },
      ExitedWithCode(kStopped), "");
}

}  // namespace
}  // namespace waybill::cli::line
