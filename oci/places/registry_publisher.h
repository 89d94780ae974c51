// SPDX-License-Identifier: Apache-2.0
// One repository as a place where images are put.
#ifndef WAYBILL_OCI_PLACES_REGISTRY_PUBLISHER_H_
#define WAYBILL_OCI_PLACES_REGISTRY_PUBLISHER_H_

#include "oci/image/reference.h"
#include "oci/places/open_publisher.h"
#include "oci/places/publisher.h"
#include "oci/registry/host.h"

namespace waybill::oci::places {

// The host must outlive it. See OpenPublisher.
class RegistryPublisher final : public Publisher {
 public:
  RegistryPublisher(registry::Host& host, const image::Reference& name, const PublishOptions& options)
      : host_(host), name_(name), options_(options) {}
  absl::StatusOr<registry::push::PushReport> Publish(const Context& context, const Publication& publication) override;
  absl::Status Finish(const Context&) override { return absl::OkStatus(); }

 private:
  // What the pushes of one publication share.
  struct Pushes {
    registry::Traffic traffic;
    registry::push::DeliveredBlobs delivered;
  };
  registry::push::PushRequest NewRequest(const Publication& publication, Pushes& pushes) const;
  absl::Status PushCompanions(const Context& context, const Publication& publication, Pushes& pushes) const;

  registry::Host& host_;
  const image::Reference name_;
  const PublishOptions options_;
};

}  // namespace waybill::oci::places

#endif  // WAYBILL_OCI_PLACES_REGISTRY_PUBLISHER_H_
