// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image_file.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "exporter/input/image.h"
#include "exporter/request/metadata.h"
#include "oci/content/content.h"
#include "oci/content/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/layout/layout.h"
#include "oci/layout/reader.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {
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
  ImageBlobs(std::unique_ptr<oci::layout::LayoutReader> layout, std::unique_ptr<oci::content::TemporaryStore> made)
      : layout_(std::move(layout)), made_(std::move(made)), both_({&made_->store(), layout_.get()}) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override {
    return both_.Fetch(context, descriptor);
  }
  oci::layout::LayoutReader& layout() { return *layout_; }
  oci::content::Store& store() { return made_->store(); }

 private:
  const std::unique_ptr<oci::layout::LayoutReader> layout_;
  const std::unique_ptr<oci::content::TemporaryStore> made_;
  oci::content::UnionFetcher both_;
};

absl::StatusOr<Bundle> Import(const oci::Context& context, std::unique_ptr<oci::layout::LayoutReader> layout,
                              const std::string& reference, const std::string& scratch) {
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor root, oci::layout::FindImage(layout->index(), reference));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::content::TemporaryStore> made,
                        oci::content::TemporaryStore::Create(scratch));
  auto blobs = std::make_unique<ImageBlobs>(std::move(layout), std::move(made));
  const ImageParts parts{
      .content = blobs->layout(),
      .store = blobs->store(),
      .scratch_directory = scratch,
      .referrers = [&index = blobs->layout().index()](const oci::Digest& subject) {
        return absl::StatusOr<std::vector<oci::Descriptor>>(oci::layout::FindReferrers(index, subject));
      }};
  ABSL_ASSIGN_OR_RETURN(request::BuildResult result, ImportImage(context, root, parts));
  const auto name = root.annotations.find(std::string(oci::layout::kImageName));
  if (name != root.annotations.end()) result.metadata[std::string(request::kImageNameKey)] = name->second;
  return Bundle{.result = std::move(result), .blobs = std::move(blobs)};
}

}  // namespace

absl::StatusOr<Bundle> OpenImage(const oci::Context& context, absl::string_view text,
                                 const std::string& scratch_directory) {
  absl::string_view rest = text;
  const bool directory = absl::ConsumePrefix(&rest, "oci:");
  if (!directory && !absl::ConsumePrefix(&rest, "oci-archive:")) {
    return oci::InvalidInputError(absl::StrCat(
        "image ", text, ": expected oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker://HOST/REPO[:TAG|@DIGEST]"));
  }
  const Place place = Split(rest);
  absl::StatusOr<std::unique_ptr<oci::layout::LayoutReader>> layout =
      directory ? oci::layout::OpenDirectory(context, place.path) : oci::layout::OpenArchive(context, place.path);
  absl::StatusOr<Bundle> bundle =
      layout.ok() ? Import(context, *std::move(layout), place.reference, scratch_directory) : layout.status();
  if (!bundle.ok()) return oci::Annotate(bundle.status(), absl::StrCat("image ", text));
  return bundle;
}

}  // namespace waybill::exporter::input
