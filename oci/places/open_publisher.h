// SPDX-License-Identifier: Apache-2.0
// A place that a user names, opened to put images there.
#ifndef WAYBILL_OCI_PLACES_OPEN_PUBLISHER_H_
#define WAYBILL_OCI_PLACES_OPEN_PUBLISHER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/places/image_name.h"
#include "oci/places/open_image.h"
#include "oci/places/publisher.h"
#include "oci/registry/config/fallback.h"

namespace waybill::oci::places {

// For registries alone; see push_request.h.
struct PublishOptions {
  std::optional<registry::config::Fallback> fallback;  // unset: as the host's configuration has it, else kAuto
  std::vector<std::string> mount_from;
  std::map<Digest, std::vector<std::string>> origins;
};

// The tags that a destination's name has: its tag; "latest" for a repository without tag and digest; none for a layout
// without one, and for a digest alone.
std::vector<std::string> TagsOf(const ImageName& destination);

// The repositories that the destination's registry can mount blobs of `source` from: that of the source, where both are
// on one host.
std::vector<std::string> MountsFrom(const ImageName& source, const ImageName& destination);

// Opens `destination`, a name from ParseDestinationName, whose tag counts only when it is in a publication's `tags`.
//
// A registry: requests as registry::push::Push makes them, referrers by the API or by fallback tags. A name with a
// digest takes the image with that digest alone: INVALID_ARGUMENT for others.
// A layout in a directory, made when it is missing: what is there stays, entries of the same names are replaced. A
// referrer is an entry with the annotation io.containerd.manifest.subject; a plain tag is a reference name, and an
// image name is both annotations; without a tag the root is "latest".
// An archive, in oci-archive: form: written in Finish, and it replaces the file.
//
// `client` is asked for registries alone, and must outlive the publisher. Errors: those of the place, naming it;
// UNIMPLEMENTED for docker-archive:.
absl::StatusOr<std::unique_ptr<Publisher>> OpenPublisher(const Context& context, const ImageName& destination,
                                                         const PublishOptions& options, const ClientOf& client);

}  // namespace waybill::oci::places

#endif  // WAYBILL_OCI_PLACES_OPEN_PUBLISHER_H_
