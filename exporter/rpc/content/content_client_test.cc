// SPDX-License-Identifier: Apache-2.0
// The client against servers of this process. What the service's own server does with it is tested in exporter/service.
#include "exporter/rpc/content/content_client.h"

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"
#include "proto/google/rpc/error_details.pb.h"
#include "proto/google/rpc/status.pb.h"

namespace waybill::exporter::rpc::content {
namespace {

namespace api = ::containerd::services::content::v1;

// A refusal with details, as another implementation would write them.
grpc::Status Refusal(grpc::StatusCode code, const std::string& message) {
  google::rpc::ErrorInfo info;
  info.set_reason("STORAGE");
  info.set_domain("waybill");
  (*info.mutable_metadata())["path"] = "/disk";
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  details.add_details()->PackFrom(info);
  return {code, message, details.SerializeAsString()};
}

// A content service as containerd's: the answer to a commit comes twice.
class FakeContent : public api::Content::Service {
 public:
  std::map<std::string, std::string> blobs;
  std::map<std::string, std::string> ingests;  // by reference, of calls that broke off
  std::string store_id;
  int refused_writes = 0;  // so many calls are refused
  size_t largest = 0;      // message
  int64_t received = 0;    // bytes in all

  grpc::Status Info(grpc::ServerContext*, const api::InfoRequest* request, api::InfoResponse* response) override {
    const auto blob = blobs.find(request->digest());
    if (blob == blobs.end()) return {grpc::StatusCode::NOT_FOUND, "content not found"};
    response->mutable_info()->set_size(static_cast<int64_t>(blob->second.size()));
    return grpc::Status::OK;
  }
  grpc::Status Read(grpc::ServerContext*, const api::ReadContentRequest* request,
                    grpc::ServerWriter<api::ReadContentResponse>* writer) override {
    const std::string rest = blobs.at(request->digest()).substr(request->offset());
    for (size_t at = 0; at < rest.size(); at += 1000) {
      api::ReadContentResponse response;
      response.set_data(rest.substr(at, 1000));
      if (!writer->Write(response)) break;
    }
    return grpc::Status::OK;
  }
  grpc::Status Write(grpc::ServerContext* context,
                     grpc::ServerReaderWriter<api::WriteContentResponse, api::WriteContentRequest>* stream) override {
    const auto id = context->client_metadata().find("buildkit-attachable-store-id");
    store_id = id == context->client_metadata().end() ? "" : std::string(id->second.data(), id->second.size());
    if (refused_writes > 0) {
      --refused_writes;
      return Refusal(grpc::StatusCode::UNAVAILABLE, "the reference is locked");
    }
    api::WriteContentRequest request;
    std::string ref;
    while (stream->Read(&request)) {
      if (blobs.contains(request.expected())) return {grpc::StatusCode::ALREADY_EXISTS, "there"};
      if (ref.empty()) ref = request.ref(), expected_ = request.expected();
      largest = std::max(largest, request.data().size());
      received += static_cast<int64_t>(request.data().size());
      ingests[ref] += request.data();
      api::WriteContentResponse response;
      response.set_offset(static_cast<int64_t>(ingests[ref].size()));
      stream->Write(response);
      if (request.action() != api::COMMIT) continue;
      if (oci::Digest::Of(ingests[ref]).ToString() != expected_) {
        return Refusal(grpc::StatusCode::FAILED_PRECONDITION, "unexpected digest");
      }
      blobs[expected_] = ingests[ref];
      stream->Write(response);
      return grpc::Status::OK;
    }
    return grpc::Status::OK;
  }

 private:
  std::string expected_;
};

// Counts the waits, which take no time.
class CountingClock : public oci::Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  absl::Status Sleep(const oci::Context& context, absl::Duration wait) override {
    waited += wait;
    return context.Check();
  }
  double Random() override { return 0; }
  absl::Duration waited;
};

class ContentClientTest : public testing::Test {
 protected:
  ContentClientTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&content_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  }
  static oci::Descriptor Describe(const std::string& bytes) {
    return {.digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
  }
  static oci::content::Blob BlobOf(const std::string& bytes, const std::string& described) {
    return {.descriptor = Describe(described), .source = std::make_unique<oci::io::StringSource>(bytes)};
  }
  FakeContent content_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  CountingClock clock_;
};

TEST_F(ContentClientTest, ReadsWholeBlobsAndRanges) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i);
  oci::Descriptor descriptor = Describe(bytes);
  content_.blobs[descriptor.digest.ToString()] = bytes;
  ContentClient client(channel_, {});
  const auto source = client.Fetch({}, descriptor);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(*oci::io::ReadAll({}, **source, 10000), bytes);
  const auto rest = (*source)->Open({}, 4321);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(*oci::io::ReadAll({}, **rest, 10000), bytes.substr(4321));

  descriptor.size = -1;
  EXPECT_EQ((*client.Fetch({}, descriptor))->size(), 5000);
  descriptor.size = 17;
  EXPECT_EQ(oci::ReasonOf(client.Fetch({}, descriptor).status()), oci::Reason::kVerification);
  const absl::Status none = client.Fetch({}, Describe("none")).status();
  EXPECT_EQ(oci::ReasonOf(none), oci::Reason::kNotFound);
  EXPECT_EQ(none.message(), "blob " + Describe("none").digest.ToString() + ": content not found");
}

TEST_F(ContentClientTest, AReaderThatIsDroppedEndsItsCall) {
  const std::string bytes(8 << 20, 'x');
  content_.blobs[Describe(bytes).digest.ToString()] = bytes;
  ContentClient client(channel_, {});
  const auto source = client.Fetch({}, Describe(bytes));
  auto opened = (*source)->Open({}, 0);
  char first[10];
  EXPECT_EQ(*(*opened)->Read(absl::MakeSpan(first)), 10u);
  opened->reset();
  server_->Shutdown();
}

TEST_F(ContentClientTest, AStoppedContextStopsReading) {
  const std::string bytes(8 << 20, 'x');
  content_.blobs[Describe(bytes).digest.ToString()] = bytes;
  std::stop_source stop;
  const oci::Context context = oci::Context().WithStop(stop.get_token());
  ContentClient client(channel_, {});
  const auto source = client.Fetch(context, Describe(bytes));
  const auto opened = (*source)->Open(context, 0);
  stop.request_stop();
  EXPECT_EQ(oci::ReasonOf(oci::io::ReadAll({}, **opened, 16 << 20).status()), oci::Reason::kInterrupted);
}

TEST_F(ContentClientTest, PushesIntoASessionsStore) {
  const std::string bytes(3'000'000, 'b');
  ContentClient client(channel_, {.store_id = "export"});
  EXPECT_FALSE(*client.Exists({}, Describe(bytes)));
  ASSERT_TRUE(client.Push({}, BlobOf(bytes, bytes)).ok());
  EXPECT_EQ(content_.store_id, "export");
  EXPECT_TRUE(content_.blobs.at(Describe(bytes).digest.ToString()) == bytes);
  EXPECT_LE(content_.largest, size_t{1} << 20);
  EXPECT_TRUE(*client.Exists({}, Describe(bytes)));
  EXPECT_TRUE(client.Push({}, BlobOf(bytes, bytes)).ok());
}

TEST_F(ContentClientTest, ARefusalKeepsItsReasonAndMetadata) {
  ContentClient client(channel_, {.store_id = "export"});
  const absl::Status wrong = client.Push({}, BlobOf("bytes", "other"));
  EXPECT_EQ(wrong.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(wrong.message(), "unexpected digest");
  EXPECT_EQ(oci::ReasonOf(wrong), oci::Reason::kStorage);
  EXPECT_EQ(oci::MetadataOf(wrong), (oci::ErrorMetadata{{"path", "/disk"}}));
}

TEST_F(ContentClientTest, GoesOnWhereAnUploadStopped) {
  const std::string bytes(3'000'000, 'r');
  content_.ingests["waybill-" + Describe(bytes).digest.ToString()] = bytes.substr(0, 2'500'000);
  ContentClient client(channel_, {.store_id = "export"});
  ASSERT_TRUE(client.Push({}, BlobOf(bytes, bytes)).ok());
  EXPECT_EQ(content_.received, 500'000);
  EXPECT_TRUE(content_.blobs.at(Describe(bytes).digest.ToString()) == bytes);
}

TEST_F(ContentClientTest, TriesAgainWhileTheServiceIsAway) {
  content_.refused_writes = 3;
  ContentClient client(channel_, {.store_id = "", .clock = &clock_});
  EXPECT_TRUE(client.Push({}, BlobOf("bytes", "bytes")).ok());
  EXPECT_EQ(clock_.waited, absl::Milliseconds(200 + 400 + 800));
}

TEST_F(ContentClientTest, ASessionIsAskedOnce) {
  content_.refused_writes = 1;
  ContentClient client(channel_, {.store_id = "export"});
  EXPECT_EQ(client.Push({}, BlobOf("bytes", "bytes")).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(content_.refused_writes, 0);
}

}  // namespace
}  // namespace waybill::exporter::rpc::content
