// SPDX-License-Identifier: Apache-2.0
// Calls of a generic service, whose messages are raw bytes, that this process answers itself.
#ifndef WAYBILL_EXPORTER_RPC_RAW_CALL_H_
#define WAYBILL_EXPORTER_RPC_RAW_CALL_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <utility>

#include "exporter/rpc/server_call.h"

namespace waybill::exporter::rpc {

using RawRefusal = RefusedCall<grpc::ServerGenericBidiReactor>;

// One request and its answer, now or later. Owns itself; gone at some time after it was answered.
class RawUnaryCall final : public ServerCall<grpc::ServerGenericBidiReactor> {
 public:
  // Gets the request on a gRPC thread, must not block, and sees to it that Answer or Fail is called once.
  using Handler = std::function<void(RawUnaryCall& call, const grpc::ByteBuffer& request)>;
  RawUnaryCall(const grpc::CallbackServerContext& call, Handler handler)
      : ServerCall(call), handler_(std::move(handler)) {
    StartRead(&message_);
  }

  void Answer(grpc::ByteBuffer response) {
    message_ = std::move(response);
    StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void Fail(const grpc::Status& status) { Finish(status); }

  void OnReadDone(bool ok) override {
    if (!ok) return End(absl::InvalidArgumentError("a request is missing"));
    handler_(*this, message_);
  }

 private:
  const Handler handler_;
  grpc::ByteBuffer message_;
};

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_RAW_CALL_H_
