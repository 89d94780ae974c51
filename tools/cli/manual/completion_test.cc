// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/manual/completion.h"

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::cli::manual {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() : app_("A program", "waybill") {
    app_.add_flag("--debug")->description("Say more");
    CLI::App& copy = *app_.add_subcommand("copy", "Copy an image");
    copy.add_option("source", text_, "From")->type_name("SRC");
    copy.add_option("directory", text_, "Into")->type_name("DIR");
    copy.add_option("--referrers", text_, "What goes along")->type_name("none|direct|recursive");
    copy.add_option("-c,--config", text_, "Settings\nof registries")->type_name("FILE");
    copy.add_option("--tag", text_, "A tag");
    copy.add_flag("--json")->description("As JSON");
    app_.add_subcommand("convert", "Convert an image");
  }

  std::vector<std::string> Words(const std::vector<std::string>& typed) {
    std::vector<std::string> words;
    for (const Candidate& candidate : Complete(DescribeCommand(app_), typed).candidates) {
      words.push_back(candidate.word);
    }
    return words;
  }
  Completion::Follow Follow(const std::vector<std::string>& typed) {
    return Complete(DescribeCommand(app_), typed).follow;
  }

  CLI::App app_;
  std::string text_;
};

TEST_F(CompletionTest, CommandsAndOptionsByTheirPrefix) {
  EXPECT_THAT(Words({"co"}), ElementsAre("copy", "convert"));
  EXPECT_THAT(Words({"conv"}), ElementsAre("convert"));
  EXPECT_THAT(Words({"x"}), IsEmpty());
  EXPECT_THAT(Words({"--"}), ElementsAre("--help", "--debug"));
  EXPECT_THAT(Words({"copy", "--"}), ElementsAre("--help", "--referrers", "--config", "--tag", "--json", "--debug"));
  EXPECT_THAT(Words({}), IsEmpty());
}

TEST_F(CompletionTest, ValuesAreThoseOfTheOption) {
  EXPECT_THAT(Words({"copy", "--referrers", ""}), ElementsAre("none", "direct", "recursive"));
  EXPECT_THAT(Words({"copy", "--referrers=d"}), ElementsAre("--referrers=direct"));
  EXPECT_EQ(Follow({"copy", "-c", "x"}), Completion::Follow::kFiles);
  EXPECT_EQ(Follow({"copy", "--config=x"}), Completion::Follow::kFiles);
  EXPECT_THAT(Words({"copy", "--tag", ""}), IsEmpty());
  EXPECT_THAT(Words({"copy", "--json=", ""}), ElementsAre("docker://", "oci:", "oci-archive:", "docker-archive:"));
  EXPECT_THAT(Words({"copy", "--unknown=x"}), IsEmpty());
}

TEST_F(CompletionTest, ArgumentsAreCountedBetweenOptions) {
  EXPECT_THAT(Words({"copy", "oci"}), ElementsAre("oci:", "oci-archive:"));
  EXPECT_EQ(Follow({"copy", "oci"}), Completion::Follow::kNothing);
  EXPECT_EQ(Follow({"copy", "a", "--tag", "1", "--json", ""}), Completion::Follow::kDirectories);
  EXPECT_EQ(Follow({"copy", "--", "--tag", ""}), Completion::Follow::kDirectories);
  EXPECT_THAT(Words({"copy", "--", "--t"}), IsEmpty());
}

TEST_F(CompletionTest, TheTextHasALineForEachCandidate) {
  EXPECT_EQ(CompletionText(Complete(DescribeCommand(app_), {"copy", "--co"})),
            "space\n--config\tSettings of registries\n");
  EXPECT_EQ(CompletionText(Complete(DescribeCommand(app_), {"copy", "x", ""})), "directories\n");
  EXPECT_EQ(CompletionText({.candidates = {{.word = "a\nb"}, {.word = "c"}}}), "space\nc\t\n");
}

}  // namespace
}  // namespace waybill::cli::manual
