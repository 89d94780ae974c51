// SPDX-License-Identifier: Apache-2.0
// The callers of a daemon's and a client's services, against servers of this process.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/bridge/remote/content_pusher.h"
#include "exporter/bridge/remote/content_reader.h"
#include "exporter/bridge/remote/file_send.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace content = containerd::services::content::v1;
namespace filesync = moby::filesync::v1;

// A content service as containerd's: the answer to a commit comes twice.
class FakeContent : public content::Content::Service {
 public:
  std::map<std::string, std::string> blobs;
  std::string store_id;

  grpc::Status Info(grpc::ServerContext*, const content::InfoRequest* request,
                    content::InfoResponse* response) override {
    const auto blob = blobs.find(request->digest());
    if (blob == blobs.end()) return {grpc::StatusCode::NOT_FOUND, "content not found"};
    response->mutable_info()->set_size(static_cast<int64_t>(blob->second.size()));
    return grpc::Status::OK;
  }
  grpc::Status Read(grpc::ServerContext*, const content::ReadContentRequest* request,
                    grpc::ServerWriter<content::ReadContentResponse>* writer) override {
    const std::string rest = blobs.at(request->digest()).substr(request->offset());
    for (size_t at = 0; at < rest.size(); at += 1000) {
      content::ReadContentResponse response;
      response.set_data(rest.substr(at, 1000));
      if (!writer->Write(response)) break;
    }
    return grpc::Status::OK;
  }
  grpc::Status Write(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<content::WriteContentResponse, content::WriteContentRequest>* stream) override {
    const auto id = context->client_metadata().find("buildkit-attachable-store-id");
    store_id = id == context->client_metadata().end() ? "" : std::string(id->second.data(), id->second.size());
    content::WriteContentRequest request;
    std::string bytes;
    while (stream->Read(&request)) {
      if (blobs.contains(request.expected())) return {grpc::StatusCode::ALREADY_EXISTS, "there"};
      bytes += request.data();
      content::WriteContentResponse response;
      response.set_offset(static_cast<int64_t>(bytes.size()));
      stream->Write(response);
      if (request.action() != content::COMMIT) continue;
      if (oci::Digest::Of(bytes).ToString() != request.expected()) {
        return {grpc::StatusCode::FAILED_PRECONDITION, "unexpected digest"};
      }
      blobs[request.expected()] = bytes;
      stream->Write(response);
      return grpc::Status::OK;
    }
    return grpc::Status::OK;
  }
};

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
    builder.RegisterService(&content_);
    builder.RegisterService(&files_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  }
  static oci::Descriptor Describe(const std::string& bytes) {
    return {.digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
  }
  FakeContent content_;
  FakeFileSend files_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(RemoteTest, ReadsWholeBlobsAndRanges) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i);
  oci::Descriptor descriptor = Describe(bytes);
  content_.blobs[descriptor.digest.ToString()] = bytes;
  ContentReader reader(channel_);
  const auto source = reader.Fetch({}, descriptor);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(*oci::io::ReadAll({}, **source, 10000), bytes);
  const auto rest = (*source)->Open({}, 4321);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(*oci::io::ReadAll({}, **rest, 10000), bytes.substr(4321));

  descriptor.size = -1;
  EXPECT_EQ((*reader.Fetch({}, descriptor))->size(), 5000);
  descriptor.size = 17;
  EXPECT_EQ(oci::ReasonOf(reader.Fetch({}, descriptor).status()), oci::Reason::kVerification);
  const absl::Status none = reader.Fetch({}, Describe("none")).status();
  EXPECT_EQ(oci::ReasonOf(none), oci::Reason::kNotFound);
  EXPECT_EQ(none.message(), "blob " + Describe("none").digest.ToString() + ": content not found");
}

TEST_F(RemoteTest, AReaderThatIsDroppedEndsItsCall) {
  const std::string bytes(8 << 20, 'x');
  const oci::Descriptor descriptor = Describe(bytes);
  content_.blobs[descriptor.digest.ToString()] = bytes;
  ContentReader reader(channel_);
  const auto source = reader.Fetch({}, descriptor);
  auto opened = (*source)->Open({}, 0);
  char first[10];
  EXPECT_EQ(*(*opened)->Read(absl::MakeSpan(first)), 10u);
  opened->reset();
  server_->Shutdown();
}

TEST_F(RemoteTest, AStoppedContextStopsReading) {
  const std::string bytes(8 << 20, 'x');
  const oci::Descriptor descriptor = Describe(bytes);
  content_.blobs[descriptor.digest.ToString()] = bytes;
  std::stop_source stop;
  const oci::Context context = oci::Context().WithStop(stop.get_token());
  ContentReader reader(channel_);
  const auto source = reader.Fetch(context, descriptor);
  const auto opened = (*source)->Open(context, 0);
  stop.request_stop();
  EXPECT_EQ(oci::io::ReadAll({}, **opened, 16 << 20).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(RemoteTest, PushesIntoAClientsStore) {
  const std::string bytes(3'000'000, 'b');
  ContentPusher pusher(channel_, "export");
  EXPECT_FALSE(*pusher.Exists({}, Describe(bytes)));
  const auto blob = [&](oci::Descriptor descriptor) {
    return oci::content::Blob{.descriptor = std::move(descriptor),
                              .source = std::make_unique<oci::io::StringSource>(bytes)};
  };
  ASSERT_TRUE(pusher.Push({}, blob(Describe(bytes))).ok());
  EXPECT_EQ(content_.store_id, "export");
  EXPECT_TRUE(content_.blobs.at(Describe(bytes).digest.ToString()) == bytes);
  EXPECT_TRUE(*pusher.Exists({}, Describe(bytes)));
  EXPECT_TRUE(pusher.Push({}, blob(Describe(bytes))).ok());

  const absl::Status wrong = pusher.Push({}, blob(Describe("other")));
  EXPECT_EQ(wrong.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(wrong.message(), "unexpected digest");
}

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
