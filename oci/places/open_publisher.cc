// SPDX-License-Identifier: Apache-2.0
#include "oci/places/open_publisher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/places/layout_publisher.h"
#include "oci/places/registry_publisher.h"
#include "oci/status_macros.h"

namespace waybill::oci::places {
namespace {

absl::StatusOr<std::unique_ptr<Publisher>> Open(const ImageName& destination, const PublishOptions& options,
                                                const ClientOf& client) {
  switch (destination.kind) {
    case ImageName::Kind::kRegistry: {
      const image::Reference& name = *destination.reference;
      ABSL_ASSIGN_OR_RETURN(registry::Client* const registries, client());
      ABSL_ASSIGN_OR_RETURN(registry::Host* const host, registries->HostFor(name.domain(), /*insecure=*/false));
      return std::make_unique<RegistryPublisher>(*host, name, options);
    }
    case ImageName::Kind::kDirectory:
      return OpenDirectoryPublisher(destination.path);
    case ImageName::Kind::kArchive:
      return OpenArchivePublisher(destination.path);
    case ImageName::Kind::kDockerArchive:
      break;
  }
  return UnsupportedError(
      "docker-archive: cannot be written; use oci-archive:, which docker load reads since Docker 25");
}

}  // namespace

std::vector<std::string> TagsOf(const ImageName& destination) {
  if (destination.kind != ImageName::Kind::kRegistry) {
    return destination.tag.empty() ? std::vector<std::string>() : std::vector<std::string>{destination.tag};
  }
  const image::Reference name = destination.reference->WithDefaultTag();
  return name.tag().empty() ? std::vector<std::string>() : std::vector<std::string>{name.tag()};
}

std::vector<std::string> MountsFrom(const ImageName& source, const ImageName& destination) {
  if (!source.reference.has_value() || !destination.reference.has_value()) return {};
  if (source.reference->domain() != destination.reference->domain()) return {};
  if (source.reference->path() == destination.reference->path()) return {};
  return {source.reference->path()};
}

absl::StatusOr<std::unique_ptr<Publisher>> OpenPublisher(const Context& context, const ImageName& destination,
                                                         const PublishOptions& options, const ClientOf& client) {
  ABSL_RETURN_IF_ERROR(context.Check());
  absl::StatusOr<std::unique_ptr<Publisher>> opened = Open(destination, options, client);
  return opened.ok() ? std::move(opened) : Annotate(opened.status(), absl::StrCat("destination ", destination.text));
}

}  // namespace waybill::oci::places
