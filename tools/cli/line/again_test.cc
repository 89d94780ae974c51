// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/again.h"

#include "CLI/CLI.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::cli::line {
namespace {

using testing::ElementsAre;

// A program with one command.
struct Program {
  CLI::App app;
  CLI::App& serve = *app.add_subcommand("serve");
  std::string root = "/default";
  std::string level;
  std::vector<std::string> keys;
  Program() {
    serve.add_option("--root", root);
    serve.add_option("--level", level);
    serve.add_option("--key", keys)->allow_extra_args(false);
  }
};

TEST(AgainTest, TheSameArgumentsGiveTheSameValues) {
  Program before;
  Program after;
  for (Program* const program : {&before, &after}) {
    const absl::Status parsed = ParseAgain(program->app, {"--debug", "serve", "--root", "/r", "--key", "a", "--key=b"});
    ASSERT_TRUE(parsed.ok()) << parsed;
  }
  EXPECT_EQ(after.root, "/r");
  EXPECT_THAT(after.keys, ElementsAre("a", "b"));
  EXPECT_THAT(ChangedOptions(before.serve, after.serve, {}), ElementsAre());
}

TEST(AgainTest, TellsWhichOptionsChanged) {
  Program before;
  Program after;
  ASSERT_TRUE(ParseAgain(before.app, {"serve", "--key", "a"}).ok());
  ASSERT_TRUE(ParseAgain(after.app, {"serve", "--key", "b", "--root", "/other", "--level", "error"}).ok());
  EXPECT_THAT(ChangedOptions(before.serve, after.serve, {"--key"}), ElementsAre("--root", "--level"));
}

TEST(AgainTest, AnOptionThatIsNoneIsAnError) {
  Program program;
  const absl::Status parsed = ParseAgain(program.app, {"serve", "--roots", "/r"});
  EXPECT_EQ(parsed.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(parsed.message()), testing::HasSubstr("--root"));
}

}  // namespace
}  // namespace waybill::cli::line
