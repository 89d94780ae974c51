// SPDX-License-Identifier: Apache-2.0
// An image's place, opened: what is needed to read the image and what refers to it.
#ifndef WAYBILL_OCI_PLACES_OPEN_IMAGE_H_
#define WAYBILL_OCI_PLACES_OPEN_IMAGE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/places/image_name.h"
#include "oci/registry/client.h"

namespace waybill::oci::places {

// The roles are thread-safe.
class OpenedImage {
 public:
  virtual ~OpenedImage() = default;
  content::Fetcher& content() { return roles().content; }
  content::Resolver& names() { return roles().names; }
  content::ReferrerLister& referrers() { return roles().referrers; }
  content::TagLister& tags() { return roles().tags; }

  // What `names` makes the image of.
  const std::string& name() const { return name_; }

 protected:
  struct Roles {
    content::Fetcher& content;
    content::Resolver& names;
    content::ReferrerLister& referrers;
    content::TagLister& tags;
  };
  explicit OpenedImage(std::string name) : name_(std::move(name)) {}

 private:
  virtual Roles roles() = 0;

  const std::string name_;
};

// Gives the client for registries; called for images in registries alone, so that others need no network and no
// configuration. The client must outlive the image.
using ClientOf = std::function<absl::StatusOr<registry::Client*>()>;

// Reads an archive's headers, and nothing from a registry. An image in a registry is read from there and not from its
// mirrors, because a mirror may lack referrers, or serve an older tag. Sources of blobs do not check that the blob is
// there before they are opened. Errors: those of the layout's files; UNIMPLEMENTED for a docker archive without an
// index; the client's; each names the image.
absl::StatusOr<std::unique_ptr<OpenedImage>> OpenImage(const Context& context, const ImageName& name,
                                                       const ClientOf& client);

// An image that a registry is known to have: `name` is a tag or a digest. Reads nothing. The host must outlive the
// image.
std::unique_ptr<OpenedImage> OpenRegistryImage(registry::Host& host, const std::string& repository, std::string name);

}  // namespace waybill::oci::places

#endif  // WAYBILL_OCI_PLACES_OPEN_IMAGE_H_
