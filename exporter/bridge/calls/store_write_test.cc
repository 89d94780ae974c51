// SPDX-License-Identifier: Apache-2.0
// A daemon that writes an export into the session's store, and what it gives to read itself.
#include "exporter/bridge/calls/store_write.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/builds/builds.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/bridge/relay/relay_service.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/bridge/testing/fake_output.h"
#include "oci/clock.h"
#include "oci/digest.h"
#include "oci/io/stream.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::bridge::calls {
namespace {

namespace wire = containerd::services::content::v1;

// The daemon's own content service.
class DaemonContent : public wire::Content::Service {
 public:
  std::map<std::string, std::string> blobs;
  grpc::Status info = grpc::Status::OK;
  grpc::Status read = grpc::Status::OK;

  grpc::Status Info(grpc::ServerContext*, const wire::InfoRequest* request, wire::InfoResponse* response) override {
    const auto blob = blobs.find(request->digest());
    if (info.ok() && blob == blobs.end()) return {grpc::StatusCode::NOT_FOUND, "content not found"};
    if (info.ok()) response->mutable_info()->set_size(static_cast<int64_t>(blob->second.size()));
    return info;
  }
  grpc::Status Read(grpc::ServerContext*, const wire::ReadContentRequest* request,
                    grpc::ServerWriter<wire::ReadContentResponse>* writer) override {
    if (!read.ok()) return read;
    wire::ReadContentResponse response;
    response.set_data(blobs.at(request->digest()).substr(request->offset()));
    writer->Write(response);
    return grpc::Status::OK;
  }
};

struct Listening {
  std::unique_ptr<grpc::Server> server;
  std::shared_ptr<grpc::Channel> channel;
};
template <typename Register>
Listening Listen(Register add) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  add(builder);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  return {std::move(server), grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials())};
}

// A Write call as the daemon makes it.
class Writing {
 public:
  explicit Writing(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(wire::Content::NewStub(channel)), stream_(stub_->Write(&context_)) {}
  // False when the call has ended.
  bool Send(const wire::WriteContentRequest& request) { return stream_->Write(request) && stream_->Read(&response); }
  grpc::Status End() {
    stream_->WritesDone();
    wire::WriteContentResponse rest;
    while (stream_->Read(&rest)) {
    }
    return stream_->Finish();
  }
  wire::WriteContentResponse response;

 private:
  grpc::ClientContext context_;
  const std::unique_ptr<wire::Content::Stub> stub_;
  const std::unique_ptr<grpc::ClientReaderWriter<wire::WriteContentRequest, wire::WriteContentResponse>> stream_;
};

class StoreWriteTest : public ::testing::Test {
 protected:
  StoreWriteTest()
      : daemon_(Listen([this](grpc::ServerBuilder& builder) { builder.RegisterService(&content_); })),
        store_(Listen([this](grpc::ServerBuilder& builder) { builder.RegisterCallbackGenericService(&service_); })) {
    NewBuild();
  }
  ~StoreWriteTest() override { store_.server->Shutdown(); }

  void NewBuild() {
    build_ = nullptr;
    build_ = std::make_shared<builds::Build>(builds::Build::Deps{.daemon = daemon_.channel,
                                                                 .outputs = destination_,
                                                                 .clock = clock_,
                                                                 .spool = space_,
                                                                 .encoders = encoders_},
                                             solve::Rewritten());
  }
  static wire::WriteContentRequest Stat(const std::string& kind, const std::string& bytes) {
    wire::WriteContentRequest request;
    request.set_ref(kind + "-" + oci::Digest::Of(bytes).ToString());
    request.set_total(static_cast<int64_t>(bytes.size()));
    request.set_expected(oci::Digest::Of(bytes).ToString());
    return request;
  }
  static wire::WriteContentRequest Piece(int64_t offset, const std::string& data) {
    wire::WriteContentRequest request;
    request.set_action(wire::WRITE);
    request.set_offset(offset);
    request.set_data(data);
    return request;
  }
  static wire::WriteContentRequest Commit(const std::string& bytes) {
    wire::WriteContentRequest request = Stat("", bytes);
    request.set_action(wire::COMMIT);
    request.set_offset(request.total());
    return request;
  }
  // All of it, as one.
  grpc::Status WriteAll(const std::string& kind, const std::string& bytes) {
    Writing writing(store_.channel);
    const bool written = writing.Send(Stat(kind, bytes)) && writing.Send(wire::WriteContentRequest()) &&
                         writing.Send(Piece(0, bytes.substr(0, bytes.size() / 2))) &&
                         writing.Send(Piece(static_cast<int64_t>(bytes.size() / 2), bytes.substr(bytes.size() / 2))) &&
                         writing.Send(Commit(bytes));
    if (written) {
      EXPECT_EQ(writing.response.offset(), static_cast<int64_t>(bytes.size()));
      EXPECT_EQ(writing.response.digest(), oci::Digest::Of(bytes).ToString());
    }
    return writing.End();
  }
  // What the call's first request comes to.
  grpc::Status Refused(const wire::WriteContentRequest& first) {
    Writing writing(store_.channel);
    EXPECT_FALSE(writing.Send(first));
    return writing.End();
  }
  std::string Spooled(const std::string& bytes) {
    const auto kept = oci::content::VerifiedBytes({}, build_->content().spool(), Describe(bytes), 1 << 24);
    return kept.ok() ? *kept : kept.status().ToString();
  }
  static oci::Descriptor Describe(const std::string& bytes) {
    return {.digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
  }

  const std::string spool_ = absl::StrCat(::testing::TempDir(), "/",
                                          ::testing::UnitTest::GetInstance()->current_test_info()->name(), "-spool");
  builds::SpoolSpace space_{spool_, 4'000'000};  // more than one layer, less than two
  layers::Encoders encoders_;
  const std::string layer_ = std::string(3'000'000, 'l') + "end";
  bridge::testing::FakeDestination destination_;
  oci::SystemClock clock_;
  DaemonContent content_;
  Listening daemon_;
  builds::Builds builds_;
  std::shared_ptr<builds::Build> build_;
  relay::RelayService service_{
      [this](grpc::GenericCallbackServerContext& call) { return new StoreWrite(call, builds_, build_); }};
  Listening store_;
};

TEST_F(StoreWriteTest, DocumentsAreKeptInMemory) {
  EXPECT_TRUE(WriteAll("config", "{\"a\":1}").ok());
  EXPECT_EQ(*oci::content::VerifiedBytes({}, build_->content().documents(), Describe("{\"a\":1}"), 100), "{\"a\":1}");
  EXPECT_FALSE(std::filesystem::exists(spool_));
}

TEST_F(StoreWriteTest, ALayerThatTheDaemonGivesIsNotReceived) {
  content_.blobs[oci::Digest::Of(layer_).ToString()] = layer_;
  EXPECT_EQ(Refused(Stat("layer", layer_)).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  // A document of a layer's size is treated alike.
  EXPECT_EQ(Refused(Stat("intoto", layer_)).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_FALSE(std::filesystem::exists(spool_));
}

TEST_F(StoreWriteTest, LayersThatTheDaemonDoesNotGiveAreReceivedAndGoWithTheBuild) {
  const std::string digest = oci::Digest::Of(layer_).ToString();
  const auto receive = [&] {
    EXPECT_TRUE(WriteAll("layer", layer_).ok());
    EXPECT_TRUE(Spooled(layer_) == layer_);
    EXPECT_FALSE(std::filesystem::is_empty(spool_));
    NewBuild();
    EXPECT_TRUE(std::filesystem::is_empty(spool_));
  };
  receive();  // not there
  content_.blobs[digest] = layer_;
  content_.info = {grpc::StatusCode::UNIMPLEMENTED, "unknown service containerd.services.content.v1.Content"};
  receive();
  content_.info = grpc::Status::OK;
  content_.read = {grpc::StatusCode::PERMISSION_DENIED, "not yours"};
  receive();
  content_.read = grpc::Status::OK;
  content_.blobs[digest] = "other";
  receive();  // of another size
}

TEST_F(StoreWriteTest, AWriteMayStartOver) {
  Writing writing(store_.channel);
  ASSERT_TRUE(writing.Send(Stat("layer", layer_)));
  ASSERT_TRUE(writing.Send(Piece(0, "wrong")));
  ASSERT_TRUE(writing.Send(wire::WriteContentRequest()));
  EXPECT_EQ(writing.response.offset(), 5);
  ASSERT_TRUE(writing.Send(Piece(0, layer_)));
  EXPECT_EQ(writing.response.offset(), 3'000'003);
  ASSERT_TRUE(writing.Send(Commit(layer_)));
  EXPECT_TRUE(writing.End().ok());
  EXPECT_TRUE(Spooled(layer_) == layer_);
}

TEST_F(StoreWriteTest, WhatIsWrongIsRefusedAndNothingOfItStays) {
  const auto after_stat = [&](const wire::WriteContentRequest& request) {
    Writing writing(store_.channel);
    EXPECT_TRUE(writing.Send(Stat("layer", layer_)));
    EXPECT_FALSE(writing.Send(request));
    return writing.End();
  };
  EXPECT_EQ(after_stat(Piece(7, "x")).error_message(), "write @7 must occur at current offset 0");
  EXPECT_EQ(after_stat(Piece(7, "x")).error_code(), grpc::StatusCode::OUT_OF_RANGE);
  const grpc::Status much = after_stat(Piece(0, layer_ + "x"));
  EXPECT_EQ(much.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(much.error_message(), "more than the 3000003 bytes announced");
  // Short.
  EXPECT_EQ(after_stat(Commit(layer_)).error_code(), grpc::StatusCode::OUT_OF_RANGE);

  Writing other(store_.channel);
  EXPECT_TRUE(other.Send(Stat("layer", layer_)));
  EXPECT_TRUE(other.Send(Piece(0, std::string(layer_.size(), 'o'))));
  EXPECT_FALSE(other.Send(Commit(layer_)));
  EXPECT_EQ(other.End().error_code(), grpc::StatusCode::FAILED_PRECONDITION);

  Writing left(store_.channel);
  EXPECT_TRUE(left.Send(Stat("layer", layer_)));
  EXPECT_TRUE(left.Send(Piece(0, layer_)));
  EXPECT_EQ(left.End().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(Spooled(layer_), oci::content::BlobNotFound(oci::Digest::Of(layer_)).ToString());

  Writing twice(store_.channel);
  EXPECT_TRUE(twice.Send(Stat("config", "{}")));
  EXPECT_TRUE(twice.Send(Piece(0, "{}")));
  EXPECT_TRUE(twice.Send(Commit("{}")));
  EXPECT_FALSE(twice.Send(Piece(2, "x")));
  EXPECT_EQ(twice.End().error_message(), "the blob is committed");
}

TEST_F(StoreWriteTest, FirstRequestsThatSayTooLittle) {
  wire::WriteContentRequest request = Stat("layer", layer_);
  request.clear_ref();
  EXPECT_EQ(Refused(request).error_message(), "a write needs a reference");
  request = Stat("layer", layer_);
  request.clear_total();
  EXPECT_EQ(Refused(request).error_message(), "a write needs a size");
  request.set_expected("sha256:short");
  EXPECT_EQ(Refused(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(StoreWriteTest, ALayerIsReceivedOnceAndSpaceIsLimited) {
  EXPECT_TRUE(WriteAll("layer", layer_).ok());
  EXPECT_EQ(Refused(Stat("layer", layer_)).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  const std::string other(2'000'000, 'o');
  const grpc::Status full = Refused(Stat("layer", other));
  EXPECT_EQ(full.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(full.error_message(),
            absl::StrCat("spool ", spool_, ": no room for a layer of 2000000 bytes below the limit"));
  NewBuild();
  EXPECT_TRUE(WriteAll("layer", other).ok());
}

TEST_F(StoreWriteTest, ASpoolThatCannotBeMadeFailsTheWrite) {
  builds::SpoolSpace nowhere("/proc/nowhere", 4'000'000);
  build_ = std::make_shared<builds::Build>(
      builds::Build::Deps{
          .daemon = daemon_.channel, .outputs = destination_, .clock = clock_, .spool = nowhere, .encoders = encoders_},
      solve::Rewritten());
  const grpc::Status status = Refused(Stat("layer", layer_));
  EXPECT_EQ(status.error_message().substr(0, 7), "spool: ");
  build_ = nullptr;
}

}  // namespace
}  // namespace waybill::exporter::bridge::calls
