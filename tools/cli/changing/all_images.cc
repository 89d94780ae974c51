// SPDX-License-Identifier: Apache-2.0
// ImagePlace::OpenAll.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/layout/layout.h"
#include "oci/layout/reader.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/entry_names.h"
#include "tools/cli/changing/image_place.h"

namespace waybill::cli::changing {
namespace {

namespace layout = oci::layout;
namespace places = oci::places;
using places::ImageName;

// The entries of one image.
struct Entries {
  oci::Descriptor root;
  std::vector<std::string> names;
  absl::Status unkept;  // why one of the names could not be written again
};

void Add(std::vector<Entries>& images, const oci::Descriptor& entry) {
  auto image = std::find_if(images.begin(), images.end(),
                            [&](const Entries& other) { return other.root.digest == entry.digest; });
  if (image == images.end()) image = images.insert(images.end(), {.root = entry, .names = {}, .unkept = {}});
  absl::StatusOr<std::string> name = NameOf(entry, /*is_archive=*/false);
  if (!name.ok()) {
    image->unkept = name.status();
    image->names.push_back(AnnotationOf(entry, layout::kRefName));
  } else if (!name->empty()) {
    image->names.push_back(*std::move(name));
  }
}

}  // namespace

std::unique_ptr<ImagePlace> ImagePlace::Image(oci::Descriptor root, std::vector<std::string> names) const {
  auto image = absl::WrapUnique(new ImagePlace(name_, config_file_));
  image->client_ = client_;
  image->opened_ = opened_;
  for (const absl::string_view key : {layout::kImageName, layout::kRefName}) root.annotations.erase(std::string(key));
  image->root_ = std::move(root);
  for (const std::string& name : names) {
    if (name_.reference.has_value()) {
      image->image_names_.push_back(absl::StrCat(name_.reference->domain(), "/", name_.reference->path(), ":", name));
    } else if (name.find('/') != std::string::npos) {
      image->image_names_.push_back(name);
    }
  }
  image->names_ = std::move(names);
  return image;
}

absl::StatusOr<std::vector<ListedImage>> ImagePlace::ListRegistry(const oci::Context& context, const ImagePlace& all,
                                                                  size_t limit) {
  ABSL_ASSIGN_OR_RETURN(oci::copy::TaggedImages found, oci::copy::FindImages(context, *all.opened_, limit));
  std::vector<ListedImage> listed;
  for (oci::copy::TaggedImage& image : found.images) {
    listed.push_back({.names = image.tags, .place = all.Image(std::move(image.root), image.tags)});
  }
  for (oci::copy::LostTag& lost : found.lost) listed.push_back({.names = {lost.tag}, .place = std::move(lost.status)});
  return listed;
}

absl::StatusOr<std::vector<ListedImage>> ImagePlace::ListLayout(const oci::Context& context, const ImagePlace& all,
                                                                size_t limit) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<layout::LayoutReader> reader,
                        layout::OpenDirectory(context, all.name_.path));
  if (reader->index().manifests.size() > limit) {
    return oci::InvalidInputError(absl::StrCat("there are more than ", limit, " entries in its index"));
  }
  std::vector<Entries> images;
  for (const oci::Descriptor& entry : reader->index().manifests) {
    if (IsImage(entry)) Add(images, entry);
  }
  std::vector<ListedImage> listed;
  for (Entries& image : images) {
    if (image.names.empty()) continue;
    if (image.unkept.ok()) {
      listed.push_back({.names = image.names, .place = all.Image(std::move(image.root), image.names)});
    } else {
      listed.push_back({.names = std::move(image.names), .place = std::move(image.unkept)});
    }
  }
  if (listed.empty()) return oci::NotFoundError("there is no image with a name");
  return listed;
}

absl::StatusOr<std::vector<ListedImage>> ImagePlace::OpenAll(const oci::Context& context, const std::string& place,
                                                             const std::string& config_file, size_t limit) {
  ABSL_ASSIGN_OR_RETURN(const ImageName written, places::ParseDestinationName(place));
  if (places::NamesOneImage(written)) {
    return oci::InvalidInputError(absl::StrCat(place, " names one image; a repository or a layout has no tag"));
  }
  const bool is_registry = written.kind == ImageName::Kind::kRegistry;
  if (!is_registry && written.kind != ImageName::Kind::kDirectory) {
    return oci::UnsupportedError(
        absl::StrCat(place, ": the images of an archive cannot be changed one by one; extract it into a directory"));
  }
  ABSL_ASSIGN_OR_RETURN(ImageName name, places::ParseImageName(place));
  const auto all = absl::WrapUnique(new ImagePlace(std::move(name), config_file));
  ABSL_ASSIGN_OR_RETURN(all->opened_, all->OpenAgain(context));
  absl::StatusOr<std::vector<ListedImage>> listed =
      is_registry ? ListRegistry(context, *all, limit) : ListLayout(context, *all, limit);
  return listed.ok() ? std::move(listed) : oci::Annotate(listed.status(), place);
}

}  // namespace waybill::cli::changing
