// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/copy_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attest/publish/wanted.h"
#include "exporter/output/target_progress.h"
#include "oci/copy/image_copy.h"
#include "oci/copy/tagged_images.h"
#include "oci/error.h"
#include "oci/places/image_name.h"
#include "oci/places/open_image.h"
#include "oci/places/open_publisher.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/environment_client.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/change_flags.h"
#include "tools/cli/forms/form_flags.h"
#include "tools/cli/forms/publish_forms.h"
#include "tools/cli/images/copy_report.h"
#include "tools/cli/reading/output.h"
#include "tools/cli/terminal/open_progress.h"

namespace waybill::cli::images {
namespace {

using oci::copy::Copied;
using oci::copy::Follow;
using oci::copy::TaggedImage;
using oci::places::ImageName;
using oci::registry::EnvironmentClient;
using oci::registry::config::Fallback;

constexpr char kFooter[] = R"(Examples:
  waybill copy staging.example/app:1 ghcr.io/acme/app:1 --tag 1.0 --tag latest
  waybill copy ghcr.io/acme/app:1 oci:layout:1
  waybill copy oci-archive:app.tar registry.example/app:1 --referrers none
  waybill copy staging.example/app registry.example/app --all-tags
  waybill copy staging.example/app:1 ghcr.io/acme/app:1 --profiles bundle,raw --key cosign.key)";

struct Flags {
  std::string source;
  std::string destination;
  std::string config;
  std::string referrers = "recursive";
  std::string platform;
  std::string fallback;
  std::vector<std::string> tags;
  bool all_tags = false;
  bool json = false;
  std::string progress = "auto";
  forms::FormFlags forms;
};

// The flags as values.
struct Wanted {
  ImageName source;
  ImageName destination;
  oci::copy::CollectOptions collect;
  std::optional<Fallback> fallback;
  std::optional<attest::publish::Wanted> published;  // forms of the statements of what was copied
};

absl::StatusOr<Follow> ParseFollow(const std::string& text) {
  if (text == "none") return Follow::kNone;
  if (text == "direct") return Follow::kDirect;
  if (text == "recursive") return Follow::kRecursive;
  return oci::InvalidInputError(absl::StrCat("--referrers ", text, ": expected none, direct or recursive"));
}

absl::StatusOr<Wanted> Parse(const oci::Context& context, const Flags& flags) {
  Wanted wanted;
  ABSL_ASSIGN_OR_RETURN(wanted.source, oci::places::ParseImageName(flags.source));
  ABSL_ASSIGN_OR_RETURN(wanted.destination, oci::places::ParseDestinationName(flags.destination));
  ABSL_ASSIGN_OR_RETURN(wanted.collect.follow, ParseFollow(flags.referrers));
  ABSL_ASSIGN_OR_RETURN(wanted.fallback, changing::ParseFallback(flags.fallback));
  if (!flags.platform.empty()) {
    absl::StatusOr<oci::Platform> platform = oci::ParsePlatform(flags.platform);
    if (!platform.ok()) return oci::Annotate(platform.status(), absl::StrCat("--platform ", flags.platform));
    wanted.collect.platform = *std::move(platform);
  }
  ABSL_ASSIGN_OR_RETURN(wanted.published, forms::WantedOfWritten(context, flags.forms, /*dry_run=*/false));
  if (wanted.published.has_value() && wanted.destination.kind == ImageName::Kind::kArchive) {
    return oci::UnsupportedError(
        "--profiles: an archive does not take more when it is written; copy to a layout with --profiles, and the "
        "layout to the archive");
  }
  if (!flags.all_tags) return wanted;
  ABSL_ASSIGN_OR_RETURN(const ImageName written, oci::places::ParseDestinationName(flags.source));
  if (oci::places::NamesOneImage(written) || oci::places::NamesOneImage(wanted.destination) || !flags.tags.empty()) {
    return oci::InvalidInputError(
        "--all-tags takes the tags of the source: SRC and DST have none, and --tag is not set");
  }
  return wanted;
}

// Tags that are named in place of the destination's default.
std::vector<std::string> TagsOf(const Flags& flags, const ImageName& destination) {
  std::vector<std::string> tags;
  if (flags.tags.empty() || oci::places::NamesOneImage(destination)) tags = oci::places::TagsOf(destination);
  for (const std::string& tag : flags.tags) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  return tags;
}

absl::StatusOr<std::vector<TaggedImage>> FindImages(const oci::Context& context, const Flags& flags,
                                                    const Wanted& wanted, oci::places::OpenedImage& source) {
  if (flags.all_tags) return oci::copy::ListImages(context, source, wanted.collect.limits.tags);
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, source.names().Resolve(context, source.name()));
  return std::vector<TaggedImage>{{.root = std::move(root), .tags = TagsOf(flags, wanted.destination)}};
}

absl::StatusOr<std::vector<Copied>> CopyAll(const oci::Context& context, const Flags& flags, const Wanted& wanted,
                                            const oci::places::ClientOf& client) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::places::OpenedImage> source,
                        oci::places::OpenImage(context, wanted.source, client));
  const absl::StatusOr<std::vector<TaggedImage>> images = FindImages(context, flags, wanted, *source);
  if (!images.ok()) return oci::Annotate(images.status(), absl::StrCat("image ", flags.source));
  const oci::places::PublishOptions options{.fallback = wanted.fallback,
                                            .mount_from = oci::places::MountsFrom(wanted.source, wanted.destination)};
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::places::Publisher> destination,
                        oci::places::OpenPublisher(context, wanted.destination, options, client));
  oci::copy::ImageCopy copy(*source, *destination, wanted.collect);
  std::vector<Copied> all;
  for (const TaggedImage& image : *images) {
    absl::StatusOr<Copied> copied = copy.Copy(context, image.root, image.tags);
    if (!copied.ok()) return oci::Annotate(copied.status(), absl::StrCat("copying ", flags.source));
    for (const auto* warnings : {&copied->collection.left_behind, &copied->report.warnings}) {
      for (const std::string& warning : *warnings) {
        context.Report({.state = oci::ProgressEvent::State::kWarning, .detail = warning});
      }
    }
    all.push_back(*std::move(copied));
  }
  ABSL_RETURN_IF_ERROR(oci::Annotate(copy.Finish(context), absl::StrCat("copying ", flags.source)));
  return all;
}

// Under the first of its tags, or as the destination names it.
std::string NameOf(const Flags& flags, const Wanted& wanted, const Copied& copied) {
  if (oci::places::NamesOneImage(wanted.destination) || copied.report.tags.empty()) return flags.destination;
  return absl::StrCat(flags.destination, ":", copied.report.tags.front());
}

absl::StatusOr<std::optional<std::vector<forms::Outcome>>> PublishEach(const oci::Context& context, const Flags& flags,
                                                                       const Wanted& wanted,
                                                                       const std::vector<Copied>& images) {
  if (!wanted.published.has_value()) return std::nullopt;
  std::vector<forms::Outcome> outcomes;
  for (const Copied& image : images) {
    const changing::ChangeFlags written{
        .image = NameOf(flags, wanted, image), .config = flags.config, .output = "", .fallback = flags.fallback};
    ABSL_ASSIGN_OR_RETURN(forms::Outcome outcome, forms::PublishFormsOfWritten(context, written, *wanted.published));
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

absl::Status Run(const oci::Context& outer, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const Wanted wanted, Parse(outer, flags));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::ProgressSink> sink, terminal::OpenProgress(flags.progress));
  exporter::output::TargetProgress progress(outer.WithProgress(*sink), flags.destination);
  std::unique_ptr<EnvironmentClient> registries;
  const auto client = [&]() -> absl::StatusOr<oci::registry::Client*> {
    if (registries == nullptr) {
      EnvironmentClient::Options environment = EnvironmentClient::FromProcess();
      environment.config_file = flags.config;
      ABSL_ASSIGN_OR_RETURN(registries, EnvironmentClient::Create(environment));
    }
    return &registries->client();
  };
  CopiedImages copied;
  ABSL_ASSIGN_OR_RETURN(copied.images, CopyAll(outer.WithProgress(progress), flags, wanted, client));
  ABSL_ASSIGN_OR_RETURN(copied.forms, PublishEach(outer, flags, wanted, copied.images));
  if (flags.json) {
    std::cout << CopyJson(flags.source, flags.destination, copied) << "\n";
  } else {
    std::cout << CopyText(flags.destination, copied);
  }
  return reading::FlushOutput();
}

}  // namespace

void AddCopyCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command =
      *app.add_subcommand("copy", "Copy an image with its attestations and signatures to another place");
  command.add_option("source", flags->source, std::string(oci::places::kImageNameForms))->required()->type_name("SRC");
  command.add_option("destination", flags->destination, "The same, but for docker-archive:")
      ->required()
      ->type_name("DST");
  command
      .add_option("--referrers", flags->referrers,
                  "What goes along: none, direct (what refers to the image), recursive (and what refers to that)")
      ->type_name("none|direct|recursive")
      ->capture_default_str();
  command.add_option("--platform", flags->platform,
                     "Copy the image of this platform in place of the index, such as linux/arm64");
  command.add_option("--tag", flags->tags, "A tag of the copy, besides the one that DST names; repeatable")
      ->allow_extra_args(false);
  command.add_flag("--all-tags", flags->all_tags, "Copy every image of the repository or layout that has a tag");
  forms::AddWrittenImageFlags(command, flags->forms);
  changing::AddFallbackFlag(command, flags->fallback);
  command.add_option("--config", flags->config, "Configuration file with [registry.\"host\"] tables")
      ->type_name("FILE");
  command.add_option("--progress", flags->progress, "Progress on standard error: auto, tty, plain, rawjson or quiet")
      ->type_name("auto|tty|plain|rawjson|quiet")
      ->capture_default_str();
  command.add_flag("--json", flags->json, "One JSON object instead of lines");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
