// SPDX-License-Identifier: Apache-2.0
// An image that is read from a place, changed, and written back there or elsewhere.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_IMAGE_PLACE_H_
#define WAYBILL_TOOLS_CLI_CHANGING_IMAGE_PLACE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/copy/tagged_images.h"
#include "oci/descriptor.h"
#include "oci/places/image_name.h"
#include "oci/places/open_image.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/environment_client.h"
#include "oci/registry/push/push_request.h"

namespace waybill::cli::changing {

// Where a changed image goes.
struct Destination {
  oci::places::ImageName name;
  std::vector<std::string> tags;
  bool in_place = false;
};

// What is written.
struct Changes {
  oci::Descriptor root;                                              // the old one, or a new one
  std::vector<oci::Descriptor> referrers;                            // new manifests, each with a subject
  oci::content::Fetcher& content;                                    // has all of it
  std::vector<oci::registry::push::SharedTagEdit> shared_tags = {};  // of a registry
};

struct WriteOptions {
  std::optional<oci::registry::config::Fallback> fallback;
  // Repositories of the destination's host that have blobs, besides the image's own.
  std::vector<std::string> mount_from = {};
};

struct ListedImage;

class ImagePlace {
 public:
  // Resolves the name. Errors: those of the name and of its place.
  static absl::StatusOr<std::unique_ptr<ImagePlace>> Open(const oci::Context& context, const std::string& image,
                                                          const std::string& config_file);

  // Every image of `place`, a repository or a layout in a directory, under all of its tags; tags that stand for
  // referrers, and entries of a layout without a name, are left out. Connections are shared. Errors: INVALID_ARGUMENT
  // for the name of one image, and for more than `limit` tags; UNIMPLEMENTED for archives; those of the place.
  static absl::StatusOr<std::vector<ListedImage>> OpenAll(const oci::Context& context, const std::string& place,
                                                          const std::string& config_file, size_t limit);

  const oci::places::ImageName& name() const { return name_; }
  oci::places::OpenedImage& opened() { return *opened_; }
  // Without the names that a layout gives it.
  const oci::Descriptor& root() const { return *root_; }
  // By which statements name it, as the names of an export: empty for a file that does not tell any.
  const std::vector<std::string>& image_names() const { return image_names_; }

  // `output` as the user names it; "" is the image's own place with its own names. A root that stays as it is needs no
  // names in a registry. Errors: INVALID_ARGUMENT for an image that has no name that could stand for another root: a
  // digest, an entry without a name in a layout's index; UNIMPLEMENTED for an archive of docker save, and for an
  // archive with other images beside this one.
  absl::StatusOr<Destination> FindDestination(const oci::Context& context, const std::string& output,
                                              bool root_changes) const;

  // Writes everything, the names of the root last. Errors: kConflict when an image that is changed in its place is no
  // longer what was read; those of the publisher. The names stay as they were then.
  absl::StatusOr<oci::registry::push::PushReport> Write(const oci::Context& context, const Changes& changes,
                                                        const Destination& destination, const WriteOptions& options);

 private:
  explicit ImagePlace(oci::places::ImageName name, std::string config_file)
      : name_(std::move(name)), config_file_(std::move(config_file)) {}

  static absl::StatusOr<std::vector<ListedImage>> ListRegistry(const oci::Context& context, const ImagePlace& all,
                                                               size_t limit);
  static absl::StatusOr<std::vector<ListedImage>> ListLayout(const oci::Context& context, const ImagePlace& all,
                                                             size_t limit);
  // One of the images of a place that was opened.
  std::unique_ptr<ImagePlace> Image(oci::Descriptor root, std::vector<std::string> names) const;

  absl::StatusOr<oci::registry::Client*> Client();
  absl::StatusOr<std::unique_ptr<oci::places::OpenedImage>> OpenAgain(const oci::Context& context);
  absl::Status CheckUnmoved(const oci::Context& context);
  absl::StatusOr<std::vector<std::string>> NamesInLayout(const oci::Context& context) const;

  const oci::places::ImageName name_;
  const std::string config_file_;
  // Shared by the images of one place.
  std::shared_ptr<oci::registry::EnvironmentClient> client_;  // none for files
  std::shared_ptr<oci::places::OpenedImage> opened_;
  std::optional<oci::Descriptor> root_;
  std::vector<std::string> names_;  // by which the place finds the image
  std::vector<std::string> image_names_;
};

// An image of a place, or why it cannot be opened.
struct ListedImage {
  std::vector<std::string> names;  // tags, or a layout's names
  absl::StatusOr<std::unique_ptr<ImagePlace>> place;
};

// Whether the blobs of attestations are looked at, or their annotations tell what they are.
enum class Look { kAtAnnotations, kIntoStatements };

// The image with all that it lists and all that refers to these, in ten minutes at most. Errors: those of
// attest::reader::ReadImage.
absl::StatusOr<attest::reader::ImageTree> ReadTree(const oci::Context& context, ImagePlace& place,
                                                   Look look = Look::kAtAnnotations);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_IMAGE_PLACE_H_
