// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image_hosts.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/progress.h"
#include "oci/registry/config/host_config.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {

absl::StatusOr<std::unique_ptr<ImageHosts>> ImageHosts::For(oci::registry::Client& client,
                                                            const oci::image::Reference& image) {
  auto hosts = std::make_unique<ImageHosts>();
  ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const own, client.HostFor(image.domain(), /*insecure=*/false));
  for (const std::string& mirror : own->config().mirrors) {
    const size_t slash = mirror.find('/');
    const std::string path = slash == std::string::npos ? "" : mirror.substr(slash + 1) + "/";
    ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host, client.HostFor(mirror.substr(0, slash), false));
    hosts->places_.push_back(std::make_unique<Place>(*host, absl::StrCat(path, image.path())));
  }
  hosts->places_.push_back(std::make_unique<Place>(*own, image.path()));
  return hosts;
}

absl::StatusOr<size_t> ImageHosts::Ask(const oci::Context& context, const std::function<absl::Status(Place&)>& ask) {
  for (size_t i = first_;; ++i) {
    Place& place = *places_[i];
    const absl::Status status = ask(place);
    if (status.ok()) return i;
    ABSL_RETURN_IF_ERROR(context.Check());
    if (i + 1 == places_.size()) return status;
    if (place.failed.exchange(true)) continue;
    context.Report({.state = oci::ProgressEvent::State::kWarning,
                    .detail = absl::StrCat("mirror ", place.host.domain(), "/", place.name,
                                           " is passed over: ", status.message())});
  }
}

absl::StatusOr<oci::Descriptor> ImageHosts::Resolve(const oci::Context& context, const oci::image::Reference& image) {
  const std::string reference = image.digest().has_value() ? image.digest()->ToString() : image.tag();
  std::optional<oci::Descriptor> root;
  ABSL_ASSIGN_OR_RETURN(first_, Ask(context, [&](Place& place) -> absl::Status {
                          ABSL_ASSIGN_OR_RETURN(root, place.repository.Resolve(context, reference));
                          return absl::OkStatus();
                        }));
  return *std::move(root);
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> ImageHosts::Fetch(const oci::Context& context,
                                                                   const oci::Descriptor& descriptor) {
  std::unique_ptr<oci::io::Source> source;
  const auto fetch = [&](Place& place) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(source, place.repository.Fetch(context, descriptor));
    return absl::OkStatus();
  };
  ABSL_RETURN_IF_ERROR(Ask(context, fetch).status());
  return source;
}

}  // namespace waybill::exporter::input
