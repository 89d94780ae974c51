// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/progress.h"

#include <atomic>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/error.h"

namespace waybill::cli::terminal {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using State = oci::ProgressEvent::State;

const std::vector<oci::ProgressEvent>& Events() {
  static const auto* const events = new std::vector<oci::ProgressEvent>{
      {.item = "assembling"},
      {.state = State::kWarning, .detail = "no epoch"},
      {.target = "oci out.tar", .item = "sha256:aa", .state = State::kTransferring, .current = 1, .total = 2500},
      {.target = "oci out.tar", .item = "sha256:aa", .state = State::kTransferring, .current = 2, .total = 2500},
      {.item = "assembling", .state = State::kDone},
      {.target = "oci out.tar", .item = "sha256:aa", .state = State::kDone, .current = 2500, .total = 2500},
      {.target = "oci out.tar", .item = "sha256:bb", .state = State::kFailed, .detail = "disk \"full\""},
  };
  return *events;
}

// Each look at the clock takes `tick`.
std::string Draw(ProgressMode mode, absl::Duration tick = absl::ZeroDuration()) {
  std::ostringstream out;
  {
    absl::Time now = absl::UnixEpoch() - tick;
    const std::unique_ptr<oci::ProgressSink> sink =
        NewProgress(mode, {.out = out, .now = [&] { return now += tick; }, .screen = [] { return ScreenSize(); }});
    for (const oci::ProgressEvent& event : Events()) sink->Report(event);
  }
  return out.str();
}

TEST(ProgressTest, PlainHasALinePerChange) {
  EXPECT_EQ(Draw(ProgressMode::kPlain),
            "0.0s assembling started\n"
            "0.0s warning: no epoch\n"
            "0.0s oci out.tar sha256:aa transferring\n"
            "0.0s assembling done\n"
            "0.0s oci out.tar sha256:aa done 2.50kB\n"
            "0.0s oci out.tar sha256:bb failed: disk \"full\"\n");
}

TEST(ProgressTest, RawJsonHasAnObjectPerEvent) {
  std::istringstream lines(Draw(ProgressMode::kRawJson, absl::Milliseconds(100)));
  size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    if (count == 0) {
      EXPECT_EQ(json["time"], "1970-01-01T00:00:00Z");
    }
    if (count == 3) {
      EXPECT_EQ(json["target"], "oci out.tar");
      EXPECT_EQ(json["item"], "sha256:aa");
      EXPECT_EQ(json["state"], "transferring");
      EXPECT_EQ(json["current"], 2);
      EXPECT_EQ(json["total"], 2500);
    }
    if (count == 6) {
      EXPECT_EQ(json["detail"], "disk \"full\"");
    }
  }
  EXPECT_EQ(count, Events().size());
}

TEST(ProgressTest, TtyEndsWithWhatIsLeftAndTheSum) {
  const std::string drawn = Draw(ProgressMode::kTty);
  EXPECT_THAT(drawn, HasSubstr("\r\x1b[Kwarning: no epoch\n"));
  EXPECT_THAT(drawn, EndsWith("\r\x1b[K  sha256:bb failed: disk \"full\"\n"
                              "\r\x1b[K3/3 done, 2.50kB / 2.50kB, 0.0s\n\x1b[J"));
}

TEST(ProgressTest, TtyTellsTheRateAndWhatCameOfIt) {
  std::ostringstream out;
  {
    std::atomic<int> seconds = 0;
    const std::unique_ptr<oci::ProgressSink> sink =
        NewProgress(ProgressMode::kTty, {.out = out,
                                         .now = [&] { return absl::UnixEpoch() + absl::Seconds(seconds.load()); },
                                         .screen = [] { return ScreenSize(); }});
    sink->Report({.item = "sha256:aa", .state = State::kDone, .current = 5000, .total = 5000});
    sink->Report({.item = "sha256:bb", .state = State::kExists, .current = 9000, .total = 9000});
    sink->Report({.target = "r/app:1", .state = State::kDone, .detail = "pushed sha256:cc"});
    seconds = 2;
  }
  EXPECT_THAT(out.str(), HasSubstr("\r\x1b[Kr/app:1 pushed sha256:cc\n"));
  EXPECT_THAT(out.str(), EndsWith("3/3 done, 14.0kB / 14.0kB, 2.50kB/s, 2.0s\n\x1b[J"));
}

TEST(ProgressTest, RawJsonTellsOfMovedBytesTenTimesASecond) {
  std::ostringstream out;
  absl::Time now = absl::UnixEpoch();
  const std::unique_ptr<oci::ProgressSink> sink =
      NewProgress(ProgressMode::kRawJson, {.out = out, .now = [&] { return now; }, .screen = nullptr});
  constexpr int kMebibytes = 300;
  for (int i = 0; i < kMebibytes; ++i, now += absl::Milliseconds(1)) {
    for (const std::string item : {"sha256:aa", "sha256:bb"}) {
      sink->Report({.item = item, .state = State::kTransferring, .current = i, .total = kMebibytes});
    }
  }
  sink->Report({.item = "sha256:aa", .state = State::kCommitting});
  sink->Report({.item = "sha256:aa", .state = State::kDone});
  sink->Report({.item = "sha256:bb", .state = State::kFailed});
  std::vector<std::string> lines = absl::StrSplit(out.str(), '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 2u * 3 + 3) << out.str();
  EXPECT_THAT(lines.back(), HasSubstr("\"failed\""));
}

TEST(ProgressTest, QuietTellsOfWarningsOnly) {
  EXPECT_EQ(Draw(ProgressMode::kQuiet), "waybill: warning: no epoch\n");
  std::ostringstream out;
  NewProgress(ProgressMode::kQuiet, {.out = out, .now = nullptr, .screen = nullptr})
      ->Report({.target = "r/app:1", .state = State::kWarning, .detail = "a\nb"});
  EXPECT_EQ(out.str(), "waybill: warning: r/app:1: a\\x0ab\n");
}

TEST(ProgressTest, Modes) {
  EXPECT_EQ(*ParseProgressMode("auto", true), ProgressMode::kTty);
  EXPECT_EQ(*ParseProgressMode("auto", false), ProgressMode::kPlain);
  EXPECT_EQ(*ParseProgressMode("rawjson", true), ProgressMode::kRawJson);
  const absl::Status status = ParseProgressMode("fancy", true).status();
  EXPECT_EQ(status, oci::InvalidInputError("--progress fancy: expected auto, tty, plain, rawjson or quiet"));
}

TEST(ProgressTest, Bytes) {
  EXPECT_EQ(FormatBytes(0), "0B");
  EXPECT_EQ(FormatBytes(999), "999B");
  EXPECT_EQ(FormatBytes(1500), "1.50kB");
  EXPECT_EQ(FormatBytes(22060000), "22.1MB");
  EXPECT_EQ(FormatBytes(123456789), "123MB");
  EXPECT_EQ(FormatBytes(int64_t{4} << 30), "4.29GB");
}

}  // namespace
}  // namespace waybill::cli::terminal
