// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/image_place.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "attest/reader/reader.h"
#include "oci/error.h"
#include "oci/layout/layout.h"
#include "oci/layout/reader.h"
#include "oci/places/open_publisher.h"
#include "oci/places/publisher.h"
#include "oci/status_macros.h"
#include "tools/cli/changing/entry_names.h"

namespace waybill::cli::changing {
namespace {

namespace layout = oci::layout;
namespace places = oci::places;
using oci::registry::EnvironmentClient;
using oci::registry::push::PushReport;
using places::ImageName;

// For reading an image with all that refers to it.
constexpr absl::Duration kMostTime = absl::Minutes(10);

}  // namespace

absl::StatusOr<std::unique_ptr<ImagePlace>> ImagePlace::Open(const oci::Context& context, const std::string& image,
                                                             const std::string& config_file) {
  ABSL_ASSIGN_OR_RETURN(ImageName name, places::ParseImageName(image));
  auto place = absl::WrapUnique(new ImagePlace(std::move(name), config_file));
  ABSL_ASSIGN_OR_RETURN(place->opened_, place->OpenAgain(context));
  absl::StatusOr<oci::Descriptor> root = place->opened_->names().Resolve(context, place->opened_->name());
  if (!root.ok()) return oci::Annotate(root.status(), absl::StrCat("image ", image));
  place->names_ = {place->opened_->name()};
  if (place->name_.reference.has_value()) {
    place->image_names_ = {place->name_.reference->ToString()};
  } else if (const std::string named = AnnotationOf(*root, layout::kImageName); !named.empty()) {
    place->image_names_ = {named};
  }
  for (const absl::string_view key : {layout::kImageName, layout::kRefName}) root->annotations.erase(std::string(key));
  place->root_ = *std::move(root);
  return place;
}

absl::StatusOr<oci::registry::Client*> ImagePlace::Client() {
  if (client_ == nullptr) {
    EnvironmentClient::Options environment = EnvironmentClient::FromProcess();
    environment.config_file = config_file_;
    ABSL_ASSIGN_OR_RETURN(client_, EnvironmentClient::Create(environment));
  }
  return &client_->client();
}

absl::StatusOr<std::unique_ptr<places::OpenedImage>> ImagePlace::OpenAgain(const oci::Context& context) {
  return places::OpenImage(context, name_, [this] { return Client(); });
}

absl::StatusOr<std::vector<std::string>> ImagePlace::NamesInLayout(const oci::Context& context) const {
  const bool is_archive = name_.kind == ImageName::Kind::kArchive;
  ABSL_ASSIGN_OR_RETURN(
      const std::unique_ptr<layout::LayoutReader> reader,
      is_archive ? layout::OpenArchive(context, name_.path) : layout::OpenDirectory(context, name_.path));
  std::vector<std::string> names;
  size_t found = 0;
  for (const oci::Descriptor& entry : reader->index().manifests) {
    const bool is_named = name_.tag.empty() ? IsImage(entry)
                                            : name_.tag == AnnotationOf(entry, layout::kImageName) ||
                                                  name_.tag == AnnotationOf(entry, layout::kRefName);
    if (entry.digest != root_->digest || !is_named) continue;
    ++found;
    ABSL_ASSIGN_OR_RETURN(std::string name, NameOf(entry, is_archive));
    if (!name.empty()) names.push_back(std::move(name));
  }
  if (found == 0) return UseOutput("the image is named by its digest, which cannot change");
  if (!is_archive && names.size() < found) return UseOutput("the layout has no name for the image");
  if (is_archive && found < reader->index().manifests.size()) {
    return oci::UnsupportedError(
        "the archive has other images or referrers, which would be lost; --output writes the "
        "image elsewhere");
  }
  return names;
}

absl::StatusOr<Destination> ImagePlace::FindDestination(const oci::Context& context, const std::string& output,
                                                        bool root_changes) const {
  if (!output.empty()) {
    ABSL_ASSIGN_OR_RETURN(ImageName name, places::ParseDestinationName(output));
    std::vector<std::string> tags = places::TagsOf(name);
    return Destination{.name = std::move(name), .tags = std::move(tags)};
  }
  Destination destination{.name = name_, .tags = {}, .in_place = true};
  if (name_.kind == ImageName::Kind::kDockerArchive) {
    return oci::UnsupportedError("docker-archive: is not written; --output writes the image elsewhere");
  }
  if (name_.kind != ImageName::Kind::kRegistry) {
    ABSL_ASSIGN_OR_RETURN(destination.tags, NamesInLayout(context));
    return destination;
  }
  const oci::image::Reference& reference = *name_.reference;
  ABSL_ASSIGN_OR_RETURN(destination.name, places::ParseDestinationName(
                                              absl::StrCat("docker://", reference.domain(), "/", reference.path())));
  if (!root_changes) return destination;
  if (reference.digest().has_value()) return UseOutput("the image is named by its digest, which cannot change");
  destination.tags = names_;
  return destination;
}

absl::Status ImagePlace::CheckUnmoved(const oci::Context& context) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<places::OpenedImage> again, OpenAgain(context));
  for (const std::string& name : names_) {
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor now, again->names().Resolve(context, name));
    if (now.digest == root_->digest) continue;
    return oci::MakeError(
        oci::Reason::kConflict,
        absl::StrCat("image ", name_.text, names_.size() == 1 ? "" : absl::StrCat(", ", name), ": it was ",
                     root_->digest.ToString(), " and is ", now.digest.ToString(), " now; nothing was changed"));
  }
  return absl::OkStatus();
}

absl::StatusOr<PushReport> ImagePlace::Write(const oci::Context& context, const Changes& changes,
                                             const Destination& destination, const WriteOptions& options) {
  places::PublishOptions publish{.fallback = options.fallback,
                                 .mount_from = places::MountsFrom(name_, destination.name)};
  publish.mount_from.insert(publish.mount_from.end(), options.mount_from.begin(), options.mount_from.end());
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<places::Publisher> publisher,
                        places::OpenPublisher(context, destination.name, publish, [this] { return Client(); }));
  // As late as can be: registries do not honour a condition on the PUT of a tag.
  if (destination.in_place) ABSL_RETURN_IF_ERROR(CheckUnmoved(context));
  ABSL_ASSIGN_OR_RETURN(PushReport report, publisher->Publish(context, {.root = changes.root,
                                                                        .tags = destination.tags,
                                                                        .referrers = changes.referrers,
                                                                        .companions = {},
                                                                        .shared_tags = changes.shared_tags,
                                                                        .content = changes.content}));
  ABSL_RETURN_IF_ERROR(publisher->Finish(context));
  return report;
}

absl::StatusOr<attest::reader::ImageTree> ReadTree(const oci::Context& context, ImagePlace& place, Look look) {
  places::OpenedImage& opened = place.opened();
  return attest::reader::ReadImage(
      context.WithTimeout(kMostTime),
      {.content = opened.content(), .names = opened.names(), .referrers = opened.referrers()},
      place.root().digest.ToString(), {.look = look == Look::kIntoStatements});
}

}  // namespace waybill::cli::changing
