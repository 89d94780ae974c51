// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/image_flags.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "attest/reader/choose.h"
#include "oci/error.h"
#include "oci/places/image_name.h"
#include "oci/status_macros.h"

namespace waybill::cli::reading {
namespace {

using attest::reader::ImageTree;
using oci::registry::EnvironmentClient;

constexpr absl::Duration kMostTime = absl::Minutes(10);
// Requests at a time: twice as many as in a push, because each is small and waits for the registry alone. An image of
// 40 platforms needs 242 of them.
constexpr int kParallelReads = 64;

}  // namespace

void AddImageFlags(CLI::App& command, ImageFlags& flags) {
  command.add_option("image", flags.image, std::string(oci::places::kImageNameForms))->required()->type_name("REF");
  command.add_option("--config", flags.config, "Configuration file with [registry.\"host\"] tables")->type_name("FILE");
}

bool IsInRegistry(const ImageFlags& flags) {
  const absl::StatusOr<oci::places::ImageName> name = oci::places::ParseImageName(flags.image);
  return name.ok() && name->kind == oci::places::ImageName::Kind::kRegistry;
}

absl::StatusOr<std::vector<oci::Platform>> ParsePlatforms(const std::vector<std::string>& texts) {
  std::vector<oci::Platform> platforms;
  for (const std::string& text : texts) {
    for (const absl::string_view one : absl::StrSplit(text, ',')) {
      if (one == "all") return std::vector<oci::Platform>();
      absl::StatusOr<oci::Platform> platform = oci::ParsePlatform(one);
      if (!platform.ok()) return oci::Annotate(platform.status(), absl::StrCat("--platform ", text));
      platforms.push_back(*std::move(platform));
    }
  }
  return platforms;
}

absl::StatusOr<ReadImage> OpenAndRead(const oci::Context& context, const ImageFlags& flags,
                                      const attest::reader::ReadOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const oci::places::ImageName name, oci::places::ParseImageName(flags.image));
  ReadImage read;
  const auto client = [&]() -> absl::StatusOr<oci::registry::Client*> {
    EnvironmentClient::Options environment = EnvironmentClient::FromProcess();
    environment.config_file = flags.config;
    environment.limits.requests = kParallelReads;
    ABSL_ASSIGN_OR_RETURN(read.client, EnvironmentClient::Create(environment));
    return &read.client->client();
  };
  ABSL_ASSIGN_OR_RETURN(read.place, oci::places::OpenImage(context, name, client));
  attest::reader::ReadOptions parallel = options;
  parallel.limits.parallel = kParallelReads;
  absl::StatusOr<ImageTree> tree = attest::reader::ReadImage(
      context.WithTimeout(kMostTime),
      {.content = read.place->content(), .names = read.place->names(), .referrers = read.place->referrers()},
      read.place->name(), parallel);
  absl::Status status = tree.status();
  if (status.ok()) status = attest::reader::CheckPlatforms(*tree, options.platforms);
  if (!status.ok()) return oci::Annotate(status, absl::StrCat("image ", flags.image));
  read.tree = *std::move(tree);
  return read;
}

}  // namespace waybill::cli::reading
