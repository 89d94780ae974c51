// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/root_directories.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::exporter::bridge::store {
namespace {

using ::testing::ElementsAre;

TEST(RootDirectoriesTest, OptionsAreThoseOfGoPrograms) {
  EXPECT_EQ(OptionOf({"buildkitd", "--root", "/a"}, "root"), "/a");
  EXPECT_EQ(OptionOf({"buildkitd", "--root=/a"}, "root"), "/a");
  EXPECT_EQ(OptionOf({"buildkitd", "-root", "/a", "--addr=b"}, "root"), "/a");
  EXPECT_EQ(OptionOf({"buildkitd", "--root", "/a", "--root", "/b"}, "root"), "/b");
  EXPECT_EQ(OptionOf({"buildkitd", "--rootless", "root"}, "root"), std::nullopt);
  EXPECT_EQ(OptionOf({"--root", "/a"}, "root"), std::nullopt) << "the first word is the program";
  EXPECT_EQ(OptionOf({"buildkitd", "--root"}, "root"), std::nullopt);
}

TEST(RootDirectoriesTest, SettingsAreReadUpToTheFirstTable) {
  EXPECT_EQ(RootOfSettings("# root = \"/no\"\ndebug = true\nroot = \"/data/buildkit\" # there\n"), "/data/buildkit");
  EXPECT_EQ(RootOfSettings("root='/single'"), "/single");
  EXPECT_EQ(RootOfSettings("rootless = \"/no\"\n"), std::nullopt);
  EXPECT_EQ(RootOfSettings("[worker.oci]\nroot = \"/no\"\n"), std::nullopt);
  EXPECT_EQ(RootOfSettings("root = \"/an\\u0061\""), std::nullopt);
  EXPECT_EQ(RootOfSettings("root = \"\"\"\n/a\"\"\""), std::nullopt);
  EXPECT_EQ(RootOfSettings("root = 1"), std::nullopt);
  EXPECT_EQ(RootOfSettings(""), std::nullopt);
}

TEST(RootDirectoriesTest, SettingsFilesAreTheNamedOneOrTheDefaults) {
  EXPECT_THAT(SettingsFiles({"buildkitd", "--config", "/c.toml"}, {{"HOME", "/users/u"}}), ElementsAre("/c.toml"));
  EXPECT_THAT(SettingsFiles({"buildkitd"}, {{"HOME", "/users/u"}}),
              ElementsAre("/etc/buildkit/buildkitd.toml", "/users/u/.config/buildkit/buildkitd.toml"));
  EXPECT_THAT(SettingsFiles({"buildkitd"}, {{"XDG_CONFIG_HOME", "/x"}}),
              ElementsAre("/etc/buildkit/buildkitd.toml", "/x/buildkit/buildkitd.toml"));
}

TEST(RootDirectoriesTest, TheCommandLineGoesFirst) {
  EXPECT_THAT(RootDirectories({"buildkitd", "--root", "/r"}, {{"HOME", "/users/u"}}, "/s"),
              ElementsAre("/r", "/s", "/var/lib/buildkit", "/users/u/.local/share/buildkit"));
  EXPECT_THAT(RootDirectories({"buildkitd", "--root", "relative"}, {{"XDG_DATA_HOME", "/x"}}, std::nullopt),
              ElementsAre("/var/lib/buildkit", "/x/buildkit"));
  EXPECT_THAT(RootDirectories({"buildkitd", "--root=/var/lib/buildkit"}, {}, std::nullopt),
              ElementsAre("/var/lib/buildkit"));
}

}  // namespace
}  // namespace waybill::exporter::bridge::store
