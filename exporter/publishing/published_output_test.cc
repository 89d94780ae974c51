// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/published_output.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "attest/keys/open_key.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"

namespace waybill::exporter::publishing {
namespace {

constexpr char kSpdx[] = "https://spdx.dev/Document";

// What an output was given. Its content is gone once the delivery ends.
struct Delivered {
  std::vector<oci::Descriptor> artifacts;
  std::vector<std::string> manifests;
};

class RecordingOutput final : public Output {
 public:
  explicit RecordingOutput(std::optional<Delivered>& delivered) : delivered_(delivered) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions&) override {
    delivered_.emplace();
    delivered_->artifacts = image.artifacts;
    for (const oci::Descriptor& artifact : image.artifacts) {
      auto bytes = oci::content::VerifiedBytes(context, image.content, artifact, 1 << 20);
      if (!bytes.ok()) return bytes.status();
      delivered_->manifests.push_back(*std::move(bytes));
    }
    return answers::Delivery{};
  }

 private:
  std::optional<Delivered>& delivered_;
};

class PublishedOutputTest : public ::testing::Test {
 protected:
  PublishedOutputTest() {
    statement_ = AddStatement(place_, image_, kSpdx);
    attestation_ = AddAttestation(place_, attest::AttestationForm::kArtifact, image_, {*statement_});
    root_ = AddIndex(place_, {image_, *attestation_});
  }

  static request::ExportOptions Options(request::Attributes attributes) {
    attributes.insert({"name", "example.com/app:1"});
    auto options = request::ExportOptions::FromRequest(
        {.type = "oci", .attributes = std::move(attributes), .compatibility_version = 0});
    EXPECT_TRUE(options.ok()) << options.status();
    return *std::move(options);
  }

  absl::Status Deliver(const request::ExportOptions& options, const Image& image) {
    absl::StatusOr<std::unique_ptr<Output>> output = WithPublishing(
        std::make_unique<RecordingOutput>(delivered_), options, {.keys = keys_, .scratch_directory = scratch_});
    if (!output.ok()) return output.status();
    const absl::Status status = (*output)->Deliver(oci::Context(), image, options).status();
    EXPECT_TRUE(std::filesystem::is_empty(scratch_));
    return status;
  }
  absl::Status Deliver(const request::ExportOptions& options) {
    return Deliver(options, {.root = *root_, .names = {}, .content = place_});
  }

  const std::string scratch_ = oci::file::testing::NewTempDir();
  attest::sign::KeysByName keys_ = [](absl::string_view) { return oci::NotFoundError("no key"); };
  attest::reader::testing::MemoryPlace place_;
  const oci::Descriptor image_ = AddImage(place_, "amd64");
  std::optional<oci::Descriptor> statement_, attestation_, root_;
  std::optional<Delivered> delivered_;
};

TEST_F(PublishedOutputTest, AnImageGetsItsArtifacts) {
  ASSERT_EQ(Deliver(Options({{"attestation-profiles", "docker,raw,in-toto"}})), absl::OkStatus());
  ASSERT_TRUE(delivered_.has_value());
  ASSERT_EQ(delivered_->artifacts.size(), 4u);  // of the image, and of an index that lists no other
  EXPECT_EQ(delivered_->artifacts[0].artifact_type, "application/spdx+json");
  EXPECT_TRUE(absl::StrContains(delivered_->manifests[0], image_.digest.ToString()));
  EXPECT_TRUE(absl::StrContains(delivered_->manifests[1], root_->digest.ToString()));
  EXPECT_EQ(delivered_->artifacts[2].artifact_type, "application/vnd.in-toto+json");
}

TEST_F(PublishedOutputTest, AttestationsOutsideTheIndexAreFound) {
  const oci::Descriptor root = AddIndex(place_, {image_});
  ASSERT_EQ(Deliver(Options({{"attestation-profiles", "docker,raw"}}),
                    {.root = root, .referrers = {*attestation_}, .names = {}, .content = place_}),
            absl::OkStatus());
  EXPECT_EQ(delivered_->artifacts.size(), 2u);
}

TEST_F(PublishedOutputTest, NothingToPublishIsTheSameOutput) {
  ASSERT_EQ(Deliver(Options({{"attestation-profiles", "docker"}})), absl::OkStatus());
  EXPECT_TRUE(delivered_->artifacts.empty());
}

TEST_F(PublishedOutputTest, WhatIsRequiredMustBeThere) {
  EXPECT_EQ(Deliver(Options({{"require", "sbom"}})), absl::OkStatus());
  EXPECT_TRUE(delivered_.has_value());
  delivered_.reset();
  const absl::Status missing = Deliver(Options({{"require", "sbom,provenance"}}));
  EXPECT_EQ(oci::ReasonOf(missing), oci::Reason::kVerification) << missing;
  EXPECT_TRUE(absl::StrContains(missing.message(), "exporter option \"require\": linux/amd64 ")) << missing;
  EXPECT_FALSE(delivered_.has_value());
  const oci::Descriptor bare = AddIndex(place_, {image_});
  EXPECT_EQ(oci::ReasonOf(Deliver(Options({{"require", "sbom"}}), {.root = bare, .names = {}, .content = place_})),
            oci::Reason::kVerification);
  EXPECT_EQ(oci::ReasonOf(Deliver(Options({{"require", "sbom"}}), {.root = image_, .names = {}, .content = place_})),
            oci::Reason::kVerification);
}

TEST_F(PublishedOutputTest, AStatementThatIsInNoBundleIsNotSigned) {
  keys_ = [](absl::string_view) {
    return attest::keys::OpenKey(oci::Context(), {.name = "testdata/keys/p256-sec1.key", .passphrase_file = ""});
  };
  const request::ExportOptions options = Options({{"require", "signed"}, {"sign", "release"}});
  EXPECT_EQ(Deliver(options), absl::OkStatus());
  delivered_.reset();
  // No bundle is made of a statement about something else.
  const oci::Descriptor other = AddStatement(place_, AddImage(place_, "arm64"), kSpdx);
  const oci::Descriptor root = AddIndex(
      place_, {image_, AddAttestation(place_, attest::AttestationForm::kArtifact, image_, {*statement_, other})});
  const absl::Status status = Deliver(options, {.root = root, .names = {}, .content = place_});
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kVerification) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), other.digest.ToString())) << status;
  EXPECT_FALSE(delivered_.has_value());
}

TEST_F(PublishedOutputTest, AKeyThatIsNotThereFailsFirst) {
  const absl::Status status = Deliver(Options({{"sign", "release"}}));
  EXPECT_EQ(publishing::CheckKey(Options({{"sign", "release"}}), keys_), status);
  EXPECT_EQ(publishing::CheckKey(Options({}), nullptr), absl::OkStatus());
  EXPECT_EQ(status.message(), "exporter option \"sign\": no key");
  EXPECT_FALSE(delivered_.has_value());
}

TEST_F(PublishedOutputTest, AStatementThatCannotBeReadFailsTheExport) {
  place_.Replace(statement_->digest, "{}");
  EXPECT_FALSE(Deliver(Options({{"attestation-profiles", "docker,raw"}, {"require", "sbom"}})).ok());
}

}  // namespace
}  // namespace waybill::exporter::publishing
