// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/gc_command.h"

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "oci/clock.h"
#include "oci/error.h"
#include "oci/places/image_name.h"
#include "oci/prune/pruner.h"
#include "oci/registry/environment_client.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/images/gc_report.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::images {
namespace {

using oci::prune::Outcome;
using oci::prune::Plan;
using oci::prune::Pruner;
using oci::registry::EnvironmentClient;

// For a repository of any size.
constexpr absl::Duration kMostTime = absl::Hours(1);

constexpr char kFooter[] = R"(Without --apply nothing is changed.
Examples:
  waybill gc ghcr.io/acme/app
  waybill gc registry.example/app --apply
  waybill gc oci:layout --apply --grace 0)";

struct Flags {
  std::string place;
  std::string config;
  std::string grace = "1h";
  bool apply = false;
  bool json = false;
};

absl::StatusOr<oci::prune::PruneOptions> ParseOptions(const Flags& flags) {
  absl::Duration grace;
  if (!absl::ParseDuration(flags.grace, &grace) || grace < absl::ZeroDuration()) {
    return oci::InvalidInputError(absl::StrCat("--grace ", flags.grace, ": expected a duration, such as 30m or 0"));
  }
  // Clocks of files are coarse: without a grace a blob that was written just now is old enough.
  oci::prune::PruneOptions options;
  if (grace > absl::ZeroDuration()) options.blobs_before = oci::SystemClock().Now() - grace;
  return options;
}

// The first failure, as the exit code has it; the report has all.
absl::Status FailureOf(const Flags& flags, const std::vector<Outcome>& outcomes) {
  absl::Status first;
  size_t count = 0;
  for (const Outcome& outcome : outcomes) {
    if (outcome.how != Outcome::How::kFailed) continue;
    if (++count == 1) first = outcome.status;
  }
  return oci::Annotate(first, absl::StrCat(flags.place, ": not removed: ", count));
}

absl::Status RunPruner(const oci::Context& context, const Flags& flags, Pruner& pruner) {
  ABSL_ASSIGN_OR_RETURN(const Plan plan, pruner.MakePlan(context));
  for (const oci::prune::Doubt& doubt : plan.doubts) {
    changing::Warn(absl::StrCat("kept: ", doubt.name, ": ", doubt.why));
  }
  std::vector<Outcome> outcomes;
  if (flags.apply && !plan.items.empty()) {
    ABSL_ASSIGN_OR_RETURN(outcomes, pruner.Apply(context, plan));
  }
  std::cout << (flags.json ? GcJson(flags.place, plan, outcomes, flags.apply) : GcText(plan, outcomes, flags.apply));
  ABSL_RETURN_IF_ERROR(reading::FlushOutput());
  return FailureOf(flags, outcomes);
}

absl::Status Run(const oci::Context& outer, const Flags& flags) {
  const oci::Context context = outer.WithTimeout(kMostTime);
  ABSL_ASSIGN_OR_RETURN(const oci::prune::PruneOptions options, ParseOptions(flags));
  ABSL_ASSIGN_OR_RETURN(const oci::places::ImageName place, oci::places::ParseDestinationName(flags.place));
  std::unique_ptr<EnvironmentClient> registries;
  const auto client = [&]() -> absl::StatusOr<oci::registry::Client*> {
    EnvironmentClient::Options environment = EnvironmentClient::FromProcess();
    environment.config_file = flags.config;
    ABSL_ASSIGN_OR_RETURN(registries, EnvironmentClient::Create(environment));
    return &registries->client();
  };
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Pruner> pruner, oci::prune::OpenPruner(place, options, client));
  return oci::Annotate(RunPruner(context, flags, *pruner), "gc");
}

}  // namespace

void AddGcCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("gc", "Find and remove what refers to images that are gone");
  command.add_option("place", flags->place, "[docker://]HOST/REPO or oci:DIR")->required()->type_name("PLACE");
  command.add_flag("--apply", flags->apply, "Remove what is found; without it nothing is changed");
  command
      .add_option("--grace", flags->grace,
                  "Blobs of a layout that were written in this time stay, because their image may be on its way")
      ->type_name("DURATION")
      ->capture_default_str();
  command.add_option("--config", flags->config, "Configuration file with [registry.\"host\"] tables")
      ->type_name("FILE");
  command.add_flag("--json", flags->json, "One JSON object instead of a table");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
