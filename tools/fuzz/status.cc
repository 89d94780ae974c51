// SPDX-License-Identifier: Apache-2.0
// The google.rpc.ErrorInfo of a peer's error: what is understood of it can be sent again, and is understood the same.
#include "exporter/rpc/status.h"

#include <string>

#include "grpcpp/support/status.h"
#include "oci/error.h"
#include "proto/google/rpc/status.pb.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
namespace rpc = waybill::exporter::rpc;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::rpc::Status details;
  google::protobuf::Any& any = *details.add_details();
  any.set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any.set_value(std::string(waybill::fuzz::View(data, size)));
  const absl::Status received =
      rpc::FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "from a peer", details.SerializeAsString()));
  const std::optional<oci::Reason> reason = oci::ReasonOf(received);
  Require(reason.has_value(), "every error has a reason");
  const absl::Status annotated = oci::Annotate(received, "attempted");
  Require(oci::ReasonOf(annotated) == reason, "annotations keep the reason");
  Require(oci::MetadataOf(annotated) == oci::MetadataOf(received), "annotations keep the metadata");
  if (size > rpc::kMaxDetailBytes / 2) return 0;  // may be too much for trailers
  const absl::Status again = rpc::FromGrpc(rpc::ToGrpc(received));
  Require(oci::ReasonOf(again) == reason, "a reason survives being sent");
  Require(oci::MetadataOf(again) == oci::MetadataOf(received), "metadata survives being sent");
  return 0;
}
