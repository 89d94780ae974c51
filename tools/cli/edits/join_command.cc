// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/join_command.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/places/image_name.h"
#include "oci/places/open_publisher.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/change_flags.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/join.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/changing/routed_fetcher.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::edits {
namespace {

using attest::reader::ImageTree;
using changing::ImagePlace;
using changing::Joined;
using oci::registry::push::PushReport;

constexpr char kFooter[] =
    R"(Attestations, signatures and other referrers of the images go along. Nothing is built or changed.
Example:
  waybill join --name ghcr.io/acme/app:1 ghcr.io/acme/app:1-amd64 ghcr.io/acme/app:1-arm64)";

struct Flags {
  changing::ChangeFlags change;  // its image is the name of the new index
  std::vector<std::string> images;
};

// An image with its place.
struct Source {
  std::unique_ptr<ImagePlace> place;
  ImageTree tree;
  std::string index;
};

absl::StatusOr<Source> ReadSource(const oci::Context& context, const std::string& image, const std::string& config) {
  Source source;
  ABSL_ASSIGN_OR_RETURN(source.place, ImagePlace::Open(context, image, config));
  const oci::Descriptor& root = source.place->root();
  absl::StatusOr<ImageTree> tree = changing::ReadTree(context, *source.place);
  if (!tree.ok()) return oci::Annotate(tree.status(), absl::StrCat("image ", image));
  source.tree = *std::move(tree);
  if (oci::image::IsIndex(root.media_type)) {
    ABSL_ASSIGN_OR_RETURN(source.index, oci::content::VerifiedBytes(context, source.place->opened().content(), root,
                                                                    oci::image::kMaxManifestBytes));
  }
  return source;
}

std::string Text(const Joined& joined, const std::optional<PushReport>& report) {
  std::string text;
  for (const oci::Descriptor& image : joined.images) {
    absl::StrAppend(&text, changing::ImageLabel(image), ": ", image.digest.ToString(), "\n");
  }
  absl::StrAppend(&text, "index: ", joined.index.descriptor.digest.ToString(), "\n");
  return report.has_value() ? absl::StrCat(text, changing::ReportText(*report)) : text;
}

std::string Json(const Joined& joined, const std::optional<PushReport>& report) {
  oci::json::Writer writer;
  writer.BeginObject().Key("digest").String(joined.index.descriptor.digest.ToString());
  writer.Key("written").Bool(report.has_value());
  writer.Key("images").BeginArray();
  for (const oci::Descriptor& image : joined.images) {
    writer.BeginObject().Key("digest").String(image.digest.ToString());
    writer.Key("platform").String(changing::ImageLabel(image)).EndObject();
  }
  writer.EndArray().Key("referrers").BeginArray();
  for (const oci::Descriptor& referrer : joined.referrers) writer.String(referrer.digest.ToString());
  writer.EndArray();
  if (report.has_value()) changing::WriteReport(writer, *report);
  writer.EndObject();
  return absl::StrCat(oci::json::Indent(writer.Take()), "\n");
}

absl::StatusOr<PushReport> Write(const oci::Context& context, const Flags& flags, const Joined& joined,
                                 const std::vector<Source>& sources) {
  ABSL_ASSIGN_OR_RETURN(const auto fallback, changing::ParseFallback(flags.change.fallback));
  oci::content::store::MemoryStore staging;
  ABSL_RETURN_IF_ERROR(staging.Push(context, {.descriptor = joined.index.descriptor,
                                              .source = std::make_unique<oci::io::StringSource>(joined.index.bytes)}));
  changing::RoutedFetcher places;
  changing::WriteOptions options{.fallback = fallback, .mount_from = {}};
  ABSL_ASSIGN_OR_RETURN(const changing::Destination destination,
                        sources.front().place->FindDestination(context, flags.change.image, /*root_changes=*/true));
  for (const Source& source : sources) {
    places.Add(source.tree, source.place->opened().content());
    if (&source == &sources.front()) continue;
    for (std::string& from : oci::places::MountsFrom(source.place->name(), destination.name)) {
      options.mount_from.push_back(std::move(from));
    }
  }
  oci::content::UnionFetcher content({&staging, &places});
  const changing::Changes changes{.root = joined.index.descriptor, .referrers = joined.referrers, .content = content};
  return sources.front().place->Write(context, changes, destination, options);
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_RETURN_IF_ERROR(oci::places::ParseDestinationName(flags.change.image).status());
  std::vector<Source> sources;
  for (const std::string& image : flags.images) {
    ABSL_ASSIGN_OR_RETURN(sources.emplace_back(), ReadSource(context, image, flags.change.config));
  }
  std::vector<changing::JoinedImage> images;
  for (size_t i = 0; i < sources.size(); ++i) {
    images.push_back({.name = flags.images[i], .tree = sources[i].tree, .index = sources[i].index});
  }
  ABSL_ASSIGN_OR_RETURN(const Joined joined, changing::Join(images));
  for (const std::string& warning : joined.warnings) changing::Warn(warning);
  std::optional<PushReport> report;
  if (!flags.change.dry_run) {
    ABSL_ASSIGN_OR_RETURN(report, Write(context, flags, joined, sources));
    changing::WarnOf(*report);
  }
  std::cout << (flags.change.json ? Json : Text)(joined, report);
  return reading::FlushOutput();
}

}  // namespace

void AddJoinCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("join", "Make one index of images of several platforms");
  command.add_option("images", flags->images, std::string(oci::places::kImageNameForms))->required()->type_name("REF");
  command
      .add_option("--name", flags->change.image,
                  "The new image: [docker://]HOST/REPO[:TAG], oci:DIR[:TAG] or oci-archive:FILE[:TAG]")
      ->required();
  changing::AddWriteFlags(command, flags->change);
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::edits
