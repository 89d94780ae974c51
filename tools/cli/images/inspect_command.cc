// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/inspect_command.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "attest/verify/check.h"
#include "oci/status_macros.h"
#include "tools/cli/reading/image_flags.h"
#include "tools/cli/reading/output.h"
#include "tools/cli/reading/tree_json.h"
#include "tools/cli/reading/tree_text.h"

namespace waybill::cli::images {
namespace {

constexpr char kFooter[] = R"(Examples:
  waybill inspect ghcr.io/acme/app:1
  waybill inspect oci-archive:image.tar --json | jq '.objects[] | select(.kind == "attestation")')";

struct Flags {
  reading::ImageFlags image;
  std::vector<std::string> platforms;
  bool json = false;
};

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<oci::Platform> platforms, reading::ParsePlatforms(flags.platforms));
  ABSL_ASSIGN_OR_RETURN(const reading::ReadImage image,
                        reading::OpenAndRead(context, flags.image, {.platforms = platforms}));
  const std::vector<attest::verify::Finding> findings = attest::verify::CheckTree(image.tree, {});
  if (flags.json) {
    std::cout << reading::TreeJson(image.tree, findings) << "\n";
  } else {
    std::cout << reading::TreeText(image.tree, findings);
  }
  return reading::FlushOutput();
}

}  // namespace

void AddInspectCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("inspect", "Show an image, its attestations and signatures as a tree");
  reading::AddImageFlags(command, flags->image);
  command.add_option("--platform", flags->platforms, "Read only this platform, such as linux/arm64; repeatable")
      ->allow_extra_args(false);
  command.add_flag("--json", flags->json, "One JSON object instead of a tree");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
