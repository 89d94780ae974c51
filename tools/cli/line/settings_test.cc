// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/settings.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::cli::line {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() {
    command_.add_option("--listen", listen_)->allow_extra_args(false);
    command_.add_option("--drain-seconds", seconds_)->check(CLI::Range(0, 100));
    command_.add_option("--limit", limit_)->transform(CLI::AsSizeValue(false));
    command_.add_flag("--quiet", quiet_);
    AddConfigFlag(command_, file_);
  }

  std::string File(const std::string& text) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/settings.toml");
    std::ofstream(path) << text;
    return path;
  }

  // Parses the command line, and applies what it leaves out.
  absl::Status Apply(const std::string& words, const std::string& text = "",
                     const std::map<std::string, std::string>& variables = {}) {
    command_.parse(words);
    const Environment environment = [&variables](absl::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    return ApplySettings(command_, text.empty() ? "" : File(text), environment);
  }

  std::vector<std::string> listen_ = {"unix:///default"};
  int seconds_ = 60;
  int64_t limit_ = 1;
  bool quiet_ = false;
  std::string file_;
  CLI::App command_{"", "serve"};
};

TEST_F(SettingsTest, FileGivesEveryKindOfValue) {
  ASSERT_TRUE(
      Apply("",
            "[serve]\nlisten = ['unix:///a b', 'tcp://127.0.0.1:1']\ndrain-seconds = 7\nlimit = '2MiB'\nquiet = true\n")
          .ok());
  EXPECT_THAT(listen_, ElementsAre("unix:///a b", "tcp://127.0.0.1:1"));
  EXPECT_EQ(seconds_, 7);
  EXPECT_EQ(limit_, 2 << 20);
  EXPECT_TRUE(quiet_);
}

TEST_F(SettingsTest, CommandLineGoesBeforeEnvironmentAndThatBeforeFile) {
  ASSERT_TRUE(
      Apply("--drain-seconds 1", "[serve]\ndrain-seconds = 3\nlimit = 3\nquiet = true\n",
            {{"WAYBILL_SERVE_DRAIN_SECONDS", "2"}, {"WAYBILL_SERVE_LIMIT", "2"}, {"WAYBILL_SERVE_QUIET", "false"}})
          .ok());
  EXPECT_EQ(seconds_, 1);
  EXPECT_EQ(limit_, 2);
  EXPECT_FALSE(quiet_);
}

TEST_F(SettingsTest, VariableOfOptionThatRepeatsHasSpaces) {
  ASSERT_TRUE(
      Apply("", "", {{"WAYBILL_SERVE_LISTEN", "unix:///a  tcp://127.0.0.1:1"}, {"WAYBILL_SERVE_LIMIT", ""}}).ok());
  EXPECT_THAT(listen_, ElementsAre("unix:///a", "tcp://127.0.0.1:1"));
  EXPECT_EQ(limit_, 1);
}

TEST_F(SettingsTest, WaybillConfigNamesTheFile) {
  ASSERT_TRUE(Apply("", "", {{"WAYBILL_CONFIG", File("[serve]\nquiet = true\n")}}).ok());
  EXPECT_TRUE(quiet_);
}

TEST_F(SettingsTest, TablesOfOthersAreLeftAlone) {
  ASSERT_TRUE(Apply("", "[bridge]\nnothing = 1\n[worker.oci]\nenabled = true\n").ok());
  EXPECT_EQ(seconds_, 60);
}

TEST_F(SettingsTest, UnknownKeysAndWrongValuesNameFileAndLine) {
  const struct {
    std::string text, message;
  } kCases[] = {
      {"[serve]\nquiet = true\ndrain-second = 1\n",
       "settings.toml:3: serve.drain-second: waybill serve has no such option (did you mean drain-seconds?)"},
      {"[serve]\nconfig = 'x'\n", "settings.toml:2: serve.config: waybill serve has no such option"},
      {"[serve]\nhelp = true\n", "settings.toml:2: serve.help: waybill serve has no such option"},
      {"[serve]\ndrain-seconds = 101\n", "settings.toml:2: serve.drain-seconds: "},
      {"[serve]\ndrain-seconds = ['1', '2']\n", "settings.toml:2: serve.drain-seconds: one value is wanted"},
      {"[serve]\ndrain-seconds = 1.5\n", "settings.toml:2: serve.drain-seconds: a string, a whole number"},
      {"serve = 1\n", "settings.toml:1: serve: a table is wanted"},
      {"[serve\n", "settings.toml:1: "},
  };
  for (const auto& [text, message] : kCases) {
    const absl::Status status = ApplyConfigFile(command_, File(text));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << text;
  }
}

TEST_F(SettingsTest, WrongVariableIsNamed) {
  const absl::Status status = Apply("", "", {{"WAYBILL_SERVE_DRAIN_SECONDS", "soon"}});
  EXPECT_THAT(std::string(status.message()), HasSubstr("WAYBILL_SERVE_DRAIN_SECONDS: "));
}

}  // namespace
}  // namespace waybill::cli::line
