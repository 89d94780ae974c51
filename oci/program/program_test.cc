// SPDX-License-Identifier: Apache-2.0
#include "oci/program/program.h"

#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::program {
namespace {

Command Shell(const std::string& script) {
  return {.path = "/bin/sh", .arguments = {"-c", script}, .keeps_errors = true};
}

TEST(ProgramTest, BytesGoInAndComeOut) {
  const auto outcome = Execute(Context(), Shell("cat /dev/stdin; echo oops >&2; exit 3"), "abc");
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->output, "abc");
  EXPECT_EQ(outcome->errors, "oops\n");
  EXPECT_TRUE(outcome->exited);
  EXPECT_EQ(outcome->code, 3);
  EXPECT_FALSE(outcome->Succeeded());
}

TEST(ProgramTest, InputThatNobodyReadsIsNoFailure) {
  const auto outcome = Execute(Context(), Shell("exit 0"), std::string(1 << 20, 'x'));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_TRUE(outcome->Succeeded());
}

TEST(ProgramTest, ASignalIsNoExitCode) {
  const auto outcome = Execute(Context(), Shell("kill -USR1 $$"), "");
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_FALSE(outcome->exited);
  EXPECT_EQ(outcome->code, SIGUSR1);
}

TEST(ProgramTest, OutputIsBounded) {
  EXPECT_EQ(ReasonOf(Execute(Context(), Shell("cat /dev/zero"), "").status()), Reason::kInvalidInput);
  const auto outcome = Execute(Context(), Shell("head -c 2000000 /dev/zero >&2"), "");
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->errors.size(), kMaxErrorBytes);
}

TEST(ProgramTest, TheContextEndsIt) {
  // The second one lives on in the group after the first is gone, and holds the output open.
  for (const char* script :
       {"tail -f /dev/null", "tail -f /dev/null & exit 0", "exec >/dev/null 2>&1; tail -f /dev/null"}) {
    const auto outcome = Execute(Context().WithTimeout(absl::Milliseconds(200)), Shell(script), "");
    EXPECT_EQ(ReasonOf(outcome.status()), Reason::kTimeout) << script;
  }
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(ReasonOf(Execute(Context().WithStop(stop.get_token()), Shell("tail -f /dev/null"), "").status()),
            Reason::kInterrupted);
}

TEST(ProgramTest, VariablesCanBeWithheld) {
  ASSERT_EQ(setenv("WAYBILL_TEST_SECRET", "s", 1), 0);
  ASSERT_EQ(setenv("WAYBILL_TEST_SECRET_NOT", "n", 1), 0);
  Command command = Shell("echo \"[$WAYBILL_TEST_SECRET-$WAYBILL_TEST_SECRET_NOT]\"");
  EXPECT_EQ(Execute(Context(), command, "")->output, "[s-n]\n");
  command.withheld = {"WAYBILL_TEST_SECRET"};
  EXPECT_EQ(Execute(Context(), command, "")->output, "[-n]\n");
}

TEST(ProgramTest, AProgramThatIsNotThere) {
  const auto outcome = Execute(Context(), {.path = "/nowhere/program", .arguments = {}}, "");
  EXPECT_EQ(ReasonOf(outcome.status()), Reason::kNotFound);
  EXPECT_TRUE(absl::StrContains(outcome.status().message(), "run /nowhere/program")) << outcome.status();
}

}  // namespace
}  // namespace waybill::oci::program
