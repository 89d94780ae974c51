// SPDX-License-Identifier: Apache-2.0
// What is called over a client's session, against a server of this process.
#include "exporter/bridge/remote/file_send.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace filesync = moby::filesync::v1;

class FakeFileSend : public filesync::FileSend::Service {
 public:
  std::string file;
  std::map<std::string, std::string> metadata;
  grpc::Status answer = grpc::Status::OK;
  size_t largest = 0;

  grpc::Status DiffCopy(grpc::ServerContext* context,
                        grpc::ServerReaderWriter<filesync::BytesMessage, filesync::BytesMessage>* stream) override {
    for (const auto& [key, value] : context->client_metadata()) {
      metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    if (!answer.ok()) return answer;
    filesync::BytesMessage message;
    while (stream->Read(&message)) {
      largest = std::max(largest, message.data().size());
      file += message.data();
    }
    return grpc::Status::OK;
  }
};

class RemoteTest : public testing::Test {
 protected:
  RemoteTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&files_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  }
  FakeFileSend files_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(RemoteTest, SendsAFileInMessagesThatTheClientTakes) {
  const std::string bytes(2'500'000, 'f');
  FileSend file({}, channel_, 3, {{"containerimage.digest", "sha256:1"}});
  ASSERT_TRUE(file.Write(bytes).ok());
  ASSERT_TRUE(file.Close().ok());
  EXPECT_TRUE(files_.file == bytes);
  EXPECT_LE(files_.largest, size_t{1} << 20);
  EXPECT_EQ(files_.metadata["buildkit-attachable-exporter-id"], "3");
  EXPECT_EQ(files_.metadata["exporter-md-containerimage.digest"], "sha256:1");
}

TEST_F(RemoteTest, AClientThatHasTheFileOrCannotWriteIt) {
  files_.answer = {grpc::StatusCode::ALREADY_EXISTS, "have it"};
  FileSend there({}, channel_, 0, {});
  EXPECT_TRUE(there.Close().ok());
  files_.answer = {grpc::StatusCode::UNKNOWN, "disk full"};
  FileSend full({}, channel_, 0, {});
  const absl::Status status = full.Close();
  EXPECT_EQ(status.message(), "the client's file: disk full");
}

}  // namespace
}  // namespace waybill::exporter::bridge::remote
