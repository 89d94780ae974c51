// SPDX-License-Identifier: Apache-2.0
#include "exporter/refused_attestations.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::exporter {
namespace {

using request::AttestationRefused;

// An index of one image and its attestation manifest, in the form with artifactType and subject.
class ReplaceRefusedTest : public ::testing::Test {
 protected:
  ReplaceRefusedTest() {
    image_ = Add(oci::image::kOciManifest,
                 oci::image::ToIndentedJson(oci::image::Manifest{.media_type = std::string(oci::image::kOciManifest),
                                                                 .config = Add(oci::image::kOciConfig, "{}"),
                                                                 .layers = {Add(oci::image::kOciLayer, "layer")}}));
    oci::Descriptor statement = Add("application/vnd.in-toto+json", "{\"statement\":1}");
    statement.annotations = attest::StatementAnnotations("https://slsa.dev/provenance/v1");
    const oci::image::ManifestDocuments documents =
        attest::MakeManifest(attest::AttestationForm::kArtifact, image_, {statement});
    content_.Add(documents.config.bytes);
    content_.Add(documents.manifest.bytes);
    attestation_ = documents.manifest.descriptor;
    root_ = AddIndex({image_, attestation_});
  }

  oci::Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    return {.media_type = std::string(media_type),
            .digest = content_.Add(bytes),
            .size = static_cast<int64_t>(bytes.size())};
  }
  oci::Descriptor AddIndex(std::vector<oci::Descriptor> manifests) {
    return Add(oci::image::kOciIndex,
               oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                            .manifests = std::move(manifests)}));
  }

  absl::StatusOr<Replacement> Replace(AttestationRefused policy, std::vector<oci::Descriptor> referrers = {}) {
    return ReplaceRefused(
        oci::Context(),
        {.root = *root_, .referrers = std::move(referrers), .names = {"host/app:1"}, .content = content_},
        {.type = request::ExporterType::kImage, .attestation_refused = policy}, refusal_, content_);
  }
  std::string Bytes(const oci::Descriptor& descriptor) {
    const absl::StatusOr<std::string> bytes =
        oci::content::VerifiedBytes(oci::Context(), content_, descriptor, oci::image::kMaxManifestBytes);
    EXPECT_EQ(bytes.status(), absl::OkStatus());
    return bytes.value_or("");
  }

  oci::content::store::MemoryStore content_;
  oci::Descriptor image_ = {.digest = oci::Digest::Of("")};
  oci::Descriptor attestation_ = {.digest = oci::Digest::Of("")};
  std::optional<oci::Descriptor> root_;
  const absl::Status refusal_ =
      oci::MakeError(oci::Reason::kRefused, "host refuses the attestation manifest", {{"host", "host"}});
};

TEST_F(ReplaceRefusedTest, FailNamesTheRefusalAndWhatHelps) {
  const absl::Status status = Replace(AttestationRefused::kFail).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kRefused);
  EXPECT_EQ(oci::MetadataOf(status), (oci::ErrorMetadata{{"host", "host"}}));
  EXPECT_EQ(status.message(),
            "host refuses the attestation manifest; attestation-refused=legacy pushes them in the form before OCI "
            "artifacts, attestation-refused=skip leaves them out");
}

TEST_F(ReplaceRefusedTest, SkipPushesTheIndexOfTheImagesAlone) {
  const absl::StatusOr<Replacement> replacement = Replace(AttestationRefused::kSkip);
  ASSERT_EQ(replacement.status(), absl::OkStatus());
  EXPECT_EQ(replacement->root.digest, AddIndex({image_}).digest);
  EXPECT_EQ(replacement->warning,
            absl::StrCat("host refuses the attestation manifest; pushed ", replacement->root.digest.ToString(),
                         " without attestations instead of ", root_->digest.ToString()));
}

// What BuildKit wrote before: an image config that lists the statements, neither artifactType nor subject.
TEST_F(ReplaceRefusedTest, LegacyPushesTheOlderForm) {
  const absl::StatusOr<Replacement> replacement = Replace(AttestationRefused::kLegacy);
  ASSERT_EQ(replacement.status(), absl::OkStatus());
  const absl::StatusOr<oci::image::Index> index = oci::image::ParseIndex(Bytes(replacement->root));
  ASSERT_EQ(index.status(), absl::OkStatus());
  ASSERT_EQ(index->manifests.size(), 2u);
  EXPECT_EQ(index->manifests[0], image_);
  const oci::Descriptor& entry = index->manifests[1];
  EXPECT_EQ(entry.annotations, (oci::Annotations{{"vnd.docker.reference.digest", image_.digest.ToString()},
                                                 {"vnd.docker.reference.type", "attestation-manifest"}}));
  const absl::StatusOr<oci::image::Manifest> manifest = oci::image::ParseManifest(Bytes(entry));
  ASSERT_EQ(manifest.status(), absl::OkStatus());
  EXPECT_EQ(manifest->artifact_type, "");
  EXPECT_FALSE(manifest->subject.has_value());
  EXPECT_EQ(manifest->config.media_type, "application/vnd.oci.image.config.v1+json");
  ASSERT_EQ(manifest->layers.size(), 1u);
  EXPECT_EQ(manifest->layers[0].digest, oci::Digest::Of("{\"statement\":1}"));
  EXPECT_EQ(manifest->layers[0].annotations,
            (oci::Annotations{{"in-toto.io/predicate-type", "https://slsa.dev/provenance/v1"}}));
  EXPECT_EQ(replacement->warning,
            absl::StrCat("host refuses the attestation manifest; pushed ", replacement->root.digest.ToString(),
                         " with legacy attestations instead of ", root_->digest.ToString()));
}

TEST_F(ReplaceRefusedTest, ReferrersHaveNoLegacyForm) {
  const absl::Status status = Replace(AttestationRefused::kLegacy, {attestation_}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kRefused);
  EXPECT_EQ(
      status.message(),
      "attestation-refused=legacy needs attestation-placement=both or index: host refuses the attestation manifest");
}

// The index lists none of them, so that the image goes as it is.
TEST_F(ReplaceRefusedTest, SkippedReferrersLeaveTheImageAsItIs) {
  root_ = image_;
  const absl::StatusOr<Replacement> replacement = Replace(AttestationRefused::kSkip, {attestation_});
  ASSERT_EQ(replacement.status(), absl::OkStatus());
  EXPECT_EQ(replacement->root, image_);
}

}  // namespace
}  // namespace waybill::exporter
