// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/unpack.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "exporter/request/build_result.h"
#include "oci/compress/bounded.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/io/adapters.h"
#include "oci/io/hashing.h"
#include "oci/io/string.h"
#include "oci/progress.h"
#include "oci/rootfs/merge.h"
#include "oci/rootfs/resolve.h"
#include "oci/status_macros.h"

namespace waybill::exporter::files {
namespace {

using oci::ProgressEvent;

// Whether the bytes are memory or a file of this machine: opening again is cheap and gives the same bytes.
bool IsLocal(const oci::io::Source& source) {
  return dynamic_cast<const oci::file::FileSource*>(&source) != nullptr ||
         dynamic_cast<const oci::io::StringSource*>(&source) != nullptr;
}

// The layer where it can be read again and again with the same bytes.
absl::StatusOr<std::unique_ptr<oci::io::Source>> Local(const oci::Context& context, const oci::Descriptor& layer,
                                                       const Places& places) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> found, places.source.Fetch(context, layer));
  if (IsLocal(*found)) return found;
  ABSL_RETURN_IF_ERROR(places.staging.Push(context, {.descriptor = layer, .source = std::move(found)}));
  return places.staging.Fetch(context, layer);
}

absl::Status Merge(const oci::Context& context, const oci::Descriptor& layer, const oci::io::Source& bytes,
                   uint16_t number, oci::rootfs::Tree& tree) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, bytes.Open(context, 0));
  oci::io::HashingReader hashed(std::move(reader), oci::Hasher(layer.digest));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> tar,
                        oci::compress::NewBoundedDecompressor(std::make_unique<oci::io::BorrowedReader>(hashed),
                                                              context.unpack_limits()));
  const absl::Status merged = oci::rootfs::AddLayer(context, *tar, number, tree);
  // What is behind the archive belongs to the digest too. That the bytes are not the layer's is a better answer than
  // what they look like.
  oci::io::NullWriter nowhere;
  ABSL_RETURN_IF_ERROR(oci::io::Copy(context, hashed, nowhere).status());
  ABSL_RETURN_IF_ERROR(oci::content::Verify(layer, hashed.digest(), hashed.size()));
  return merged;
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> MergeOne(const oci::Context& context, const oci::Descriptor& layer,
                                                          uint16_t number, const Places& places,
                                                          oci::rootfs::Tree& tree) {
  ProgressEvent event{.item = absl::StrCat("unpacking ", layer.digest.ToString()), .total = layer.size};
  context.Report(event);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> bytes, Local(context, layer, places));
  ABSL_RETURN_IF_ERROR(Merge(context, layer, *bytes, number, tree));
  event.state = ProgressEvent::State::kDone;
  event.current = layer.size;
  context.Report(event);
  return bytes;
}

absl::StatusOr<oci::rootfs::NodeId> StartOf(const oci::rootfs::Tree& tree, const std::string& path) {
  absl::StatusOr<oci::rootfs::NodeId> start = oci::rootfs::Resolve(tree, path);
  if (start.ok() && !tree.IsDirectory(*start)) start = oci::InvalidInputError("not a directory");
  if (start.ok()) return start;
  return oci::InvalidInputError(absl::StrCat("src=", path, ": ", start.status().message()));
}

void Finish(PlatformFiles& files, const std::string& scratch_directory) {
  std::vector<const oci::io::Source*> layers;
  for (const auto& layer : files.layers) layers.push_back(layer.get());
  files.contents = std::make_unique<oci::rootfs::LayerFiles>(std::move(layers), scratch_directory);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PlatformFiles>> Unpack(const oci::Context& context, const plan::PlatformPlan& plan,
                                                      const std::optional<std::string>& path, const Places& places) {
  auto files = std::make_unique<PlatformFiles>();
  files->id = plan.platform.id;
  files->folder = plan.folder;
  files->epoch = plan.epoch;
  if (plan.layers.size() > oci::rootfs::kMaxLayers) return oci::InvalidInputError("too many layers");
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const oci::Descriptor& layer = plan.layers[i].blob;
    absl::StatusOr<std::unique_ptr<oci::io::Source>> merged =
        MergeOne(context, layer, static_cast<uint16_t>(i), places, files->tree);
    if (!merged.ok()) {
      return oci::Annotate(merged.status(),
                           absl::StrCat("layer ", i + 1, "/", plan.layers.size(), " (", layer.digest.ToString(), ")"));
    }
    files->layers.push_back(*std::move(merged));
  }
  if (path.has_value()) {
    ABSL_ASSIGN_OR_RETURN(files->start, StartOf(files->tree, *path));
  }
  Finish(*files, places.scratch_directory);
  return files;
}

absl::StatusOr<Files> FilesOfArchive(const oci::Context& context, std::unique_ptr<oci::io::Source> archive,
                                     const std::string& scratch_directory) {
  auto files = std::make_unique<PlatformFiles>();
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> tar, archive->Open(context, 0));
  // Statements may have any name, and an epoch may be before 1970.
  ABSL_RETURN_IF_ERROR(oci::rootfs::AddLayer(context, *tar, 0, files->tree, {.whiteouts = false, .before_1970 = true}));
  files->layers.push_back(std::move(archive));
  Finish(*files, scratch_directory);
  Files all;
  all.push_back(std::move(files));
  return all;
}

}  // namespace waybill::exporter::files
