// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/testing/fake_client.h"

#include <grpcpp/server_posix.h>

#include <chrono>
#include <utility>

namespace waybill::exporter::bridge::testing {

using moby::buildkit::v1::BytesMessage;

FakeClient::FakeClient(const std::shared_ptr<grpc::ChannelInterface>& bridge,
                       const std::vector<grpc::Service*>& services, const Options& options)
    : stub_(moby::buildkit::v1::Control::NewStub(bridge)), tunnel_(options.piece) {
  context_.AddMetadata("x-docker-expose-session-uuid", options.session_id);
  for (const std::string& method : options.methods) {
    context_.AddMetadata("x-docker-expose-session-grpc-method", method);
  }
  grpc::ServerBuilder builder;
  for (grpc::Service* service : services) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  grpc::AddInsecureChannelFromFd(server_.get(), tunnel_.TakeEnd());
  stream_ = stub_->Session(&context_);
  tunnel_.Start({.receive =
                     [this](std::string& bytes) {
                       BytesMessage message;
                       if (!stream_->Read(&message)) return false;
                       bytes = std::move(*message.mutable_data());
                       return true;
                     },
                 .send =
                     [this](const std::string& bytes) {
                       BytesMessage message;
                       message.set_data(bytes);
                       return stream_->Write(message);
                     },
                 .end_sends = [this] { stream_->WritesDone(); }});
}

FakeClient::~FakeClient() {
  Kill();
  server_->Shutdown(std::chrono::system_clock::now());
}

grpc::Status FakeClient::Close() {
  tunnel_.Shutdown();
  return Wait();
}

grpc::Status FakeClient::Kill() {
  context_.TryCancel();
  return Wait();
}

grpc::Status FakeClient::Wait() {
  if (ended_.has_value()) return *ended_;
  tunnel_.Join();
  ended_ = stream_->Finish();
  return *ended_;
}

}  // namespace waybill::exporter::bridge::testing
