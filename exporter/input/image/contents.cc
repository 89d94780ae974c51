// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/contents.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/reader/reader.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/attestation.h"
#include "oci/image/layer_type.h"
#include "oci/image/media_types.h"
#include "oci/progress.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::input::image {
namespace {

using attest::AttestationManifest;
using oci::content::Graph;
using oci::content::GraphNode;

std::string Quoted(absl::string_view text) { return oci::words::Quoted(text, 200); }

std::string Sorted(const std::set<std::string>& names) { return absl::StrJoin(names, ", "); }

class ContentsReader {
 public:
  ContentsReader(const oci::Context& context, const ImageParts& parts, oci::content::GraphBudget& budget)
      : context_(context), parts_(parts), budget_(budget) {}

  absl::StatusOr<ImageContents> Read(const oci::Descriptor& root) {
    ABSL_ASSIGN_OR_RETURN(
        graph_,
        oci::content::ReadGraph(
            context_, parts_.content, {root},
            {.keep_missing = true, .enter = [&](const oci::Descriptor& d) { return IsWanted(root, d); }}, budget_));
    const GraphNode& node = *graph_.Find(root.digest);
    if (!oci::image::IsIndex(root.media_type)) {
      ABSL_RETURN_IF_ERROR(AddOnlyImage(root, node));
      return std::move(contents_);
    }
    contents_.is_index = true;
    ABSL_ASSIGN_OR_RETURN(const oci::image::Index index, oci::image::ParseIndex(node.bytes));
    contents_.index_annotations = index.annotations;
    ABSL_RETURN_IF_ERROR(AddEntries(root, node));
    ABSL_RETURN_IF_ERROR(CheckWanted());
    DropOrphans();
    return std::move(contents_);
  }

 private:
  // Manifests of platforms that nobody wants are not read, and neither are attestations that are known to be about one.
  absl::StatusOr<bool> IsWanted(const oci::Descriptor& root, const oci::Descriptor& document) {
    if (document.digest == root.digest || oci::image::IsIndex(document.media_type)) return true;
    const std::optional<oci::image::AttestationMark> mark =
        oci::image::FindAttestationMark(document, document.artifact_type, std::nullopt);
    if (mark.has_value()) return !mark->image.has_value() || !unwanted_.contains(*mark->image);
    const bool other_image = parts_.image.has_value() && document.digest != *parts_.image;
    if (!other_image &&
        (!document.platform.has_value() || attest::reader::IsWanted(parts_.platforms, *document.platform))) {
      return true;
    }
    unwanted_.insert(document.digest);
    return false;
  }

  absl::Status AddOnlyImage(const oci::Descriptor& root, const GraphNode& node) {
    ABSL_ASSIGN_OR_RETURN(oci::image::Manifest manifest, oci::image::ParseManifest(node.bytes));
    if (!attest::IsImage(manifest)) {
      return oci::UnsupportedError(absl::StrCat("manifest ", root.digest.ToString(), " with a config of type ",
                                                Quoted(manifest.config.media_type)));
    }
    ABSL_ASSIGN_OR_RETURN(ImportedImage image, ReadImage(root, std::move(manifest)));
    // A result without "refs.platforms" has the platform of its config.
    image.platform = oci::Normalize(image.config.platform);
    image.id = oci::FormatFull(image.platform);
    contents_.images.push_back(std::move(image));
    return CheckWanted();
  }

  // In the order of the index, and where an index is listed, in its order.
  absl::Status AddEntries(const oci::Descriptor& root, const GraphNode& node) {
    std::set<oci::Digest> opened = {root.digest};
    std::vector<oci::Descriptor> rest(node.successors.rbegin(), node.successors.rend());
    while (!rest.empty()) {
      const oci::Descriptor entry = std::move(rest.back());
      rest.pop_back();
      const GraphNode& listed = *graph_.Find(entry.digest);
      if (!oci::image::IsIndex(entry.media_type) || !listed.was_read) {
        ABSL_RETURN_IF_ERROR(AddEntry(entry, listed));
      } else if (opened.insert(entry.digest).second) {
        WarnOfImage(context_, absl::StrCat("the index ", entry.digest.ToString(),
                                           " inside the image's index is opened: its images join the others"));
        rest.insert(rest.end(), listed.successors.rbegin(), listed.successors.rend());
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddEntry(const oci::Descriptor& entry, const GraphNode& node) {
    if (!node.is_document) {
      LeaveOut(entry, entry.media_type);
      return absl::OkStatus();
    }
    if (!node.was_read) {
      NoteUnread(entry, node);
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(oci::image::Manifest manifest, oci::image::ParseManifest(node.bytes));
    if (std::optional<AttestationManifest> attestation = attest::TakeApart(entry, manifest)) {
      const auto same = [&](const AttestationManifest& other) { return other.descriptor.digest == entry.digest; };
      if (std::none_of(contents_.attestations.begin(), contents_.attestations.end(), same)) {
        contents_.attestations.push_back(*std::move(attestation));
      }
      return absl::OkStatus();
    }
    if (!attest::IsImage(manifest)) {
      LeaveOut(entry, manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type);
      return absl::OkStatus();
    }
    return AddImage(entry, std::move(manifest));
  }

  absl::Status AddImage(const oci::Descriptor& entry, oci::image::Manifest manifest) {
    absl::StatusOr<ImportedImage> image = ReadImage(entry, std::move(manifest));
    absl::Status complete = image.ok() ? CheckLayers(*image) : image.status();
    if (oci::ReasonOf(complete) == oci::Reason::kNotFound) {
      NoteMissing(image.ok() ? std::optional<oci::Platform>(image->platform) : entry.platform, entry, complete);
      return absl::OkStatus();
    }
    ABSL_RETURN_IF_ERROR(complete);
    if (!attest::reader::IsWanted(parts_.platforms, image->platform)) {
      unwanted_.insert(entry.digest);
      others_.insert(image->id);
      return absl::OkStatus();
    }
    for (const ImportedImage& other : contents_.images) {
      if (other.id != image->id) continue;
      if (other.descriptor.digest == entry.digest) return absl::OkStatus();
      return oci::UnsupportedError(absl::StrCat("two images for platform ", image->id, ": ",
                                                other.descriptor.digest.ToString(), " and ", entry.digest.ToString(),
                                                "; choose one by its digest"));
    }
    contents_.images.push_back(*std::move(image));
    return absl::OkStatus();
  }

  absl::StatusOr<ImportedImage> ReadImage(const oci::Descriptor& descriptor, oci::image::Manifest manifest) {
    ABSL_ASSIGN_OR_RETURN(std::string bytes, budget_.Read(context_, parts_.content, manifest.config));
    absl::StatusOr<ImageConfig> config = ParseImageConfig(std::move(bytes));
    if (!config.ok()) {
      return oci::Annotate(config.status(), absl::StrCat("config ", manifest.config.digest.ToString()));
    }
    if (config->diff_ids.size() != manifest.layers.size()) {
      return oci::InvalidInputError(absl::StrCat("manifest ", descriptor.digest.ToString(), " has ",
                                                 manifest.layers.size(), " layers, its config names ",
                                                 config->diff_ids.size()));
    }
    oci::Platform platform = oci::Normalize(descriptor.platform.value_or(config->platform));
    std::string id = oci::FormatFull(platform);
    return ImportedImage{descriptor, std::move(manifest), *std::move(config), std::move(platform), std::move(id)};
  }

  absl::Status CheckLayers(const ImportedImage& image) const {
    if (!parts_.check_layers) return absl::OkStatus();
    for (const oci::Descriptor& layer : image.manifest.layers) {
      if (oci::image::IsNonDistributable(layer.media_type)) continue;
      ABSL_RETURN_IF_ERROR(parts_.content.Fetch(context_, layer).status());
    }
    return absl::OkStatus();
  }

  // What was not read because it is missing or unwanted.
  void NoteUnread(const oci::Descriptor& entry, const GraphNode& node) {
    const bool is_attestation = oci::image::FindAttestationMark(entry, entry.artifact_type, std::nullopt).has_value();
    if (!node.is_missing) {
      if (!is_attestation && entry.platform.has_value())
        others_.insert(oci::FormatFull(oci::Normalize(*entry.platform)));
    } else if (is_attestation) {
      missing_attestations_.push_back(entry);
    } else {
      NoteMissing(entry.platform, entry, oci::content::BlobNotFound(entry.digest));
    }
  }

  void NoteMissing(const std::optional<oci::Platform>& platform, const oci::Descriptor& entry,
                   const absl::Status& why) {
    unwanted_.insert(entry.digest);
    incomplete_.insert(platform.has_value() ? oci::FormatFull(oci::Normalize(*platform)) : entry.digest.ToString());
    if (first_missing_.ok()) first_missing_ = why;
  }

  void LeaveOut(const oci::Descriptor& entry, absl::string_view type) const {
    WarnOfImage(context_, absl::StrCat("index entry ", entry.digest.ToString(), " (", Quoted(type),
                                       ") is left out: it is no image"));
  }

  absl::Status CheckWanted() const {
    for (const oci::Platform& wanted : parts_.platforms) {
      const auto matches = [&](const ImportedImage& image) { return oci::Matches(wanted, image.platform); };
      if (std::any_of(contents_.images.begin(), contents_.images.end(), matches)) continue;
      if (!first_missing_.ok()) return NoneComplete();
      std::set<std::string> there = others_;
      for (const ImportedImage& image : contents_.images) there.insert(image.id);
      return oci::NotFoundError(absl::StrCat("the image has no platform ", oci::FormatFull(wanted), "; it has ",
                                             there.empty() ? "none" : Sorted(there)));
    }
    if (!contents_.images.empty()) {
      if (!incomplete_.empty()) {
        WarnOfImage(context_, absl::StrCat("left out, because their blobs are not there: ", Sorted(incomplete_)));
      }
      return absl::OkStatus();
    }
    return first_missing_.ok() ? oci::UnsupportedError("the index lists no image") : NoneComplete();
  }

  absl::Status NoneComplete() const {
    return oci::Annotate(first_missing_, absl::StrCat("the blobs of ", Sorted(incomplete_), " are not all there"));
  }

  bool IsImage(const std::optional<oci::Digest>& digest) const {
    return std::any_of(contents_.images.begin(), contents_.images.end(),
                       [&](const ImportedImage& image) { return image.descriptor.digest == digest; });
  }

  // Attestations whose image is not exported, and a warning unless that image was left out with a warning or by choice.
  void DropOrphans() {
    const auto is_orphan = [&](const AttestationManifest& attestation) {
      if (IsImage(attestation.image)) return false;
      if (!attestation.image.has_value() || !unwanted_.contains(*attestation.image)) {
        WarnOfImage(context_, absl::StrCat("attestation manifest ", attestation.descriptor.digest.ToString(),
                                           " is left out: the index does not list the image that it is about"));
      }
      return true;
    };
    std::erase_if(contents_.attestations, is_orphan);
    for (const oci::Descriptor& entry : missing_attestations_) {
      if (!IsImage(oci::image::FindAttestationMark(entry, entry.artifact_type, std::nullopt)->image)) continue;
      WarnOfImage(context_,
                  absl::StrCat("attestation manifest ", entry.digest.ToString(), " is left out: it is not there"));
    }
  }

  const oci::Context& context_;
  const ImageParts& parts_;
  oci::content::GraphBudget& budget_;
  Graph graph_;
  ImageContents contents_;
  std::set<oci::Digest> unwanted_;    // images that are not exported
  std::set<std::string> others_;      // their platforms, where nobody wants them
  std::set<std::string> incomplete_;  // platforms whose blobs are not there
  absl::Status first_missing_;
  std::vector<oci::Descriptor> missing_attestations_;
};

}  // namespace

void WarnOfImage(const oci::Context& context, std::string text) {
  context.Report({.item = "image", .state = oci::ProgressEvent::State::kWarning, .detail = std::move(text)});
}

absl::StatusOr<ImageContents> ReadImageContents(const oci::Context& context, const oci::Descriptor& root,
                                                const ImageParts& parts, oci::content::GraphBudget& budget) {
  if (!oci::image::IsIndex(root.media_type) && !oci::image::IsManifest(root.media_type)) {
    return oci::UnsupportedError(absl::StrCat("image ", root.digest.ToString(), " of type ", Quoted(root.media_type)));
  }
  return ContentsReader(context, parts, budget).Read(root);
}

}  // namespace waybill::exporter::input::image
