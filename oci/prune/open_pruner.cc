// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/prune/layout_pruner.h"
#include "oci/prune/pruner.h"
#include "oci/prune/registry_pruner.h"
#include "oci/registry/client.h"
#include "oci/status_macros.h"

namespace waybill::oci::prune {

absl::StatusOr<std::unique_ptr<Pruner>> OpenPruner(const places::ImageName& place, const PruneOptions& options,
                                                   const places::ClientOf& client) {
  if (places::NamesOneImage(place)) {
    return InvalidInputError(absl::StrCat(place.text, " names one image; a repository or a layout has no tag"));
  }
  switch (place.kind) {
    case places::ImageName::Kind::kRegistry: {
      ABSL_ASSIGN_OR_RETURN(registry::Client* const registries, client());
      ABSL_ASSIGN_OR_RETURN(registry::Host* const host,
                            registries->HostFor(place.reference->domain(), /*insecure=*/false));
      return std::make_unique<RegistryPruner>(*host, place.reference->path(), options);
    }
    case places::ImageName::Kind::kDirectory:
      return std::make_unique<LayoutPruner>(place.path, options);
    case places::ImageName::Kind::kArchive:
    case places::ImageName::Kind::kDockerArchive:
      break;
  }
  return UnsupportedError(
      absl::StrCat(place.text, ": nothing is removed from archives; copy the image into a new one"));
}

}  // namespace waybill::oci::prune
