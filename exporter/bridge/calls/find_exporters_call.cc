// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/calls/find_exporters_call.h"

#include "absl/strings/str_cat.h"
#include "exporter/request/metadata.h"
#include "exporter/rpc/message.h"
#include "proto/moby/exporter.pb.h"

namespace waybill::exporter::bridge::calls {

grpc::Status FindExportersCall::Request(relay::RelayCall&, grpc::ByteBuffer& message) {
  moby::exporter::v1::FindExportersRequest built;
  if (!rpc::Decode(message, built)) return {grpc::StatusCode::INVALID_ARGUMENT, "not a FindExporters request"};
  build_->reports().SetMetadata(request::Metadata(built.metadata().begin(), built.metadata().end()));
  return grpc::Status::OK;
}

bool FindExportersCall::Response(relay::RelayCall&, grpc::ByteBuffer& message) {
  moby::exporter::v1::FindExportersResponse found;
  if (!rpc::Decode(message, found)) return true;
  for (const auto& exporter : found.exporters()) {
    if (exporter.type() != "image" && exporter.type() != "oci" && exporter.type() != "docker") continue;
    refusal_ = {grpc::StatusCode::UNKNOWN,
                absl::StrCat("the client adds an exporter of type ", exporter.type(),
                             " to its build: through the bridge it has to be part of the request")};
  }
  return !refusal_.has_value();
}

bool FindExportersCall::End(relay::RelayCall&, grpc::Status& status) {
  if (refusal_.has_value()) status = *refusal_;
  return true;
}

}  // namespace waybill::exporter::bridge::calls
