// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/verify_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "attest/reader/choose.h"
#include "attest/reader/look.h"
#include "attest/verify/blobs.h"
#include "attest/verify/check.h"
#include "attest/verify/signatures.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "tools/cli/reading/image_flags.h"
#include "tools/cli/reading/keys.h"
#include "tools/cli/reading/output.h"
#include "tools/cli/reading/tree_json.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::images {
namespace {

using attest::reader::Node;
using attest::reader::NodeKind;
using attest::verify::Discovery;
using attest::verify::Finding;

constexpr int kBlobsAtATime = 8;
constexpr char kFooter[] = R"(Each line names a rule and an object. The exit code is 2 when a rule fails.
Examples:
  waybill verify ghcr.io/acme/app:1 --all-platforms --require sbom,provenance
  waybill verify oci-archive:image.tar --all-platforms --blobs --json)";

struct Flags {
  reading::ImageFlags image;
  std::vector<std::string> platforms;
  std::string required;
  std::string discovery;
  std::vector<std::string> keys;
  bool all_platforms = false;
  bool blobs = false;
  bool chain = false;
  bool json = false;
};

// What was looked at, for the last line.
struct Counts {
  int64_t images = 0;
  int64_t attestations = 0;
  int64_t statements = 0;
  int64_t blobs = 0;
};

absl::StatusOr<std::vector<std::string>> RequiredTypes(const std::string& text) {
  std::vector<std::string> types = absl::StrSplit(text, ',', absl::SkipEmpty());
  ABSL_RETURN_IF_ERROR(oci::Annotate(attest::reader::CheckTypes(types), "--require"));
  return types;
}

// A layout keeps no referrers of what its indexes list.
absl::StatusOr<Discovery> DiscoveryOf(const Flags& flags) {
  if (flags.discovery == "index") return Discovery::kIndex;
  if (flags.discovery == "referrers") return Discovery::kReferrers;
  if (flags.discovery == "both") return Discovery::kBoth;
  if (flags.discovery == "any") return Discovery::kAnywhere;
  if (!flags.discovery.empty()) {
    return oci::InvalidInputError(
        absl::StrCat("--discovery ", flags.discovery, ": expected both, index, referrers or any"));
  }
  return reading::IsInRegistry(flags.image) ? Discovery::kBoth : Discovery::kIndex;
}

absl::StatusOr<std::vector<oci::Platform>> PlatformsOf(const Flags& flags) {
  if (flags.all_platforms && !flags.platforms.empty()) {
    return oci::InvalidInputError("--platform and --all-platforms exclude each other");
  }
  if (flags.all_platforms) return std::vector<oci::Platform>();
  if (flags.platforms.empty()) return std::vector<oci::Platform>{oci::HostPlatform()};
  return reading::ParsePlatforms(flags.platforms);
}

Counts CountsOf(const attest::reader::ImageTree& tree) {
  Counts counts;
  for (const Node& node : tree.nodes) {
    counts.images += node.kind == NodeKind::kImage ? 1 : 0;
    counts.attestations += node.kind == NodeKind::kAttestation ? 1 : 0;
    counts.statements += node.kind == NodeKind::kAttestation ? static_cast<int64_t>(node.items.size()) : 0;
  }
  return counts;
}

// What was found out.
struct Outcome {
  const attest::reader::ImageTree& tree;
  std::vector<Finding> findings;
  Counts counts;
  // Unless no key was given.
  std::optional<attest::verify::SignatureReport> signatures;

  std::string root() const { return tree.root().descriptor.digest.ToString(); }
};

void WriteJson(const Flags& flags, const Outcome& outcome) {
  const Counts& counts = outcome.counts;
  oci::json::Writer writer;
  writer.BeginObject();
  writer.Key("root").String(outcome.root());
  writer.Key("verified").Bool(outcome.findings.empty());
  writer.Key("images").Int(counts.images);
  writer.Key("attestationManifests").Int(counts.attestations);
  writer.Key("statements").Int(counts.statements);
  writer.Key("blobs").Int(counts.blobs);
  if (outcome.signatures.has_value()) {
    reading::WriteSignatures(writer, outcome.tree, *outcome.signatures, flags.keys);
  }
  reading::WriteFindings(writer, outcome.findings);
  writer.EndObject();
  std::cout << oci::json::Indent(writer.Take()) << "\n";
}

void WriteText(const Flags& flags, const Outcome& outcome) {
  const Counts& counts = outcome.counts;
  if (outcome.signatures.has_value()) {
    std::cout << reading::SignaturesText(outcome.tree, *outcome.signatures, flags.keys);
  }
  for (const Finding& finding : outcome.findings) {
    std::cout << terminal::Printable(absl::StrCat(finding.rule, ": ", finding.object, ": ", finding.message)) << "\n";
  }
  std::cout << outcome.root() << ": images " << counts.images << ", attestation manifests " << counts.attestations
            << ", statements " << counts.statements << ", blobs read " << counts.blobs << ", faults "
            << outcome.findings.size() << "\n";
}

absl::Status Check(const oci::Context& context, const Flags& flags, reading::ReadImage& image, Outcome& outcome) {
  const auto add = [&outcome](std::vector<Finding> more) {
    outcome.findings.insert(outcome.findings.end(), std::make_move_iterator(more.begin()),
                            std::make_move_iterator(more.end()));
  };
  if (flags.chain) add(attest::verify::CheckChain(image.tree));
  if (!flags.keys.empty()) {
    ABSL_ASSIGN_OR_RETURN(const auto keys, reading::ReadPublicKeys(flags.keys));
    ABSL_ASSIGN_OR_RETURN(outcome.signatures, attest::verify::CheckSignatures(context, image.place->content(),
                                                                              image.tree, keys, kBlobsAtATime));
    add(std::move(outcome.signatures->findings));
  }
  if (!flags.blobs) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(attest::verify::BlobReport report,
                        attest::verify::CheckBlobs(context, image.place->content(), image.tree, kBlobsAtATime));
  outcome.counts.blobs = report.blobs;
  add(std::move(report.findings));
  return absl::OkStatus();
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> required, RequiredTypes(flags.required));
  ABSL_ASSIGN_OR_RETURN(const Discovery discovery, DiscoveryOf(flags));
  attest::reader::ReadOptions options{.limits = {.look_bytes = attest::reader::kWholeBlob}};
  ABSL_ASSIGN_OR_RETURN(options.platforms, PlatformsOf(flags));
  ABSL_ASSIGN_OR_RETURN(reading::ReadImage image, reading::OpenAndRead(context, flags.image, options));
  Outcome outcome{.tree = image.tree,
                  .findings = attest::verify::CheckTree(image.tree, {.discovery = discovery, .required = required}),
                  .counts = CountsOf(image.tree),
                  .signatures = {}};
  ABSL_RETURN_IF_ERROR(Check(context, flags, image, outcome));
  (flags.json ? WriteJson : WriteText)(flags, outcome);
  ABSL_RETURN_IF_ERROR(reading::FlushOutput());
  const size_t faults = outcome.findings.size();
  if (faults == 0) return absl::OkStatus();
  return oci::VerificationError(
      absl::StrCat("image ", flags.image.image, ": ", faults, faults == 1 ? " fault" : " faults"));
}

}  // namespace

void AddVerifyCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("verify", "Read an image and its attestations back, and check them");
  reading::AddImageFlags(command, flags->image);
  command
      .add_option("--platform", flags->platforms,
                  "Check this platform (default: that of this machine), such as linux/arm64; repeatable")
      ->allow_extra_args(false);
  command.add_flag("--all-platforms", flags->all_platforms, "Check every platform");
  command.add_option("--require", flags->required,
                     "Types of statements that each platform must have, such as sbom,provenance");
  command
      .add_option(
          "--discovery", flags->discovery,
          "Where attestations must be found: both (the default for registries), index (for files), referrers, any")
      ->type_name("both|index|referrers|any");
  command
      .add_option("--key", flags->keys,
                  "Public key (PEM) by which a statement about each image must be signed; repeatable: any of them")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command.add_flag("--blobs", flags->blobs, "Read configs and layers to the end");
  command.add_flag("--chain", flags->chain,
                   "Check Docker's rules from the index to the signature (not the signature itself)");
  command.add_flag("--json", flags->json, "One JSON object instead of lines");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
