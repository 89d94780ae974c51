// SPDX-License-Identifier: Apache-2.0
// The content service through gRPC. What it must answer was taken from containerd's own server
// (plugins/services/content/contentserver) and from what BuildKit sends.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "exporter/rpc/status.h"
#include "exporter/service/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::service {
namespace {

namespace api = ::containerd::services::content::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// printf 'hello world' | sha256sum; printf '' | sha256sum; printf 'hello' | sha256sum
constexpr char kHelloWorld[] = "sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
constexpr char kNothing[] = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kHello[] = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

api::WriteContentRequest Request(api::WriteAction action, int64_t offset = 0, const std::string& data = "") {
  api::WriteContentRequest request;
  request.set_action(action);
  request.set_offset(offset);
  request.set_data(data);
  return request;
}

class ContentServiceTest : public ::testing::Test {
 protected:
  ContentServiceTest()
      : root_(::testing::TempDir() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(root_);
    Start();
  }

  void Start() {
    server_.reset();
    absl::StatusOr<std::unique_ptr<Server>> server =
        Server::Start({.listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")}, .root = root_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = api::Content::NewStub(
        grpc::CreateChannel(server_->addresses()[0].GrpcTarget(), grpc::InsecureChannelCredentials()));
  }

  // One Write call: sends the requests in turn and returns the last response, or the error.
  absl::StatusOr<api::WriteContentResponse> Write(const std::vector<api::WriteContentRequest>& requests) {
    grpc::ClientContext context;
    const auto stream = stub_->Write(&context);
    api::WriteContentResponse response;
    for (const api::WriteContentRequest& request : requests) {
      if (!stream->Write(request) || !stream->Read(&response)) break;
    }
    stream->WritesDone();
    if (const grpc::Status status = stream->Finish(); !status.ok()) return rpc::FromGrpc(status);
    return response;
  }

  absl::Status Put(const std::string& data, const std::string& digest) {
    api::WriteContentRequest request = Request(api::COMMIT, 0, data);
    request.set_ref("put-" + digest);
    request.set_expected(digest);
    request.set_total(static_cast<int64_t>(data.size()));
    return Write({request}).status();
  }

  absl::StatusOr<std::vector<std::string>> Read(const std::string& digest, int64_t offset, int64_t size) {
    api::ReadContentRequest request;
    request.set_digest(digest);
    request.set_offset(offset);
    request.set_size(size);
    grpc::ClientContext context;
    const auto stream = stub_->Read(&context, request);
    std::vector<std::string> parts;
    for (api::ReadContentResponse response; stream->Read(&response);) {
      EXPECT_EQ(response.offset(), offset);
      offset += static_cast<int64_t>(response.data().size());
      parts.push_back(response.data());
    }
    if (const grpc::Status status = stream->Finish(); !status.ok()) return rpc::FromGrpc(status);
    return parts;
  }

  absl::StatusOr<api::Info> Info(const std::string& digest) {
    api::InfoRequest request;
    request.set_digest(digest);
    api::InfoResponse response;
    grpc::ClientContext context;
    if (const grpc::Status status = stub_->Info(&context, request, &response); !status.ok())
      return rpc::FromGrpc(status);
    return response.info();
  }

  absl::StatusOr<api::Status> StatusOf(const std::string& ref) {
    api::StatusRequest request;
    request.set_ref(ref);
    api::StatusResponse response;
    grpc::ClientContext context;
    if (const grpc::Status status = stub_->Status(&context, request, &response); !status.ok())
      return rpc::FromGrpc(status);
    return response.status();
  }

  absl::StatusOr<std::vector<std::string>> List(const std::vector<std::string>& filters) {
    api::ListContentRequest request;
    for (const std::string& filter : filters) request.add_filters(filter);
    grpc::ClientContext context;
    const auto stream = stub_->List(&context, request);
    std::vector<std::string> digests;
    for (api::ListContentResponse response; stream->Read(&response);) {
      for (const api::Info& info : response.info()) digests.push_back(info.digest());
    }
    if (const grpc::Status status = stream->Finish(); !status.ok()) return rpc::FromGrpc(status);
    return digests;
  }

  const std::string root_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<api::Content::Stub> stub_;
};

// BuildKit's sequence: STAT with everything, two bare STATs, WRITEs, COMMIT.
TEST_F(ContentServiceTest, WritesAsBuildKitDoes) {
  api::WriteContentRequest first = Request(api::STAT);
  first.set_ref("layer-" + std::string(kHelloWorld));
  first.set_total(11);
  first.set_expected(kHelloWorld);
  grpc::ClientContext context;
  const auto stream = stub_->Write(&context);
  api::WriteContentResponse response;
  const auto ask = [&](const api::WriteContentRequest& request) {
    return stream->Write(request) && stream->Read(&response);
  };

  ASSERT_TRUE(ask(first));
  EXPECT_EQ(response.action(), api::STAT);
  EXPECT_EQ(response.offset(), 0);
  EXPECT_EQ(response.total(), 11);
  EXPECT_EQ(response.digest(), kNothing);
  EXPECT_GT(response.started_at().seconds(), 0);
  EXPECT_GT(response.updated_at().seconds(), 0);
  ASSERT_TRUE(ask(Request(api::STAT)));
  EXPECT_EQ(response.offset(), 0);
  ASSERT_TRUE(ask(Request(api::WRITE, 0, "hello ")));
  EXPECT_EQ(response.action(), api::WRITE);
  EXPECT_EQ(response.offset(), 6);
  ASSERT_TRUE(ask(Request(api::WRITE, 6, "world")));
  EXPECT_EQ(response.offset(), 11);
  EXPECT_EQ(response.digest(), kHelloWorld);
  api::WriteContentRequest commit = Request(api::COMMIT, 11);
  commit.set_total(11);
  commit.set_expected(kHelloWorld);
  ASSERT_TRUE(ask(commit));
  EXPECT_EQ(response.action(), api::COMMIT);
  EXPECT_EQ(response.offset(), 11);
  EXPECT_EQ(response.digest(), kHelloWorld);
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());

  EXPECT_THAT(*Read(kHelloWorld, 0, 0), ElementsAre("hello world"));
  EXPECT_EQ(StatusOf(first.ref()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ContentServiceTest, WhatIsThereIsNotWrittenAgain) {
  ASSERT_TRUE(Put("hello", kHello).ok());
  api::WriteContentRequest stat = Request(api::STAT);
  stat.set_ref("r");
  stat.set_expected(kHello);
  const absl::Status status = Write({stat}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(), absl::string_view("content " + std::string(kHello) + ": already exists"));
}

TEST_F(ContentServiceTest, GoesOnWhereALostConnectionEnded) {
  api::WriteContentRequest begin = Request(api::WRITE, 0, "hello ");
  begin.set_ref("r");
  begin.set_total(11);
  ASSERT_TRUE(Write({begin}).ok());
  EXPECT_EQ(StatusOf("r")->offset(), 6);
  EXPECT_EQ(StatusOf("r")->total(), 11);
  Start();  // and the service restarts
  api::WriteContentRequest stat = Request(api::STAT);
  stat.set_ref("r");
  const auto response = Write({stat, Request(api::WRITE, 6, "world"), Request(api::COMMIT, 11)});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->digest(), kHelloWorld);
}

TEST_F(ContentServiceTest, OffsetZeroStartsAnew) {
  api::WriteContentRequest begin = Request(api::WRITE, 0, "nonsense");
  begin.set_ref("r");
  const auto response = Write({begin, Request(api::WRITE, 0, "hello"), Request(api::COMMIT, 5)});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->digest(), kHello);
}

TEST_F(ContentServiceTest, FaultsOfWriters) {
  EXPECT_EQ(Write({Request(api::STAT)}).status(), oci::InvalidInputError("first message must have a reference"));

  api::WriteContentRequest begin = Request(api::WRITE, 0, "hello");
  begin.set_ref("r");
  EXPECT_EQ(Write({begin, Request(api::WRITE, 7, "x")}).status(),
            absl::OutOfRangeError("write @7 must occur at current offset 5"));

  api::WriteContentRequest wrong = Request(api::COMMIT, 5);
  wrong.set_expected(kHelloWorld);
  const absl::Status digest = Write({begin, wrong}).status();
  EXPECT_EQ(digest.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(oci::ReasonOf(digest), oci::Reason::kVerification);
  EXPECT_THAT(std::string(digest.message()), HasSubstr(kHelloWorld));

  api::WriteContentRequest size = Request(api::COMMIT, 5);
  size.set_total(6);
  const absl::Status total = Write({begin, size}).status();
  EXPECT_EQ(total.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(total.message()), HasSubstr("has 5 bytes, expected 6"));

  begin.set_expected("sha256:xyz");
  EXPECT_EQ(oci::ReasonOf(Write({begin}).status()), oci::Reason::kInvalidInput);
  EXPECT_TRUE(List({})->empty());
}

TEST_F(ContentServiceTest, AfterTheCommitNothingIsWritten) {
  api::WriteContentRequest commit = Request(api::COMMIT, 0, "hello");
  commit.set_ref("r");
  // As containerd: the call ends with its blob, whatever the client has still to say.
  const auto answer = Write({commit, Request(api::WRITE, 5, "x")});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->action(), api::COMMIT);
  EXPECT_EQ(answer->offset(), 5);
}

TEST_F(ContentServiceTest, OneWriterPerReference) {
  api::WriteContentRequest stat = Request(api::STAT);
  stat.set_ref("r");
  grpc::ClientContext context;
  const auto holder = stub_->Write(&context);
  api::WriteContentResponse response;
  ASSERT_TRUE(holder->Write(stat) && holder->Read(&response));
  EXPECT_EQ(Write({stat}).status(), absl::UnavailableError("ref r is being written"));
  holder->WritesDone();
  ASSERT_TRUE(holder->Finish().ok());
  EXPECT_TRUE(Write({stat}).ok());
}

TEST_F(ContentServiceTest, AClientThatGoesAwayLeavesItsBytesToTheNext) {
  api::WriteContentRequest begin = Request(api::WRITE, 0, "hello ");
  begin.set_ref("r");
  {
    grpc::ClientContext context;
    const auto stream = stub_->Write(&context);
    api::WriteContentResponse response;
    ASSERT_TRUE(stream->Write(begin) && stream->Read(&response));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  // The service may learn of it a little later.
  api::WriteContentRequest stat = Request(api::STAT);
  stat.set_ref("r");
  absl::StatusOr<api::WriteContentResponse> response;
  do {
    response = Write({stat});
  } while (absl::IsUnavailable(response.status()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->offset(), 6);
}

TEST_F(ContentServiceTest, ReadsRangesInMessagesOfOneMebibyte) {
  std::string big(2500000, 'x');
  for (size_t i = 0; i < big.size(); i += 1000) big[i] = static_cast<char>('a' + i / 1000 % 26);
  const std::string digest = oci::Digest::Of(big).ToString();
  ASSERT_TRUE(Put(big, digest).ok());
  const auto whole = Read(digest, 0, 0);
  ASSERT_EQ(whole->size(), 3u);
  EXPECT_EQ((*whole)[0].size(), 1u << 20);
  EXPECT_EQ((*whole)[0] + (*whole)[1] + (*whole)[2], big);
  EXPECT_THAT(*Read(digest, 1000, 3), ElementsAre("bxx"));
  EXPECT_THAT(*Read(digest, 2499999, 100), ElementsAre("x"));
  EXPECT_TRUE(Read(digest, 2500000, 0)->empty());
  EXPECT_EQ(Read(digest, 2500001, 0).status(), absl::OutOfRangeError("read past object length 2500000 bytes"));
}

TEST_F(ContentServiceTest, UnknownAndMalformedDigests) {
  for (const absl::Status& status : {Info(kHello).status(), Read(kHello, 0, 0).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(status.message()), HasSubstr(kHello));
  }
  for (const absl::Status& status : {Info("sha256:../../etc").status(), Read("x", 0, 0).status()}) {
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << status;
  }
}

TEST_F(ContentServiceTest, InfoLabelsAndUpdate) {
  api::WriteContentRequest commit = Request(api::COMMIT, 0, "hello");
  commit.set_ref("r");
  (*commit.mutable_labels())["a"] = "1";
  (*commit.mutable_labels())["b.c"] = "2";
  ASSERT_TRUE(Write({commit}).ok());
  const auto info = Info(kHello);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->size(), 5);
  EXPECT_GT(info->created_at().seconds(), 1600000000);
  EXPECT_THAT(info->labels(), UnorderedElementsAre(Pair("a", "1"), Pair("b.c", "2")));

  api::UpdateRequest update;
  update.mutable_info()->set_digest(kHello);
  (*update.mutable_info()->mutable_labels())["b.c"] = "3";
  update.mutable_update_mask()->add_paths("labels.b.c");
  update.mutable_update_mask()->add_paths("labels.a");
  api::UpdateResponse response;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->Update(&context, update, &response).ok());
  }
  EXPECT_THAT(response.info().labels(), UnorderedElementsAre(Pair("b.c", "3")));
  Start();
  EXPECT_THAT(Info(kHello)->labels(), UnorderedElementsAre(Pair("b.c", "3")));

  update.mutable_update_mask()->add_paths("size");
  grpc::ClientContext context;
  EXPECT_EQ(rpc::FromGrpc(stub_->Update(&context, update, &response)),
            oci::InvalidInputError("cannot update \"size\" field on content info \"" + std::string(kHello) + "\""));
}

TEST_F(ContentServiceTest, ListAndDelete) {
  ASSERT_TRUE(Put("hello", kHello).ok());
  ASSERT_TRUE(Put("hello world", kHelloWorld).ok());
  EXPECT_THAT(*List({}), ElementsAre(kHello, kHelloWorld));
  EXPECT_THAT(*List({"digest==" + std::string(kHelloWorld)}), ElementsAre(kHelloWorld));
  EXPECT_THAT(*List({"labels.a~=x", "digest~=^" + std::string(kHello) + "$"}), ElementsAre(kHello));
  EXPECT_EQ(oci::ReasonOf(List({"labels.a~=("}).status()), oci::Reason::kInvalidInput);
  api::DeleteContentRequest request;
  request.set_digest(kHello);
  google::protobuf::Empty empty;
  {
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->Delete(&context, request, &empty).ok());
  }
  grpc::ClientContext context;
  EXPECT_EQ(stub_->Delete(&context, request, &empty).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(*List({}), ElementsAre(kHelloWorld));
}

TEST_F(ContentServiceTest, StatusesAndAbort) {
  for (const char* ref : {"a", "b"}) {
    api::WriteContentRequest begin = Request(api::WRITE, 0, "x");
    begin.set_ref(ref);
    ASSERT_TRUE(Write({begin}).ok());
  }
  api::ListStatusesRequest list;
  list.add_filters("ref==b");
  api::ListStatusesResponse statuses;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->ListStatuses(&context, list, &statuses).ok());
  }
  ASSERT_EQ(statuses.statuses_size(), 1);
  EXPECT_EQ(statuses.statuses(0).ref(), "b");
  EXPECT_EQ(statuses.statuses(0).offset(), 1);
  api::AbortRequest abort;
  abort.set_ref("b");
  google::protobuf::Empty empty;
  {
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->Abort(&context, abort, &empty).ok());
  }
  grpc::ClientContext context;
  EXPECT_EQ(stub_->Abort(&context, abort, &empty).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(StatusOf("b").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(StatusOf("a").ok());
}

TEST_F(ContentServiceTest, ADeadlineEndsTheCall) {
  api::WriteContentRequest stat = Request(api::STAT);
  stat.set_ref("r");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  const auto stream = stub_->Write(&context);
  api::WriteContentResponse response;
  // On a slow machine the deadline may pass before the answer.
  stream->Write(stat);
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ContentServiceTest, WhatADeadServiceLeftIsRemovedAtTheStart) {
  server_.reset();
  for (const std::string name : {"scratch/waybill-fedcba9876543210/blob", "ingest/.waybill-0123456789abcdef"}) {
    std::filesystem::create_directories(std::filesystem::path(root_ + "/" + name).parent_path());
    std::ofstream(root_ + "/" + name) << "bytes";
  }
  Start();
  EXPECT_FALSE(std::filesystem::exists(root_ + "/scratch/waybill-fedcba9876543210"));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/ingest"));
}

}  // namespace
}  // namespace waybill::exporter::service
