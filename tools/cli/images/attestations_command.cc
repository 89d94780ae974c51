// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/attestations_command.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attest/predicate_types.h"
#include "attest/reader/choose.h"
#include "attest/reader/look.h"
#include "attest/reader/tree.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "tools/cli/reading/extract.h"
#include "tools/cli/reading/image_flags.h"
#include "tools/cli/reading/output.h"
#include "tools/cli/reading/tree_json.h"

namespace waybill::cli::images {
namespace {

using attest::reader::Attestation;
using attest::reader::Part;

constexpr char kFooter[] = R"(Examples:
  waybill attestations ghcr.io/acme/app:1
  waybill attestations ghcr.io/acme/app:1 --platform linux/arm64 --type sbom --predicate >sbom.json
  waybill attestations oci:layout --platform all --output attestations)";

struct Flags {
  reading::ImageFlags image;
  std::vector<std::string> platforms;
  std::vector<std::string> types;
  std::string directory;
  bool statement = false;
  bool predicate = false;
  bool json = false;
};

absl::Status CheckFlags(const Flags& flags) {
  if (flags.statement && flags.predicate) {
    return oci::InvalidInputError("--statement and --predicate exclude each other");
  }
  const bool writes = flags.statement || flags.predicate || !flags.directory.empty();
  if (writes && flags.json)
    return oci::InvalidInputError("--json lists attestations, and cannot be used with a document");
  return absl::OkStatus();
}

absl::Status Write(const oci::Context& context, const Flags& flags, const reading::ReadImage& image,
                   const std::vector<Attestation>& chosen) {
  const Part part = flags.predicate ? Part::kPredicate : flags.statement ? Part::kStatement : Part::kBlob;
  if (flags.directory.empty()) {
    reading::StandardOutput out;
    ABSL_RETURN_IF_ERROR(reading::WriteOnly(context, image.place->content(), image.tree, chosen, part, out));
    return out.Close();
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        reading::WriteAll(context, image.place->content(), image.tree, chosen, part, flags.directory));
  for (const std::string& name : names) std::cout << flags.directory << "/" << name << "\n";
  return reading::FlushOutput();
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_RETURN_IF_ERROR(CheckFlags(flags));
  ABSL_ASSIGN_OR_RETURN(const std::vector<oci::Platform> platforms, reading::ParsePlatforms(flags.platforms));
  ABSL_ASSIGN_OR_RETURN(const reading::ReadImage image,
                        reading::OpenAndRead(context, flags.image, {.platforms = platforms}));
  ABSL_ASSIGN_OR_RETURN(const std::vector<Attestation> chosen,
                        attest::reader::Choose(image.tree, attest::reader::ListAttestations(image.tree), flags.types));
  if (flags.statement || flags.predicate || !flags.directory.empty()) {
    return oci::Annotate(Write(context, flags, image, chosen), absl::StrCat("image ", flags.image.image));
  }
  if (flags.json) {
    std::cout << reading::AttestationsJson(image.tree, chosen) << "\n";
  } else {
    std::cout << reading::AttestationsText(image.tree, chosen);
  }
  return reading::FlushOutput();
}

}  // namespace

void AddAttestationsCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("attestations", "List the attestations of an image, or write them out");
  reading::AddImageFlags(command, flags->image);
  command
      .add_option("--platform", flags->platforms,
                  "Only those about this platform, such as linux/arm64, or all (the default); repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--type", flags->types,
                  absl::StrCat("Only this predicate type: a URI or one of ", attest::TypeAliases(), "; repeatable"))
      ->allow_extra_args(false);
  command.add_flag("--statement", flags->statement, "Write the in-toto statement, also out of an envelope or a bundle");
  command.add_flag("--predicate", flags->predicate, "Write the document in the statement, such as an SBOM");
  command
      .add_option("--output", flags->directory,
                  "Write a file for each into this directory; without --statement and --predicate as they are stored")
      ->type_name("DIR");
  command.add_flag("--json", flags->json, "List as a JSON array");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
