// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/testing/fake_daemon.h"

#include <grpcpp/create_channel_posix.h>

#include <utility>

#include "exporter/bridge/testing/tunnel.h"

namespace waybill::exporter::bridge::testing {
namespace {

std::string Text(grpc::string_ref text) { return std::string(text.data(), text.size()); }

}  // namespace

using moby::buildkit::v1::BytesMessage;

std::shared_ptr<grpc::Channel> FakeDaemon::AwaitSession(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  const auto open = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return sessions_.contains(id); };
  mutex_.Await(absl::Condition(&open));
  return sessions_[id];
}

void FakeDaemon::AwaitNoSession() {
  absl::MutexLock lock(&mutex_);
  const auto none = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return sessions_.empty(); };
  mutex_.Await(absl::Condition(&none));
}

std::multimap<std::string, std::string> FakeDaemon::session_metadata() {
  absl::MutexLock lock(&mutex_);
  return metadata_;
}

grpc::Status FakeDaemon::Session(grpc::ServerContext* context,
                                 grpc::ServerReaderWriter<BytesMessage, BytesMessage>* stream) {
  Tunnel tunnel(script_.piece);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomInsecureChannelFromFd("localhost", tunnel.TakeEnd(), arguments);
  context->AddInitialMetadata("x-daemon", "fake");
  std::string id;
  {
    absl::MutexLock lock(&mutex_);
    metadata_.clear();
    for (const auto& [key, value] : context->client_metadata()) metadata_.emplace(Text(key), Text(value));
    id = metadata_.find("x-docker-expose-session-uuid")->second;
    sessions_[id] = channel;
  }
  tunnel.Start({.receive =
                    [stream](std::string& bytes) {
                      BytesMessage message;
                      if (!stream->Read(&message)) return false;
                      bytes = std::move(*message.mutable_data());
                      return true;
                    },
                .send =
                    [stream](const std::string& bytes) {
                      BytesMessage message;
                      message.set_data(bytes);
                      return stream->Write(message);
                    },
                .end_sends = [] {}});
  tunnel.Join();
  absl::MutexLock lock(&mutex_);
  sessions_.erase(id);
  return grpc::Status::OK;
}

grpc::Status FakeDaemon::Solve(grpc::ServerContext* /*context*/, const moby::buildkit::v1::SolveRequest* request,
                               moby::buildkit::v1::SolveResponse* response) {
  return script_.solve(AwaitSession(request->session()), *request, *response);
}

grpc::Status FakeDaemon::Status(grpc::ServerContext* /*context*/, const moby::buildkit::v1::StatusRequest* request,
                                Rows* rows) {
  return script_.status(*request, *rows);
}

}  // namespace waybill::exporter::bridge::testing
