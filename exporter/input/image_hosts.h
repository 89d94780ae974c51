// SPDX-License-Identifier: Apache-2.0
// Where an image in a registry may be read from.
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_HOSTS_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_HOSTS_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/image/reference.h"
#include "oci/registry/client.h"
#include "oci/registry/host.h"
#include "oci/registry/transfer/repository.h"

namespace waybill::exporter::input {

// The image's repository on each host that may have it: the mirrors of its own host in their order, then that host. One
// that fails, for whatever reason, is passed over with a warning, the first time that it does. Thread-safe but for
// Resolve. The client must outlive it.
class ImageHosts final : public oci::content::Fetcher {
 public:
  // Errors: those of the hosts' configuration.
  static absl::StatusOr<std::unique_ptr<ImageHosts>> For(oci::registry::Client& client,
                                                         const oci::image::Reference& image);

  // The image's root, from the first that has it; those before that one are not asked again. Errors: the last one's.
  absl::StatusOr<oci::Descriptor> Resolve(const oci::Context& context, const oci::image::Reference& image);
  // A blob or manifest, from the first that has it. Errors: the last one's.
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

  // The one that has the image, once that is resolved.
  oci::registry::Host& host() { return places_[first_]->host; }
  const std::string& name() const { return places_[first_]->name; }

 private:
  struct Place {
    Place(oci::registry::Host& at, std::string repository_name)
        : host(at), name(std::move(repository_name)), repository(at, name) {}
    oci::registry::Host& host;
    const std::string name;
    oci::registry::transfer::Repository repository;
    std::atomic<bool> failed{false};
  };

  // Runs `ask` for the first place and those behind it until one answers; its index.
  absl::StatusOr<size_t> Ask(const oci::Context& context, const std::function<absl::Status(Place&)>& ask);

  std::vector<std::unique_ptr<Place>> places_;
  size_t first_ = 0;
};

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_HOSTS_H_
