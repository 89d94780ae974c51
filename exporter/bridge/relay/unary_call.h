// SPDX-License-Identifier: Apache-2.0
// The server's side of a unary call that the bridge answers itself, now or later.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_UNARY_CALL_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_UNARY_CALL_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <stop_token>
#include <utility>

namespace waybill::exporter::bridge::relay {

// Owns itself; gone at some time after it was answered.
class UnaryCall : public grpc::ServerGenericBidiReactor {
 public:
  // Gets the request on a gRPC thread, must not block, and sees to it that Answer or Fail is called once.
  using Handler = std::function<void(UnaryCall& call, const grpc::ByteBuffer& request)>;
  explicit UnaryCall(Handler handler) : handler_(std::move(handler)) { StartRead(&message_); }

  void Answer(grpc::ByteBuffer response) {
    message_ = std::move(response);
    StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void Fail(const grpc::Status& status) { Finish(status); }
  // Stops when the caller goes away.
  std::stop_token stop_token() const { return stop_.get_token(); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "a request is missing"));
    handler_(*this, message_);
  }
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  const Handler handler_;
  std::stop_source stop_;
  grpc::ByteBuffer message_;
};

}  // namespace waybill::exporter::bridge::relay

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_UNARY_CALL_H_
