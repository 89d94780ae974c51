// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/attestation_form.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::documents {
namespace {

const std::string kAttestation(oci::image::kAttestationManifest);

class AttestationFormTest : public testing::Test {
 protected:
  oci::Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    return {.media_type = std::string(media_type),
            .digest = content_.Add(bytes),
            .size = static_cast<int64_t>(bytes.size())};
  }

  oci::Descriptor AddManifest(const std::string& config, const std::string& artifact_type) {
    return Add(oci::image::kOciManifest,
               oci::image::ToIndentedJson(oci::image::Manifest{.media_type = std::string(oci::image::kOciManifest),
                                                               .artifact_type = artifact_type,
                                                               .config = Add(oci::image::kOciConfig, config)}));
  }

  // As BuildKit lists it in an index.
  oci::Descriptor AddAttestation(const oci::Descriptor& image, const std::string& artifact_type) {
    oci::Descriptor attestation =
        AddManifest(absl::StrCat("{\"of\":\"", image.digest.ToString(), "\"}"), artifact_type);
    attestation.annotations = {{"vnd.docker.reference.digest", image.digest.ToString()},
                               {"vnd.docker.reference.type", "attestation-manifest"}};
    return attestation;
  }

  oci::Descriptor AddIndex(std::vector<oci::Descriptor> manifests) {
    return Add(oci::image::kOciIndex,
               oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                            .manifests = std::move(manifests),
                                                            .annotations = {{"title", "app"}}}));
  }

  oci::image::Index Read(const oci::Descriptor& root) {
    const absl::StatusOr<std::string> bytes =
        oci::content::VerifiedBytes(context_, content_, root, oci::image::kMaxManifestBytes);
    EXPECT_EQ(bytes.status(), absl::OkStatus());
    return *oci::image::ParseIndex(*bytes);
  }

  oci::Context context_;
  oci::content::store::MemoryStore content_;
};

TEST_F(AttestationFormTest, TakesAttestationsOut) {
  const oci::Descriptor amd64 = AddManifest("{\"os\":\"linux\"}", "");
  const oci::Descriptor arm64 = AddManifest("{\"os\":\"linux\",\"x\":1}", "");
  const oci::Descriptor of_amd64 = AddAttestation(amd64, kAttestation);
  const oci::Descriptor of_arm64 = AddAttestation(arm64, kAttestation);
  oci::Descriptor root = AddIndex({amd64, of_amd64, arm64, of_arm64});
  root.annotations = {{"org.opencontainers.image.created", "then"}};

  const absl::StatusOr<ImagesAndAttestations> parts = TakeOutAttestations(context_, content_, root, content_);
  ASSERT_EQ(parts.status(), absl::OkStatus());
  // The index that the images alone have.
  EXPECT_EQ(parts->root.digest, AddIndex({amd64, arm64}).digest);
  EXPECT_EQ(parts->root.annotations, root.annotations);
  EXPECT_EQ(Read(parts->root).manifests, (std::vector<oci::Descriptor>{amd64, arm64}));
  EXPECT_EQ(parts->attestations, (std::vector<oci::Descriptor>{of_amd64, of_arm64}));
}

TEST_F(AttestationFormTest, WithoutAttestationsNothingChanges) {
  const oci::Descriptor root = AddIndex({AddManifest("{}", "")});
  const absl::StatusOr<ImagesAndAttestations> parts = TakeOutAttestations(context_, content_, root, content_);
  ASSERT_EQ(parts.status(), absl::OkStatus());
  EXPECT_EQ(parts->root, root);
  EXPECT_TRUE(parts->attestations.empty());
}

TEST_F(AttestationFormTest, AManifestListsNone) {
  const oci::Descriptor root = AddManifest("{}", "");
  const absl::Status status = TakeOutAttestations(context_, content_, root, content_).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(status.message(), absl::StrCat(root.digest.ToString(), " is no index: it lists no attestations"));
}

}  // namespace
}  // namespace waybill::exporter::documents
