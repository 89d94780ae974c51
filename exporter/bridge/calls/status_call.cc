// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/calls/status_call.h"

#include "exporter/rpc/message.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::calls {

StatusCall::~StatusCall() {
  if (build_ != nullptr) build_->board().Detach(*call_);
}

grpc::Status StatusCall::Request(relay::RelayCall&, grpc::ByteBuffer& message) {
  moby::buildkit::v1::StatusRequest request;
  if (rpc::Decode(message, request)) ref_ = request.ref();
  return grpc::Status::OK;
}

bool StatusCall::Response(relay::RelayCall& call, grpc::ByteBuffer& message) {
  // The client asks for the status and for the build at once: the build may come later.
  if (build_ == nullptr) {
    build_ = builds_.OfRef(ref_);
    if (build_ == nullptr) return true;
    call_ = &call;
    build_->board().Attach(call);
  }
  moby::buildkit::v1::StatusResponse status;
  if (rpc::Decode(message, status) && build_->Observe(status)) message = rpc::Encode(status);
  return true;
}

bool StatusCall::End(relay::RelayCall& call, grpc::Status& status) {
  // Held, the call ends on another thread, and this object with it.
  const std::shared_ptr<builds::Build> build = build_;
  return build == nullptr || !status.ok() || !build->board().Hold(call, status);
}

}  // namespace waybill::exporter::bridge::calls
