// SPDX-License-Identifier: Apache-2.0
// The daemon's report of a build, for who has to know what a client may not ask for.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_STATUS_READER_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_STATUS_READER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "oci/context.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::remote {

// Reads the report of the build `ref` (Control.Status), which starts with the build's beginning whenever it is asked
// for, until `enough` says so, the build has ended, the daemon fails or `context` is over.
void ReadStatus(const oci::Context& context, const std::shared_ptr<grpc::ChannelInterface>& daemon,
                const std::string& ref, const std::function<bool(const moby::buildkit::v1::StatusResponse&)>& enough);

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_STATUS_READER_H_
