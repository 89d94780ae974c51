// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/file.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "exporter/input/image/image.h"
#include "exporter/input/path_kind.h"
#include "exporter/request/metadata.h"
#include "oci/content/content.h"
#include "oci/content/graph.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/reference.h"
#include "oci/layout/layout.h"
#include "oci/layout/reader.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input::image {
namespace {

struct Place {
  std::string path;
  std::string reference;
};

// The path is the longest part that exists and ends at the end or before a colon.
Place Split(absl::string_view text) {
  for (size_t end = text.size(); end != absl::string_view::npos && end > 0; end = text.rfind(':', end - 1)) {
    const std::string path(text.substr(0, end));
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    return {path, std::string(absl::ClippedSubstr(text, end + 1))};
  }
  return {std::string(text), ""};
}

// Owns the layout and what was made from it.
class ImageBlobs final : public oci::content::Fetcher {
 public:
  ImageBlobs(std::unique_ptr<oci::layout::LayoutReader> layout,
             std::unique_ptr<oci::content::store::TemporaryStore> made)
      : layout_(std::move(layout)), made_(std::move(made)), both_({&made_->store(), layout_.get()}) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override {
    return both_.Fetch(context, descriptor);
  }
  oci::layout::LayoutReader& layout() { return *layout_; }
  oci::content::Store& store() { return made_->store(); }

 private:
  const std::unique_ptr<oci::layout::LayoutReader> layout_;
  const std::unique_ptr<oci::content::store::TemporaryStore> made_;
  oci::content::UnionFetcher both_;
};

// An entry of the layout's index, and the image in it that is meant.
struct Found {
  oci::Descriptor root;
  std::optional<oci::Digest> image = std::nullopt;
};

// A manifest or an index that no entry names itself. The image of an index keeps what that index says about it.
absl::StatusOr<std::optional<Found>> FindInside(const oci::Context& context, oci::layout::LayoutReader& layout,
                                                const oci::Digest& digest) {
  oci::content::GraphBudget budget;
  for (const oci::Descriptor& entry : layout.index().manifests) {
    if (!oci::image::IsIndex(entry.media_type)) continue;
    const absl::StatusOr<oci::content::Graph> graph =
        oci::content::ReadGraph(context, layout, {entry}, {.keep_missing = true}, budget);
    if (oci::ReasonOf(graph.status()) == oci::Reason::kNotFound) continue;  // the entry is not there
    ABSL_RETURN_IF_ERROR(graph.status());
    const oci::content::GraphNode* const node = graph->Find(digest);
    if (node == nullptr || !node->is_document) continue;
    if (oci::image::IsIndex(node->descriptor.media_type)) return Found{.root = node->descriptor};
    return Found{.root = entry, .image = digest};
  }
  return std::nullopt;
}

absl::StatusOr<Found> Find(const oci::Context& context, oci::layout::LayoutReader& layout,
                           const std::string& reference) {
  absl::StatusOr<oci::Descriptor> root = oci::layout::FindImage(layout.index(), reference);
  if (root.ok()) return Found{.root = *std::move(root)};
  const absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(reference);
  if (oci::ReasonOf(root.status()) != oci::Reason::kNotFound || !digest.ok()) return root.status();
  ABSL_ASSIGN_OR_RETURN(std::optional<Found> found, FindInside(context, layout, *digest));
  if (!found.has_value()) return root.status();
  return *std::move(found);
}

// The names of the image: those of the entry that the reference means, or all when it names none.
std::string NamesOf(const oci::image::Index& index, const oci::Descriptor& root, const std::string& reference) {
  std::vector<std::string> names;
  for (const oci::Descriptor& entry : index.manifests) {
    const auto name = entry.annotations.find(std::string(oci::layout::kImageName));
    if (name == entry.annotations.end() || entry.digest != root.digest) continue;
    if (!reference.empty() && entry.annotations != root.annotations) continue;
    if (std::find(names.begin(), names.end(), name->second) == names.end()) names.push_back(name->second);
  }
  return absl::StrJoin(names, ",");
}

absl::StatusOr<OpenedResult> Import(const oci::Context& context, std::unique_ptr<oci::layout::LayoutReader> layout,
                                    const std::string& reference, const std::string& scratch,
                                    const std::vector<oci::Platform>& platforms) {
  ABSL_ASSIGN_OR_RETURN(const Found found, Find(context, *layout, reference));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::content::store::TemporaryStore> made,
                        oci::content::store::TemporaryStore::Create(scratch));
  auto blobs = std::make_unique<ImageBlobs>(std::move(layout), std::move(made));
  const oci::image::Index& index = blobs->layout().index();
  const ImageParts parts{.content = blobs->layout(),
                         .store = blobs->store(),
                         .scratch_directory = scratch,
                         .referrers = &blobs->layout(),
                         .platforms = platforms,
                         .image = found.image,
                         .check_layers = true};
  ABSL_ASSIGN_OR_RETURN(request::BuildResult result, ImportImage(context, found.root, parts));
  const std::string names = NamesOf(index, found.root, reference);
  if (!names.empty()) result.metadata[std::string(request::kImageNameKey)] = names;
  return OpenedResult{.result = std::move(result), .blobs = std::move(blobs)};
}

absl::StatusOr<std::unique_ptr<oci::layout::LayoutReader>> OpenLayout(const oci::Context& context,
                                                                      const std::string& path) {
  const PathKind kind = KindOfPath(path);
  if (kind != PathKind::kLayout) return WrongKind(path, kind, "an OCI layout directory");
  return oci::layout::OpenDirectory(context, path);
}

absl::StatusOr<std::unique_ptr<oci::layout::LayoutReader>> OpenArchive(const oci::Context& context,
                                                                       const std::string& path) {
  const PathKind kind = KindOfPath(path);
  // A file without the mark of a tar archive may be an old one.
  if (kind != PathKind::kTar && kind != PathKind::kFile) return WrongKind(path, kind, "a tar archive");
  absl::StatusOr<std::unique_ptr<oci::layout::LayoutReader>> archive = oci::layout::OpenArchive(context, path);
  if (archive.ok()) return archive;
  if (kind == PathKind::kFile && oci::ReasonOf(archive.status()) == oci::Reason::kInvalidInput) {
    return WrongKind(path, kind, "a tar archive");
  }
  if (kind == PathKind::kTar && oci::ReasonOf(archive.status()) == oci::Reason::kNotFound) {
    return oci::Annotate(archive.status(),
                         absl::StrCat("it is no OCI archive (an archive of an older docker save can be converted: "
                                      "skopeo copy docker-archive:",
                                      path, " oci-archive:NEW.tar)"));
  }
  return archive;
}

// Places that skopeo knows besides ours.
constexpr absl::string_view kOtherForms[] = {
    "docker-archive:", "docker-daemon:", "containers-storage:", "dir:", "sif:"};

// The option that was meant by an image without a scheme, or under one that is not ours.
std::string MeantBy(absl::string_view text) {
  for (const absl::string_view form : kOtherForms) {
    if (!absl::StartsWith(text, form)) continue;
    return absl::StrCat(form, " is not read; skopeo copy ", text, " oci-archive:FILE makes an archive that is");
  }
  const std::string option = OptionFor(KindOfPath(std::string(text)), text);
  if (!option.empty()) return option;
  absl::string_view name = text;
  for (const absl::string_view scheme : {"docker:", "https://", "http://", "//"}) absl::ConsumePrefix(&name, scheme);
  absl::ConsumePrefix(&name, "//");
  const bool image = absl::StrContains(name, '/') && oci::image::Reference::Parse(name).ok();
  return image ? absl::StrCat("did you mean docker://", name, "?") : "";
}

absl::Status UnknownForm(absl::string_view text) {
  const std::string meant = MeantBy(text);
  return oci::InvalidInputError(absl::StrCat(
      "image ", text, ": expected oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker://HOST/REPO[:TAG|@DIGEST]",
      meant.empty() ? "" : "; ", meant));
}

}  // namespace

absl::StatusOr<OpenedResult> OpenImage(const oci::Context& context, absl::string_view text,
                                       const std::string& scratch_directory,
                                       const std::vector<oci::Platform>& platforms) {
  absl::string_view rest = text;
  const bool directory = absl::ConsumePrefix(&rest, "oci:");
  if (!directory && !absl::ConsumePrefix(&rest, "oci-archive:")) return UnknownForm(text);
  const Place place = Split(rest);
  absl::StatusOr<std::unique_ptr<oci::layout::LayoutReader>> layout =
      directory ? OpenLayout(context, place.path) : OpenArchive(context, place.path);
  absl::StatusOr<OpenedResult> opened =
      layout.ok() ? Import(context, *std::move(layout), place.reference, scratch_directory, platforms)
                  : layout.status();
  if (!opened.ok()) return oci::Annotate(opened.status(), absl::StrCat("image ", text));
  return opened;
}

}  // namespace waybill::exporter::input::image
