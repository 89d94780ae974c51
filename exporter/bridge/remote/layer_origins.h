// SPDX-License-Identifier: Apache-2.0
// Where a build daemon has its base layers from, so that a push can mount them. Its content store has containerd's
// label "containerd.io/distribution.source.<host>" on the manifests that it pulled.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_LAYER_ORIGINS_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_LAYER_ORIGINS_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "oci/clock.h"
#include "oci/context.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::remote {

// The layers of images pulled from `hosts` (no ports), and the repositories that have them, with their hosts
// ("ghcr.io/org/base"). They are hints: of a daemon that does not tell, and beyond its first 256 documents, there are
// none. Takes 10 s at most.
std::map<oci::Digest, std::vector<std::string>> LayerOrigins(const oci::Context& context,
                                                             const std::shared_ptr<grpc::ChannelInterface>& daemon,
                                                             const std::set<std::string>& hosts, oci::Clock& clock);

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_LAYER_ORIGINS_H_
