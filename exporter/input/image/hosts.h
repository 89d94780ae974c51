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
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/image/reference.h"
#include "oci/registry/client.h"
#include "oci/registry/host.h"
#include "oci/registry/transfer/repository.h"

namespace waybill::exporter::input::image {

// The image's repository on each host that may have it: the mirrors of its own host in their order, then that host. A
// mirror that lacks something is passed over with a warning, the first time that it does; one that fails otherwise (no
// answer, a web page, wrong bytes, a rate limit) is not asked again. Thread-safe but for Resolve. The client must
// outlive it, and it the sources that it gives.
class ImageHosts final : public oci::content::Fetcher, public oci::content::ReferrerLister {
 public:
  // Blobs of mirrors are checked in `scratch_directory`. Errors: those of the hosts' configuration.
  static absl::StatusOr<std::unique_ptr<ImageHosts>> For(oci::registry::Client& client,
                                                         const oci::image::Reference& image,
                                                         const std::string& scratch_directory);

  // The image's root, from the first that has it; those before that one are not asked again. Errors: the last one's.
  absl::StatusOr<oci::Descriptor> Resolve(const oci::Context& context, const oci::image::Reference& image);
  // A blob or manifest, from the first that has it. Errors: the last one's.
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

  // From the first that answers. Errors: the last one's.
  absl::StatusOr<oci::content::ReferrerList> ListReferrers(const oci::Context& context, const oci::Digest& subject,
                                                           size_t limit) override;

 private:
  struct Place {
    Place(oci::registry::Host& at, std::string repository_name)
        : host(at), name(std::move(repository_name)), repository(at, name) {}
    oci::registry::Host& host;
    const std::string name;
    oci::registry::transfer::Repository repository;
    std::atomic<bool> failed{false};  // a warning said so
    std::atomic<bool> out{false};     // not asked any more
  };

  // Runs `ask` for the place at `from` and those behind it until one answers; its index.
  absl::StatusOr<size_t> Ask(const oci::Context& context, size_t from, const std::function<absl::Status(Place&)>& ask);
  // A mirror has failed with `why`.
  static void PassOver(const oci::Context& context, Place& place, const absl::Status& why);
  absl::StatusOr<std::unique_ptr<oci::io::Source>> FetchFrom(const oci::Context& context, size_t from,
                                                             const oci::Descriptor& descriptor);

  std::vector<std::unique_ptr<Place>> places_;
  std::string scratch_;
  size_t first_ = 0;
};

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_HOSTS_H_
