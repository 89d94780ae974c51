// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/exit_code.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::cli::terminal {
namespace {

using oci::MakeError;
using oci::Reason;

TEST(ExitCodeTest, EveryReasonHasItsCode) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  const std::pair<Reason, int> cases[] = {
      {Reason::kInvalidInput, 1}, {Reason::kUnsupported, 1},   {Reason::kVerification, 2}, {Reason::kNotFound, 1},
      {Reason::kConflict, 6},     {Reason::kAuth, 3},          {Reason::kRefused, 4},      {Reason::kNetwork, 5},
      {Reason::kStorage, 6},      {Reason::kInterrupted, 130}, {Reason::kTimeout, 5},      {Reason::kInternal, 70},
  };
  for (const auto& [reason, code] : cases) EXPECT_EQ(ExitCodeOf(MakeError(reason, "x")), code);
}

TEST(ExitCodeTest, TheErrorIsOneLine) {
  EXPECT_EQ(ErrorLine(MakeError(Reason::kStorage, "writing a\nb\x1b[31m: No space left on device")),
            "waybill: writing a\\x0ab\\x1b[31m: No space left on device\n");
}

TEST(ExitCodeTest, DetailsForDebugging) {
  EXPECT_EQ(ErrorDetails(MakeError(Reason::kRefused, "x", {{"status", "403"}, {"host", "r.example"}})),
            "  code: FAILED_PRECONDITION\n  reason: REFUSED\n  host: r.example\n  status: 403\n");
}

}  // namespace
}  // namespace waybill::cli::terminal
