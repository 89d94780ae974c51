// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/command_line.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::cli::line {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Arguments(std::vector<const char*> words) {
  words.insert(words.begin(), "waybill");
  return ArgumentsOf(static_cast<int>(words.size()), words.data());
}

// The error of a program that has the shape of ours.
absl::Status ErrorOf(const std::vector<const char*>& words) {
  CLI::App app("", "waybill");
  app.add_flag("--debug");
  app.require_subcommand(1);
  app.fallthrough();
  CLI::App& make = *app.add_subcommand("export");
  std::vector<std::string> outputs;
  make.add_option("-o,--output", outputs)->required()->allow_extra_args(false);
  std::string result;
  make.add_option("--result", result);
  int number = 0;
  make.add_option("--number", number);
  app.add_subcommand("serve")->add_option("--listen", result);
  CLI::App& registry = *app.add_subcommand("registry");
  registry.require_subcommand(1);
  registry.add_subcommand("serve");
  registry.add_subcommand("probe")->add_option("repository", result)->required();

  std::vector<std::string> arguments = Arguments(words);
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return CommandLineError(app, error);
  }
  return absl::OkStatus();
}

TEST(CommandLineTest, TheErrorNamesTheMistake) {
  struct Case {
    std::vector<const char*> words;
    std::string message;
  };
  const Case cases[] = {
      {{}, "a command is wanted: export, serve, registry; see waybill --help"},
      {{"exprot", "--result", "x"}, "unknown command exprot (did you mean export?); see waybill --help"},
      {{"frobnicate"}, "unknown command frobnicate; see waybill --help"},
      {{"registry"}, "a command is wanted: serve, probe; see waybill registry --help"},
      {{"help", "nonsense"}, "unknown command nonsense; see waybill --help"},
      {{"help", "registry", "srve"}, "unknown command srve (did you mean serve?); see waybill registry --help"},
      {{"registry", "srve"}, "unknown command srve (did you mean serve?); see waybill registry --help"},
      {{"export"}, "--output is required; see waybill export --help"},
      {{"export", "--results", "x"}, "unknown option --results (did you mean --result?); see waybill export --help"},
      {{"export", "-result", "x"}, "unknown option -result (did you mean --result?); see waybill export --help"},
      {{"export", "--dbug", "-o", "x"}, "unknown option --dbug (did you mean --debug?); see waybill export --help"},
      {{"export", "-o", "x", "y"}, "unexpected argument y; see waybill export --help"},
      {{"export", "-o", "x", "--number", "a", "--", "y"}, "unexpected argument y; see waybill export --help"},
      {{"serve", "--port", "1"}, "unknown option --port; see waybill serve --help"},
      {{"serve", "--lisen=x"}, "unknown option --lisen (did you mean --listen?); see waybill serve --help"},
      {{"serve", "now"}, "unexpected argument now; see waybill serve --help"},
      {{"registry", "probe"}, "repository is required; see waybill registry probe --help"},
      {{"export", "-o", "x", "--number", "a"}, "Could not convert: --number = a; see waybill export --help"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ErrorOf(c.words), oci::InvalidInputError(c.message)) << absl::StrJoin(c.words, " ");
  }
  EXPECT_EQ(ErrorOf({"export", "-o", "x", "-o", ""}), absl::OkStatus());
}

TEST(CommandLineTest, OtherSpellings) {
  EXPECT_THAT(Arguments({"export", "-o=type=oci,dest=x", "-o=", "-ox", "--output=y", "-", "-1"}),
              ElementsAre("export", "-o", "type=oci,dest=x", "-o", "", "-ox", "--output=y", "-", "-1"));
  EXPECT_THAT(Arguments({"help"}), ElementsAre("--help"));
  EXPECT_THAT(Arguments({"help", "registry", "serve"}), ElementsAre("registry", "serve", "--help"));
}

}  // namespace
}  // namespace waybill::cli::line
