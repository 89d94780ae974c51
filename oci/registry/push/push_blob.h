// SPDX-License-Identifier: Apache-2.0
// One blob of a push: looked for, mounted or sent.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_PUSH_BLOB_H_
#define WAYBILL_OCI_REGISTRY_PUSH_PUSH_BLOB_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/registry/push/delivered_blobs.h"
#include "oci/registry/transfer/blobs.h"

namespace waybill::oci::registry::push {

struct BlobDelivery {
  Host& host;
  const std::string& repository;
  transfer::Blobs& blobs;
  Traffic& traffic;
  content::Fetcher& content;
  const std::vector<std::string>& mount_from;
  const std::map<Digest, std::vector<std::string>>& origins;  // before mount_from
  DeliveredBlobs* delivered = nullptr;                        // see PushRequest
};

// Afterwards the repository has the blob. Small ones are sent without asking (as cheap as the question), unless
// `check`, for what the registry has lost and gets again; without that, a delivery of the same blob that is under way
// on this host, or that an earlier push made (BlobDelivery::delivered), counts. Reports each step.
absl::Status DeliverBlob(const Context& context, const BlobDelivery& delivery, const Descriptor& blob, bool check);

// The repository of this host to mount the blob from, or "": one that its annotation
// "containerd.io/distribution.source.<host>" names, else one of `mount_from`; the one that shares most of its path.
std::string MountSource(const Descriptor& blob, const std::string& domain, const std::string& repository,
                        const std::vector<std::string>& mount_from);

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_BLOB_H_
