// SPDX-License-Identifier: Apache-2.0
// Exports through gRPC: events, cancellation at every step, bad input, draining. That the bytes are BuildKit's is
// tested in tools/golden.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/status.h"
#include "exporter/service/server.h"
#include "exporter/service/testing/export_fixture.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "oci/content/copy_graph.h"
#include "oci/content/store/file_store.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service {
namespace {

using testing::ExportServiceTest;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(ExportServiceTest, DataThenOneReport) {
  ASSERT_TRUE(Upload().ok());
  grpc::ClientContext context;
  const auto stream = service_.stub().Export(&context, Request());
  std::string archive;
  std::vector<std::string> done;
  bool reported = false;
  for (v1::ExportEvent event; stream->Read(&event);) {
    EXPECT_FALSE(reported) << "nothing follows the report";
    archive += event.data();
    if (event.progress().state() == v1::Progress::STATE_DONE) done.push_back(event.progress().item());
    reported = event.has_report();
    if (!reported) continue;
    EXPECT_EQ(event.report().response().at("containerimage.digest"), event.report().root().digest());
    EXPECT_THAT(archive, HasSubstr(event.report().root().digest().substr(7)));
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(reported);
  EXPECT_THAT(done, ::testing::Contains(result_.refs[""].layers[0].blob.digest.ToString()));
  EXPECT_THAT(archive, HasSubstr(layer_));
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/service/scratch"));
}

TEST_F(ExportServiceTest, AKeyThatNothingReadsIsWarnedOf) {
  ASSERT_TRUE(Upload().ok());
  v1::ExportRequest request = Request();
  for (const char* key : {"oci-artefact", "index:foo"}) (*request.mutable_attributes())[key] = "true";
  grpc::ClientContext context;
  const auto stream = service_.stub().Export(&context, request);
  std::vector<std::string> warnings;
  for (v1::ExportEvent event; stream->Read(&event);) {
    if (event.progress().state() == v1::Progress::STATE_WARNING) warnings.push_back(event.progress().detail());
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_THAT(warnings,
              ElementsAre("index:foo is no key of type=oci, and nothing reads it; did you mean annotation-index.foo?",
                          "oci-artefact is no key of type=oci, and nothing reads it; did you mean oci-artifact?"));
}

TEST_F(ExportServiceTest, WithoutTarTheImageIsInTheStore) {
  ASSERT_TRUE(Upload().ok());
  oci::content::store::MemoryStore fetched;
  std::string archive;
  oci::io::StringWriter writer(archive);
  const absl::StatusOr<Report> report =
      service_.remote().Export(oci::Context(), result_, {.type = "oci", .attributes = {{"tar", "false"}}}, writer);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(archive, "");
  const absl::Status copied =
      oci::content::CopyGraph(oci::Context(), service_.remote().content(), fetched, *report->root, {});
  EXPECT_TRUE(copied.ok()) << copied;
  EXPECT_EQ(fetched.blob_count(), 3u);
}

TEST_F(ExportServiceTest, WithoutTarLayersOfALayoutAreInTheStoreToo) {
  oci::content::store::FileStore layout(root_ + "/allowed/a", {});
  const oci::Descriptor& blob = result_.refs[""].layers[0].blob;
  ASSERT_TRUE(layout.Push(oci::Context(), {blob, std::make_unique<oci::io::StringSource>(layer_)}).ok());
  v1::ExportRequest request = Request();
  request.set_oci_layout(root_ + "/allowed/a");
  const absl::Status kept = Keep(request);
  EXPECT_TRUE(kept.ok()) << kept;
}

TEST_F(ExportServiceTest, WithoutTarAMissingBlobIsNamedAndNothingKept) {
  v1::ExportRequest request = Request();
  for (const char* type : {"oci", "image"}) {
    request.set_type(type);
    const absl::Status kept = Keep(request);
    EXPECT_EQ(oci::ReasonOf(kept), oci::Reason::kNotFound) << type << ": " << kept;
    EXPECT_THAT(std::string(kept.message()), HasSubstr(result_.refs[""].layers[0].blob.digest.ToString()));
  }
  // Neither when an export of the same image was in the store before.
  ASSERT_TRUE(Upload().ok());
  ASSERT_TRUE(Keep(request).ok());
  const std::string hex(result_.refs[""].layers[0].blob.digest.hex());
  ASSERT_TRUE(std::filesystem::remove(root_ + "/service/blobs/sha256/" + hex));
  EXPECT_EQ(oci::ReasonOf(Keep(request)), oci::Reason::kNotFound);
}

TEST_F(ExportServiceTest, EndsAreTold) {
  EXPECT_FALSE(Failure(Request()).ok());
  ASSERT_TRUE(Upload().ok());
  v1::ExportRequest request = Request();
  (*request.mutable_attributes())["name"] = "example.com/app:1";
  ASSERT_TRUE(Keep(request).ok());
  EXPECT_THAT(service_.Ends(2), ElementsAre("oci  5", "oci example.com/app:1 0"));
}

TEST_F(ExportServiceTest, HealthIsToldByServiceName) {
  grpc::GenericStub stub(rpc::Connect(service_.address()));
  for (const std::string name : {"", "waybill.v1.Exporter", "containerd.services.content.v1.Content", "none"}) {
    // HealthCheckRequest{service}, HealthCheckResponse{status}
    const std::string request = name.empty() ? "" : absl::StrCat("\n", std::string(1, name.size()), name);
    const grpc::Slice slice(request);
    const grpc::ByteBuffer asked(&slice, 1);
    grpc::ByteBuffer answer;
    grpc::Status status;
    absl::Notification done;
    grpc::ClientContext context;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &asked, &answer, [&](grpc::Status ended) {
      status = std::move(ended);
      done.Notify();
    });
    done.WaitForNotification();
    if (name == "none") {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
      continue;
    }
    ASSERT_TRUE(status.ok()) << name << ": " << status.error_message();
    grpc::Slice bytes;
    ASSERT_TRUE(answer.DumpToSingleSlice(&bytes).ok());
    EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "\x08\x01") << name;
  }
}

TEST_F(ExportServiceTest, LayoutsThatAreNotThereAreAnError) {
  const absl::Status status = Server::Start({.listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")},
                                             .root = root_ + "/other",
                                             .layouts = {root_ + "/none"}})
                                  .status();
  EXPECT_EQ(status,
            oci::InvalidInputError("layouts below " + root_ + "/none: it is not the absolute path of a directory"));
}

TEST_F(ExportServiceTest, CancelledAfterAnyEventNothingStays) {
  ASSERT_TRUE(Upload().ok());
  bool finished = false;
  for (int events = 0; !finished; ++events) {
    ASSERT_LT(events, 1000);
    grpc::ClientContext context;
    const auto stream = service_.stub().Export(&context, Request());
    v1::ExportEvent event;
    int seen = 0;
    while (seen < events && stream->Read(&event)) ++seen;
    finished = seen < events;  // the export ended before
    context.TryCancel();
    while (stream->Read(&event)) {
    }
    const grpc::Status status = stream->Finish();
    if (!finished && !status.ok()) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
    }
  }
  EXPECT_TRUE(Serves());
  service_.server().Drain(absl::InfiniteDuration());
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/service/scratch"));
}

TEST_F(ExportServiceTest, AClientThatNeverReadsIsCancelledByItsDeadline) {
  ASSERT_TRUE(Upload().ok());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  v1::ExportRequest request = Request();
  request.set_type("docker");
  const auto stream = service_.stub().Export(&context, request);
  service_.endless().started.WaitForNotification();
  service_.server().Drain(absl::InfiniteDuration());
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/service/scratch"));
  // No more than what gRPC keeps for the two sides.
  EXPECT_LT(service_.endless().bytes, 64 << 20);
  for (v1::ExportEvent event; stream->Read(&event);) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ExportServiceTest, DrainLetsRunningExportsFinish) {
  ASSERT_TRUE(Upload().ok());
  grpc::ClientContext context;
  const auto stream = service_.stub().Export(&context, Request());
  v1::ExportEvent event;
  ASSERT_TRUE(stream->Read(&event));
  std::jthread drain([this] { service_.server().Drain(absl::InfiniteDuration()); });
  bool reported = false;
  while (stream->Read(&event)) reported = event.has_report();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(reported);
  drain.join();
  EXPECT_FALSE(Serves());
}

TEST_F(ExportServiceTest, DrainWithoutPatienceCancels) {
  ASSERT_TRUE(Upload().ok());
  grpc::ClientContext context;
  const auto stream = service_.stub().Export(&context, Request());
  v1::ExportEvent event;
  ASSERT_TRUE(stream->Read(&event));
  service_.server().Drain(absl::ZeroDuration());
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/service/scratch"));
  while (stream->Read(&event)) EXPECT_FALSE(event.has_report());
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(ExportServiceTest, AMissingBlobIsNamed) {
  const absl::Status status = Failure(Request());
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(result_.refs[""].layers[0].blob.digest.ToString()));
}

TEST_F(ExportServiceTest, ABlobThatWentBadIsNamed) {
  ASSERT_TRUE(Upload().ok());
  const oci::Digest& digest = result_.refs[""].layers[0].blob.digest;
  const std::string path = absl::StrCat(root_, "/service/blobs/sha256/", digest.hex());
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  std::fstream(path, std::ios::in | std::ios::out).put('x');
  const absl::Status status = Failure(Request());
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kVerification);
  EXPECT_THAT(std::string(status.message()), HasSubstr(digest.ToString()));
}

TEST_F(ExportServiceTest, WrongRequestsNameTheField) {
  const std::vector<std::pair<std::string, std::function<void(v1::ExportRequest&)>>> cases = {
      {"exporter \"nope\" could not be found", [](v1::ExportRequest& request) { request.set_type("nope"); }},
      {"unsupported compression type lzma",
       [](v1::ExportRequest& request) { (*request.mutable_attributes())["compression"] = "lzma"; }},
      {"result: refs[]: layers[0]: diff_id: invalid digest \"sha256:zz\"",
       [](v1::ExportRequest& request) {
         (*request.mutable_result()->mutable_refs())[""].mutable_layers(0)->set_diff_id("sha256:zz");
       }},
      {"result: refs[]: layers[0]: blob: digest: invalid digest \"../../etc/passwd\"",
       [](v1::ExportRequest& request) {
         (*request.mutable_result()->mutable_refs())[""].mutable_layers(0)->mutable_blob()->set_digest(
             "../../etc/passwd");
       }},
      {"result: refs[]: layers[0]: blob: size: -1 is negative",
       [](v1::ExportRequest& request) {
         (*request.mutable_result()->mutable_refs())[""].mutable_layers(0)->mutable_blob()->set_size(-1);
       }},
      {"result: refs[]: layers[0]: created_at: parsing time \"yesterday\"",
       [](v1::ExportRequest& request) {
         (*request.mutable_result()->mutable_refs())[""].mutable_layers(0)->set_created_at("yesterday");
       }},
      {"result: attestations[linux/amd64][0]: kind: 0 is no kind of attestation",
       [](v1::ExportRequest& request) {
         (*request.mutable_result()->mutable_attestations())["linux/amd64"].add_attestations();
       }},
      {"refs: a result that is no map has one ref, \"\"",
       [](v1::ExportRequest& request) { (*request.mutable_result()->mutable_refs())["linux/amd64"]; }},
      {"oci_layout /etc: not an absolute path below one that the service's operator allows",
       [](v1::ExportRequest& request) { request.set_oci_layout("/etc"); }},
  };
  for (const auto& [message, change] : cases) {
    v1::ExportRequest request = Request();
    change(request);
    const absl::Status status = Failure(request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_THAT(std::string(status.message()), StartsWith(message));
  }
}

TEST_F(ExportServiceTest, BlobsFromAnAllowedLayout) {
  oci::content::store::FileStore layout(root_ + "/allowed/a", {});
  const oci::Descriptor& blob = result_.refs[""].layers[0].blob;
  ASSERT_TRUE(layout.Push(oci::Context(), {blob, std::make_unique<oci::io::StringSource>(layer_)}).ok());
  std::filesystem::create_directory_symlink("/etc", root_ + "/allowed/link");
  // A layout that is allowed, with blobs that are not.
  oci::content::store::FileStore elsewhere(root_ + "/elsewhere", {});
  ASSERT_TRUE(elsewhere.Push(oci::Context(), {blob, std::make_unique<oci::io::StringSource>(layer_)}).ok());
  std::filesystem::create_directories(root_ + "/allowed/blobs-link");
  std::filesystem::create_directory_symlink(root_ + "/elsewhere/blobs", root_ + "/allowed/blobs-link/blobs");
  std::filesystem::create_directories(root_ + "/allowed/folder-link/blobs");
  std::filesystem::create_directory_symlink(root_ + "/elsewhere/blobs/sha256",
                                            root_ + "/allowed/folder-link/blobs/sha256");
  v1::ExportRequest request = Request();
  for (const char* path :
       {"/allowed/link", "/allowed/../..", "/allowed/none", "/allowed/blobs-link", "/allowed/folder-link"}) {
    request.set_oci_layout(root_ + path);
    EXPECT_EQ(oci::ReasonOf(Failure(request)), oci::Reason::kInvalidInput) << path;
  }
  request.set_oci_layout(root_ + "/allowed/a");
  grpc::ClientContext context;
  const auto stream = service_.stub().Export(&context, request);
  bool reported = false;
  for (v1::ExportEvent event; stream->Read(&event);) reported = event.has_report();
  const absl::Status status = rpc::FromGrpc(stream->Finish());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(reported);
}

TEST_F(ExportServiceTest, Capabilities) {
  grpc::ClientContext context;
  v1::GetCapabilitiesResponse response;
  ASSERT_TRUE(service_.stub().GetCapabilities(&context, {}, &response).ok());
  EXPECT_EQ(response.version(), "1.2.3");
  EXPECT_THAT(response.types(), ElementsAre("docker", "image", "local", "oci", "tar"));
  EXPECT_THAT(response.compatibility_versions(), ElementsAre(10, 20, 30));
  EXPECT_THAT(response.layout_paths(), ElementsAre(root_ + "/allowed"));
  EXPECT_EQ(response.parallel_exports(), 8);
}

TEST_F(ExportServiceTest, OneServicePerRoot) {
  const absl::Status status =
      Server::Start({.listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")}, .root = root_ + "/service"})
          .status();
  EXPECT_EQ(status, oci::InvalidInputError("root " + root_ + "/service: another service uses it"));
}

}  // namespace
}  // namespace waybill::exporter::service
