// SPDX-License-Identifier: Apache-2.0
// The service over gRPC, on a layout that this test writes.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "exporter/attestations/listing.h"
#include "exporter/attestations/policy.h"
#include "exporter/service/image_attestations/attestations_service.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/content/copy_graph.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/layout/directory.h"
#include "oci/work/queue.h"

namespace waybill::exporter::service::image_attestations {
namespace {

using attest::reader::testing::MemoryPlace;

constexpr char kSpdx[] = "https://spdx.dev/Document";

// root/app is a layout of two platforms with a statement each. That of amd64 is `statement_`.
class ImageAttestationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = oci::file::testing::NewTempDir();
    WriteLayout();
    auto policy = exporter::attestations::Policy::Create({.layouts = {root_}});
    ASSERT_TRUE(policy.ok()) << policy.status();
    lister_ = std::make_unique<exporter::attestations::Lister>(*std::move(policy),
                                                               [] { return oci::NotFoundError("no client"); });
    service_ = std::make_unique<AttestationsService>(
        AttestationsService::Deps{.lister = *lister_, .workplace = {gate_, queue_, places_}, .memory = memory_});
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::ImageAttestations::NewStub(server_->InProcessChannel({}));
  }
  void TearDown() override { server_->Shutdown(); }

  void WriteLayout() {
    namespace images = attest::reader::testing;
    MemoryPlace place;
    std::vector<oci::Descriptor> manifests;
    std::vector<oci::Descriptor> statements;
    for (const char* architecture : {"amd64", "arm64"}) {
      const oci::Descriptor image = images::AddImage(place, architecture);
      statements.push_back(images::AddStatement(place, image, kSpdx));
      manifests.push_back(image);
      manifests.push_back(
          images::AddAttestation(place, attest::AttestationForm::kArtifact, image, {statements.back()}));
    }
    const oci::Descriptor index = images::AddIndex(place, manifests);
    auto layout = oci::layout::Directory::Open(absl::StrCat(root_, "/app"));
    ASSERT_TRUE(layout.ok()) << layout.status();
    ASSERT_EQ(oci::content::CopyGraph({}, place, **layout, index, {}), absl::OkStatus());
    ASSERT_EQ((*layout)->Tag({}, index, "1"), absl::OkStatus());
    auto bytes = oci::content::VerifiedBytes({}, place, statements.front(), 1 << 20);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    statement_ = *bytes;
    digest_ = statements.front().digest.ToString();
  }

  v1::ListImageAttestationsResponse List(const v1::ListImageAttestationsRequest& request) {
    grpc::ClientContext context;
    v1::ListImageAttestationsResponse response;
    const grpc::Status status = stub_->List(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::StatusCode ErrorOf(const v1::ListImageAttestationsRequest& request) {
    grpc::ClientContext context;
    v1::ListImageAttestationsResponse response;
    return stub_->List(&context, request, &response).error_code();
  }
  // The bytes, or the code of the error.
  std::string Read(const v1::ReadImageAttestationRequest& request) {
    grpc::ClientContext context;
    const auto reader = stub_->Read(&context, request);
    v1::ReadImageAttestationResponse response;
    std::string bytes;
    while (reader->Read(&response)) bytes += response.data();
    const grpc::Status status = reader->Finish();
    return status.ok() ? bytes : absl::StrCat("error ", static_cast<int>(status.error_code()));
  }
  v1::ListImageAttestationsRequest ListOf(const std::string& image, const std::string& platform) {
    v1::ListImageAttestationsRequest request;
    request.set_image(image);
    request.add_platforms(platform);
    return request;
  }
  v1::ReadImageAttestationRequest ReadOf(int64_t offset, int64_t length) {
    v1::ReadImageAttestationRequest request;
    request.set_image("oci:app:1");
    request.set_digest(digest_);
    request.set_offset(offset);
    request.set_length(length);
    return request;
  }

  std::string root_;
  std::string statement_;
  std::string digest_;
  rpc::admission::Gate gate_;
  oci::work::Queue queue_{{.name = "attestations", .parallel = 4, .max_waiting = 10}};
  rpc::admission::ClientPlaces places_{"calls", "--client-calls", 10};
  rpc::admission::ClientMemory memory_{16 << 20, 8 << 20};
  std::unique_ptr<exporter::attestations::Lister> lister_;
  std::unique_ptr<AttestationsService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ImageAttestations::Stub> stub_;
};

TEST_F(ImageAttestationsTest, DescriptorsByDefault) {
  const v1::ListImageAttestationsResponse response = List(ListOf("oci:app:1", "linux/amd64"));
  ASSERT_EQ(response.attestations_size(), 1);
  const v1::ImageAttestation& one = response.attestations(0);
  EXPECT_EQ(one.blob().digest(), digest_);
  EXPECT_EQ(one.blob().size(), static_cast<int64_t>(statement_.size()));
  EXPECT_EQ(one.predicate_type(), kSpdx);
  EXPECT_EQ(one.content(), "statement");
  EXPECT_EQ(one.about_kind(), "image");
  EXPECT_EQ(one.platform().architecture(), "amd64");
  EXPECT_EQ(std::vector<std::string>(one.sources().begin(), one.sources().end()), std::vector<std::string>{"index"});
  EXPECT_EQ(one.subject_match(), "matches");
  EXPECT_TRUE(one.is_about_image());
  EXPECT_FALSE(one.has_statement());
  EXPECT_EQ(response.gaps_size(), 0);
  EXPECT_EQ(List(ListOf("oci:app", "all")).attestations_size(), 2);
}

TEST_F(ImageAttestationsTest, StatementsUpToALimit) {
  v1::ListImageAttestationsRequest request = ListOf("oci:app", "linux/amd64");
  request.set_statements(true);
  EXPECT_EQ(List(request).attestations(0).statement(), statement_);
  request.set_statement_limit(static_cast<int64_t>(statement_.size()));
  EXPECT_EQ(List(request).attestations(0).statement(), statement_);
  request.set_statement_limit(static_cast<int64_t>(statement_.size()) - 1);
  EXPECT_FALSE(List(request).attestations(0).has_statement());
  request.set_statement_limit(-1);
  EXPECT_EQ(ErrorOf(request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ImageAttestationsTest, Types) {
  for (const auto& [type, count] : {std::pair("sbom", 1), std::pair("https://spdx.dev/*", 1), std::pair(kSpdx, 1),
                                    std::pair("slsa", 0), std::pair("https://spdx.dev/", 0)}) {
    v1::ListImageAttestationsRequest request = ListOf("oci:app", "linux/amd64");
    request.add_types(type);
    EXPECT_EQ(List(request).attestations_size(), count) << type;
  }
}

TEST_F(ImageAttestationsTest, ThePolicyHolds) {
  EXPECT_EQ(ErrorOf(ListOf("oci:/etc", "all")), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ErrorOf(ListOf("alpine", "all")), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ErrorOf(ListOf("oci:none", "all")), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ErrorOf(ListOf("oci:app", "linux/s390x")), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ErrorOf(ListOf("oci:app", "a/b/c/d")), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ErrorOf(ListOf("", "all")), grpc::StatusCode::INVALID_ARGUMENT);
  v1::ReadImageAttestationRequest request = ReadOf(0, 0);
  request.set_image("oci:/etc");
  EXPECT_EQ(Read(request), "error 7");
}

TEST_F(ImageAttestationsTest, ReadsPartsOfBlobAndStatement) {
  for (const auto part :
       {v1::ReadImageAttestationRequest::PART_UNSPECIFIED, v1::ReadImageAttestationRequest::PART_STATEMENT}) {
    const auto read = [&](int64_t offset, int64_t length) {
      v1::ReadImageAttestationRequest request = ReadOf(offset, length);
      request.set_part(part);
      return Read(request);
    };
    EXPECT_EQ(read(0, 0), statement_);
    EXPECT_EQ(read(0, 1 << 20), statement_);
    EXPECT_EQ(read(3, 4), statement_.substr(3, 4));
    EXPECT_EQ(read(0, 1), statement_.substr(0, 1));
    EXPECT_EQ(read(5, 0), statement_.substr(5));
    EXPECT_EQ(read(static_cast<int64_t>(statement_.size()), 0), "");
    EXPECT_EQ(read(-1, 0), "error 3");
  }
  v1::ReadImageAttestationRequest other = ReadOf(0, 0);
  other.set_digest(absl::StrCat("sha256:", std::string(64, '0')));
  EXPECT_EQ(Read(other), "error 5");
}

}  // namespace
}  // namespace waybill::exporter::service::image_attestations
