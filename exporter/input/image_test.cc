// SPDX-License-Identifier: Apache-2.0
// What is refused, and by which name. That images come back the same is tested in tools/golden.
#include "exporter/input/image.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/memory_store.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/manifest.h"
#include "oci/media_types.h"

namespace waybill::exporter::input {
namespace {

using ::testing::HasSubstr;

constexpr char kNoLayers[] = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";

class ImageTest : public ::testing::Test {
 protected:
  oci::Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    return {
        .media_type = std::string(media_type), .digest = store_.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
  }
  oci::Descriptor Manifest(const oci::Manifest& manifest) {
    return Add(oci::kOciManifest, oci::ToIndentedJson(manifest));
  }
  oci::Descriptor Image(const std::string& config) {
    return Manifest({.media_type = std::string(oci::kOciManifest), .config = Add(oci::kOciConfig, config)});
  }
  oci::Descriptor Index(std::vector<oci::Descriptor> manifests) {
    return Add(oci::kOciIndex, oci::ToIndentedJson(oci::Index{.media_type = std::string(oci::kOciIndex),
                                                              .manifests = std::move(manifests)}));
  }
  absl::StatusOr<BuildResult> Import(const oci::Descriptor& root) {
    return ImportImage(oci::Context(), root,
                       {.content = store_, .store = store_, .scratch_directory = ::testing::TempDir()});
  }
  void Refuses(const oci::Descriptor& root, oci::Reason reason, const std::string& text) {
    const absl::Status status = Import(root).status();
    EXPECT_EQ(oci::ReasonOf(status), reason) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }

  oci::content::MemoryStore store_;
};

TEST_F(ImageTest, WhatNoBuildResultCanHold) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor inner = Index({image});
  Refuses(Index({inner}), oci::Reason::kUnsupported, "index entry " + inner.digest.ToString());
  Refuses(Index({image, image}), oci::Reason::kUnsupported, "two images for platform linux/amd64");
  const oci::Descriptor artifact =
      Manifest({.media_type = std::string(oci::kOciManifest), .config = Add(oci::kOciEmpty, "{}")});
  Refuses(Index({image, artifact}), oci::Reason::kUnsupported,
          "manifest " + artifact.digest.ToString() + " with a config of type application/vnd.oci.empty.v1+json");
  Refuses(Add("application/zip", "PK"), oci::Reason::kUnsupported, "of type application/zip");
}

TEST_F(ImageTest, DocumentsThatDoNotFit) {
  Refuses(Image("{"), oci::Reason::kInvalidInput, "config sha256:");
  const oci::Descriptor two = Manifest({.media_type = std::string(oci::kOciManifest),
                                        .config = Add(oci::kOciConfig, kNoLayers),
                                        .layers = {Add(oci::kOciLayer, "x"), Add(oci::kOciLayer, "y")}});
  Refuses(two, oci::Reason::kInvalidInput, "has 2 layers, its config names 0");
  oci::Descriptor missing = Image(kNoLayers);
  missing.digest = oci::Digest::Of("nowhere");
  Refuses(missing, oci::Reason::kNotFound, missing.digest.ToString());
}

TEST_F(ImageTest, AttestationsNeedTheirImage) {
  oci::Descriptor attestation = Image(kNoLayers);
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", "sha256:00"}};
  Refuses(Index({attestation}), oci::Reason::kInvalidInput, "is about sha256:00, which is not in the index");
}

constexpr char kTooMuch[] = "the image's manifests and configs are too many or too large in all";

TEST_F(ImageTest, TooManyDocuments) {
  oci::Descriptor attestation = Image(kNoLayers);
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", "sha256:00"}};
  Refuses(Index(std::vector<oci::Descriptor>(2000, attestation)), oci::Reason::kInvalidInput, kTooMuch);
}

TEST_F(ImageTest, DocumentsThatAreTooLargeInAll) {
  const std::string text = oci::ToIndentedJson({.media_type = std::string(oci::kOciManifest), .config = Image("{}")});
  oci::Descriptor attestation = Add(oci::kOciManifest, text + std::string(15 << 20, ' '));
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", "sha256:00"}};
  Refuses(Index(std::vector<oci::Descriptor>(5, attestation)), oci::Reason::kInvalidInput, kTooMuch);
}

TEST_F(ImageTest, AStatementThatIsNone) {
  const oci::Descriptor image = Image(kNoLayers);
  oci::Descriptor attestation = Manifest({.media_type = std::string(oci::kOciManifest),
                                          .config = Add(oci::kOciEmpty, "{}"),
                                          .layers = {Add(oci::kInToto, "[]")}});
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", image.digest.ToString()}};
  Refuses(Index({image, attestation}), oci::Reason::kInvalidInput, "cannot decode in-toto statement");
}

TEST_F(ImageTest, ABareManifestIsNoMap) {
  const absl::StatusOr<BuildResult> result = Import(Image(kNoLayers));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->is_map);
  EXPECT_EQ(result->metadata.at("containerimage.config"), kNoLayers);
  EXPECT_TRUE(result->refs.at("").layers.empty());
}

}  // namespace
}  // namespace waybill::exporter::input
