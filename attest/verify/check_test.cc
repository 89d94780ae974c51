// SPDX-License-Identifier: Apache-2.0
#include "attest/verify/check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "attest/verify/blobs.h"
#include "gtest/gtest.h"
#include "oci/image/media_types.h"

namespace waybill::attest::verify {
namespace {

using oci::content::ReferrerPlace;
using reader::testing::MemoryPlace;

constexpr char kSpdx[] = "https://spdx.dev/Document";
constexpr char kSlsa[] = "https://slsa.dev/provenance/v1";
constexpr char kBundleType[] = "application/vnd.dev.sigstore.bundle.v0.3+json";
constexpr char kCosignType[] = "application/vnd.dev.cosign.artifact.sig.v1+json";

std::string Rules(const std::vector<Finding>& findings) {
  return absl::StrJoin(findings, " ", [](std::string* out, const Finding& finding) { out->append(finding.rule); });
}

class CheckTest : public ::testing::Test {
 protected:
  // An index with one image, whose attestation manifest is in the index and among the referrers.
  oci::Descriptor MakeImage(const std::vector<oci::Descriptor>& statements,
                            AttestationForm form = AttestationForm::kArtifact) {
    attestation_ = AddAttestation(place_, form, image_, statements);
    if (form == AttestationForm::kArtifact) place_.List(image_.digest, attestation_);
    return AddIndex(place_, {image_, attestation_});
  }
  // The same in the index alone.
  oci::Descriptor InIndex(const std::vector<oci::Descriptor>& statements) {
    return AddIndex(place_, {image_, AddAttestation(place_, AttestationForm::kArtifact, image_, statements)});
  }
  reader::ImageTree Read(const oci::Descriptor& root) {
    place_.Tag("app", root);
    auto tree = reader::ReadImage(oci::Context(), place_.roles(), "app", {});
    EXPECT_TRUE(tree.ok()) << tree.status();
    return tree.ok() ? *std::move(tree) : reader::ImageTree{.nodes = {{.descriptor = root}}};
  }
  std::string Checked(const oci::Descriptor& root, const CheckOptions& options = {}) {
    return Rules(CheckTree(Read(root), options));
  }

  MemoryPlace place_;
  const oci::Descriptor image_ = AddImage(place_, "amd64");
  oci::Descriptor attestation_{.digest = oci::Digest::Of("")};
};

TEST_F(CheckTest, AGoodImage) {
  const oci::Descriptor root = MakeImage({AddStatement(place_, image_, kSpdx), AddStatement(place_, image_, kSlsa)});
  EXPECT_EQ(Checked(root, {.discovery = Discovery::kBoth, .required = {"sbom", "provenance", kSpdx}}), "");
}

TEST_F(CheckTest, RequiredTypes) {
  const oci::Descriptor root = MakeImage({AddStatement(place_, image_, kSpdx)});
  const auto findings = CheckTree(Read(root), {.required = {"provenance", "sbom"}});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "required");
  EXPECT_EQ(findings[0].object, absl::StrCat("linux/amd64 ", image_.digest.ToString()));
  EXPECT_EQ(findings[0].message, "it has no statement of type provenance");
}

TEST_F(CheckTest, PlacesOfDiscovery) {
  const oci::Descriptor legacy = MakeImage({AddStatement(place_, image_, kSpdx)}, AttestationForm::kLegacy);
  EXPECT_EQ(Checked(legacy, {.discovery = Discovery::kIndex}), "");
  EXPECT_EQ(Checked(legacy, {.discovery = Discovery::kBoth}), "discovery-referrers");
  MakeImage({AddStatement(place_, image_, kSlsa)});
  const oci::Descriptor bare = AddIndex(place_, {image_});
  EXPECT_EQ(Checked(bare, {.discovery = Discovery::kReferrers}), "");
  EXPECT_EQ(Checked(bare, {.discovery = Discovery::kBoth}), "discovery-index");
  EXPECT_EQ(Checked(bare), "");
}

TEST_F(CheckTest, ListsThatLie) {
  oci::Descriptor entry = image_;
  entry.size += 1;
  EXPECT_EQ(Checked(AddIndex(place_, {entry})), "size");
  oci::Descriptor lied = image_;
  lied.size += 1;
  const oci::Descriptor wrong =
      AddAttestation(place_, AttestationForm::kArtifact, lied, {AddStatement(place_, image_, kSpdx)});
  EXPECT_EQ(Checked(AddIndex(place_, {image_, wrong})), "subject");
  oci::Descriptor docker = image_;
  docker.media_type = std::string(oci::image::kDockerManifest);
  EXPECT_EQ(Checked(AddIndex(place_, {docker})), "media-type");
  oci::Descriptor gone = image_;
  gone.digest = oci::Digest::Of("gone");
  EXPECT_EQ(Checked(AddIndex(place_, {image_, gone})), "manifest");
  const oci::Descriptor other = AddImage(place_, "arm64");
  const oci::Descriptor orphan =
      AddAttestation(place_, AttestationForm::kLegacy, other, {AddStatement(place_, other, kSpdx)});
  EXPECT_EQ(Checked(AddIndex(place_, {image_, orphan})), "image");
}

TEST_F(CheckTest, ReferrersWithoutASubject) {
  const oci::Descriptor other = AddImage(place_, "arm64");
  place_.List(image_.digest, other, ReferrerPlace::kFallbackTag);
  EXPECT_EQ(Checked(AddIndex(place_, {image_})), "subject");
}

TEST_F(CheckTest, Statements) {
  const oci::Descriptor other = AddImage(place_, "arm64");
  EXPECT_EQ(Checked(InIndex({AddStatement(place_, other, kSpdx)})), "statement-subject");
  oci::Descriptor mistyped = AddStatement(place_, image_, kSpdx);
  mistyped.annotations = StatementAnnotations(kSlsa);
  EXPECT_EQ(Checked(InIndex({mistyped})), "statement-type");
  EXPECT_EQ(Checked(InIndex({place_.Add(oci::image::kInToto, "no json")})), "statement");
  EXPECT_EQ(Checked(InIndex({place_.Add(oci::image::kInToto, "{}")})), "statement");
  const oci::Descriptor empty =
      place_.Add(oci::image::kInToto,
                 R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:x","subject":[],"predicate":{}})");
  const auto findings = CheckTree(Read(InIndex({empty})), {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message, "it has no subject");
  EXPECT_EQ(findings[0].object, absl::StrCat("statement ", empty.digest.ToString()));
}

TEST_F(CheckTest, BlobsAreReadToTheEnd) {
  const oci::Descriptor root = MakeImage({AddStatement(place_, image_, kSpdx)});
  const reader::ImageTree tree = Read(root);
  const auto good = CheckBlobs(oci::Context(), place_, tree, 4);
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_TRUE(good->findings.empty());
  EXPECT_EQ(good->blobs, 4) << "config and layer of the image, config and statement of the attestation";
  const oci::Descriptor layer = tree.Find(image_.digest)->blobs[1];
  place_.Replace(layer.digest, std::string(layer.size, 'x'));
  const auto bad = CheckBlobs(oci::Context(), place_, tree, 4);
  ASSERT_TRUE(bad.ok()) << bad.status();
  ASSERT_EQ(bad->findings.size(), 1u);
  EXPECT_EQ(bad->findings[0].rule, "blob");
  EXPECT_EQ(bad->findings[0].object, absl::StrCat("blob ", layer.digest.ToString()));
}

class ChainTest : public CheckTest {
 protected:
  std::string Chain(const oci::Descriptor& root) { return Rules(CheckChain(Read(root))); }
  std::string Payload() const {
    return absl::StrCat(R"({"critical":{"identity":{},"image":{"docker-manifest-digest":")",
                        attestation_.digest.ToString(), R"("},"type":"cosign container image signature"}})");
  }
};

TEST_F(ChainTest, WithASignature) {
  const oci::Descriptor root = MakeImage({AddStatement(place_, image_, kSlsa)});
  EXPECT_EQ(Chain(root), "chain-signature");
  AddArtifact(place_, attestation_, kCosignType, Payload());
  EXPECT_EQ(Chain(root), "");
  // A bundle goes before the older form.
  AddArtifact(place_, attestation_, kBundleType, "{}");
  EXPECT_EQ(Chain(root), "chain-signature-content");
}

TEST_F(ChainTest, ABundle) {
  const oci::Descriptor root = MakeImage({AddStatement(place_, image_, kSlsa)});
  AddArtifact(place_, attestation_, kBundleType, R"({"mediaType":"x","messageSignature":{}})");
  EXPECT_EQ(Chain(root), "");
}

TEST_F(ChainTest, EachLink) {
  EXPECT_EQ(Chain({.media_type = image_.media_type, .digest = image_.digest, .size = image_.size}), "chain-index");
  EXPECT_EQ(Chain(AddIndex(place_, {image_})), "chain-attestation");
  EXPECT_EQ(Chain(MakeImage({AddStatement(place_, image_, kSlsa)}, AttestationForm::kLegacy)), "chain-subject");
  EXPECT_EQ(Chain(MakeImage({AddStatement(place_, image_, kSpdx)})), "chain-provenance");
  const oci::Descriptor root = MakeImage({AddStatement(place_, image_, kSlsa)});
  oci::Descriptor lied = attestation_;
  lied.size += 1;
  AddArtifact(place_, lied, kCosignType, Payload());
  EXPECT_EQ(Chain(root), "chain-signature-subject");
}

TEST_F(ChainTest, ASignatureOfSomethingElse) {
  const oci::Descriptor root = MakeImage({AddStatement(place_, image_, kSlsa)});
  AddArtifact(place_, attestation_, kCosignType,
              R"({"critical":{"image":{"docker-manifest-digest":"sha256:00"},"type":"x"}})");
  EXPECT_EQ(Chain(root), "chain-signature-content");
}

}  // namespace
}  // namespace waybill::attest::verify
