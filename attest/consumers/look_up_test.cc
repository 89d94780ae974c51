// SPDX-License-Identifier: Apache-2.0
// The expected answers are those of the programs, run on images of these forms (cosign v3.1.3 and v2.6.2, Trivy v0.74,
// Kyverno v1.19.1, Ratify v1.4.6, policy-helpers). Two are from sources alone: which of several VEX statements Trivy
// takes, and that Kyverno takes any bundle for a signature.
#include "attest/consumers/look_up.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/consumers/att_tags.h"
#include "attest/reader/reader.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/image/manifest.h"
#include "oci/image/referrers_tag.h"

namespace waybill::attest::consumers {
namespace {

constexpr char kSpdx[] = "https://spdx.dev/Document";
constexpr char kSlsa[] = "https://slsa.dev/provenance/v1";
constexpr char kVex[] = "https://openvex.dev/ns/v0.2.0";
constexpr char kBundle[] = "application/vnd.dev.sigstore.bundle.v0.3+json";

std::string Statement(const oci::Descriptor& about, const std::string& type) {
  return absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")", type,
                      R"(","subject":[{"name":"_","digest":{"sha256":")", about.digest.hex(),
                      R"("}}],"predicate":{}})");
}
std::string Envelope(const std::string& statement) {
  return absl::StrCat(R"({"payload":")", absl::Base64Escape(statement),
                      R"(","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AA=="}]})");
}
std::string BundleOf(const std::string& statement) {
  return absl::StrCat(R"({"mediaType":")", kBundle, R"(","verificationMaterial":{"publicKey":{"hint":"x"}},)",
                      R"("dsseEnvelope":)", Envelope(statement), "}");
}

class LookUpTest : public ::testing::Test {
 protected:
  void Build(AttestationForm form, const std::vector<std::string>& architectures,
             const std::string& provenance = kSlsa) {
    std::vector<oci::Descriptor> entries;
    for (const std::string& architecture : architectures) {
      images_.push_back(AddImage(place_, architecture));
      entries.push_back(images_.back());
    }
    for (const oci::Descriptor& image : images_) {
      const oci::Descriptor attestation = AddAttestation(
          place_, form, image, {AddStatement(place_, image, kSpdx), AddStatement(place_, image, provenance)});
      if (form == AttestationForm::kArtifact) {
        oci::Descriptor listed = attestation;
        listed.artifact_type = "application/vnd.docker.attestation.manifest.v1+json";
        place_.List(image.digest, listed);
      }
      entries.push_back(attestation);
      attestations_.push_back(attestation);
    }
    root_ = AddIndex(place_, entries);
    place_.Tag("app", *root_);
  }

  // A referrer of the first image: a statement of the type, announced as another where that is not "".
  void AddInToto(const std::string& type, const std::string& announced) {
    oci::Annotations annotations;
    if (!announced.empty()) annotations["in-toto.io/predicate-type"] = announced;
    oci::Descriptor artifact = AddManifest(place_, {.media_type = "application/vnd.oci.image.manifest.v1+json",
                                                    .artifact_type = "application/vnd.in-toto+json",
                                                    .config = place_.Add("application/vnd.oci.empty.v1+json", "{}"),
                                                    .layers = {AddStatement(place_, images_[0], type)},
                                                    .subject = images_[0],
                                                    .annotations = annotations});
    artifact.artifact_type = "application/vnd.in-toto+json";
    artifact.annotations = annotations;
    place_.List(images_[0].digest, artifact);
  }

  // "found[, found]" or "no: note", of the root (0) or of the image with that number, from 1 on.
  std::string Ask(const std::string& consumer, size_t number) {
    const auto tree = reader::ReadImage(oci::Context(), place_.roles(), "app", {});
    EXPECT_TRUE(tree.ok()) << tree.status();
    const auto tags = ReadAttTags(oci::Context(), place_.roles(), *tree);
    EXPECT_TRUE(tags.ok()) << tags.status();
    const oci::Digest& digest = number == 0 ? root_->digest : images_[number - 1].digest;
    for (const LookUp& one : LookUpAll(*tree, *tags)) {
      if (one.consumer != consumer || tree->nodes[one.named].descriptor.digest != digest) continue;
      if (one.answer.found.empty()) return absl::StrCat("no: ", one.answer.note);
      return absl::StrCat(absl::StrJoin(one.answer.found, ", "), one.answer.note.empty() ? "" : "; ", one.answer.note);
    }
    return "nobody was asked";
  }

  reader::testing::MemoryPlace place_;
  std::vector<oci::Descriptor> images_;
  std::vector<oci::Descriptor> attestations_;
  std::optional<oci::Descriptor> root_;
};

TEST_F(LookUpTest, ALegacyImageIsFoundByDockerAlone) {
  Build(AttestationForm::kLegacy, {"amd64", "arm64"});
  EXPECT_EQ(Ask("docker, buildx imagetools", 0), absl::StrCat(kSpdx, ", ", kSlsa));
  EXPECT_EQ(Ask("docker, buildx imagetools", 2),
            absl::StrCat(kSpdx, ", ", kSlsa, "; only by the tag or the digest of the index"));
  EXPECT_NE(Ask("Docker's policy", 1).find(": chain-subject: "), std::string::npos);
  EXPECT_EQ(Ask("oras discover, regctl", 1), "no: nothing is listed as referring to it");
  for (const char* consumer : {"cosign 3 verify-attestation", "cosign 3 verify", "Kyverno, SigstoreBundle"}) {
    EXPECT_EQ(Ask(consumer, 0), "no: no Sigstore bundle refers to it") << consumer;
  }
  EXPECT_EQ(Ask("cosign 2 verify-attestation", 1), "no: there is no tag sha256-<hex>.att");
  EXPECT_EQ(Ask("Ratify, sbom", 1), "no: no SPDX document refers to it");
}

TEST_F(LookUpTest, AnArtifactIsListed) {
  Build(AttestationForm::kArtifact, {"amd64"});
  EXPECT_EQ(Ask("oras discover, regctl", 1), "application/vnd.docker.attestation.manifest.v1+json");
  EXPECT_NE(Ask("Docker's policy", 1).find(": chain-signature: "), std::string::npos);
  EXPECT_EQ(Ask("Trivy, SBOM", 1).substr(0, 3), "no:");
  AddArtifact(place_, attestations_[0], kBundle,
              BundleOf(Statement(attestations_[0], "https://sigstore.dev/cosign/sign/v1")));
  EXPECT_EQ(Ask("Docker's policy", 1), kSlsa);
}

TEST_F(LookUpTest, DockersPolicyJudgesEachImageByItself) {
  Build(AttestationForm::kArtifact, {"amd64", "arm64"}, "https://slsa.dev/provenance/v0.2");
  AddArtifact(place_, attestations_[0], kBundle,
              BundleOf(Statement(attestations_[0], "https://sigstore.dev/cosign/sign/v1")));
  EXPECT_EQ(Ask("Docker's policy", 1), "https://slsa.dev/provenance/v0.2");
  EXPECT_EQ(Ask("Docker's policy", 2).substr(0, 15), "no: linux/arm64");
  // Of the tag both are told.
  EXPECT_EQ(Ask("Docker's policy", 0).find("https://slsa.dev/provenance/v0.2; linux/arm64 "), 0u);
}

TEST_F(LookUpTest, ABundleIsFoundByTheDigestThatItRefersTo) {
  Build(AttestationForm::kArtifact, {"amd64", "arm64"});
  AddArtifact(place_, images_[0], kBundle, BundleOf(Statement(images_[0], kSpdx)));
  EXPECT_EQ(Ask("cosign 3 verify-attestation", 1), kSpdx);
  EXPECT_EQ(Ask("Kyverno, SigstoreBundle", 1),
            absl::StrCat(kSpdx, ", signature; Kyverno takes the bundle of a statement for a signature"));
  EXPECT_EQ(Ask("Trivy, SBOM", 1), kSpdx);
  EXPECT_EQ(Ask("cosign 3 verify", 1), "signature; cosign takes the bundle of a statement for a signature");
  EXPECT_EQ(Ask("cosign 3 verify-attestation", 0), "no: no Sigstore bundle refers to it");
  EXPECT_EQ(Ask("cosign 3 verify-attestation", 2), "no: no Sigstore bundle refers to it");
  // On the index, with the platform alone as its subject.
  AddArtifact(place_, *root_, kBundle, BundleOf(Statement(images_[0], kSlsa)));
  EXPECT_EQ(Ask("cosign 3 verify-attestation", 0), "no: no statement in the 1 bundle names this digest");
}

TEST_F(LookUpTest, TrivyTakesTheFirstSbomOfTheIndex) {
  Build(AttestationForm::kArtifact, {"amd64", "arm64"});
  AddArtifact(place_, *root_, "application/spdx+json", R"({"spdxVersion":"SPDX-2.3"})");
  EXPECT_EQ(Ask("Trivy, SBOM", 0),
            "application/spdx+json; wrong for all platforms but one: Trivy takes the first SBOM of the index for each "
            "of them");
  EXPECT_EQ(Ask("Ratify, sbom", 0), "application/spdx+json");
}

TEST_F(LookUpTest, AVexStatementOfItsOwnIsFoundByTrivy) {
  Build(AttestationForm::kArtifact, {"amd64"});
  EXPECT_EQ(Ask("Trivy, VEX", 1).substr(0, 3), "no:");
  AddInToto(kVex, kVex);
  EXPECT_EQ(Ask("Trivy, VEX", 1), kVex);
}

TEST_F(LookUpTest, TrivyReadsWhatIsAnnouncedAsVexAndElseWhatIsNotAnnounced) {
  Build(AttestationForm::kArtifact, {"amd64"});
  AddInToto(kVex, kSlsa);  // announced as another type
  EXPECT_EQ(Ask("Trivy, VEX", 1).substr(0, 3), "no:");
  AddInToto(kVex, "");
  EXPECT_EQ(Ask("Trivy, VEX", 1), kVex);
  AddInToto(kSlsa, kVex);  // hides the one before
  EXPECT_EQ(Ask("Trivy, VEX", 1).substr(0, 3), "no:");
}

TEST_F(LookUpTest, AnEnvelopeWithAVexStatementIsFoundByTrivy) {
  Build(AttestationForm::kArtifact, {"amd64"});
  AddArtifact(place_, images_[0], "application/vnd.dsse.envelope.v1+json", Envelope(Statement(images_[0], kVex)));
  EXPECT_EQ(Ask("Trivy, VEX", 1), kVex);
}

TEST_F(LookUpTest, TheTagOfCosign2IsIgnoredBesideABundle) {
  Build(AttestationForm::kArtifact, {"amd64"});
  const oci::Descriptor manifest = AddManifest(
      place_, {.media_type = "application/vnd.oci.image.manifest.v1+json",
               .config = place_.Add("application/vnd.oci.image.config.v1+json", "{}"),
               .layers = {place_.Add("application/vnd.dsse.envelope.v1+json", Envelope(Statement(images_[0], kSlsa))),
                          place_.Add("application/vnd.dsse.envelope.v1+json", Envelope(Statement(images_[0], kVex)))}});
  place_.Tag(oci::image::ReferrersTag(images_[0].digest) + ".att", manifest);
  EXPECT_EQ(Ask("cosign 2 verify-attestation", 1), absl::StrCat(kSlsa, ", ", kVex));
  EXPECT_EQ(Ask("cosign 3 verify-attestation", 1), absl::StrCat(kSlsa, ", ", kVex));
  EXPECT_EQ(Ask("Trivy, VEX", 1), kVex);
  AddArtifact(place_, images_[0], kBundle, BundleOf(Statement(images_[0], "https://sigstore.dev/cosign/sign/v1")));
  EXPECT_EQ(Ask("cosign 3 verify-attestation", 1), "no: cosign ignores the tag .att, because a bundle refers to it");
  EXPECT_EQ(Ask("cosign 3 verify", 1), "signature");
  EXPECT_EQ(Ask("Kyverno, SigstoreBundle", 1), "signature");
}

TEST_F(LookUpTest, KyvernoHasLimits) {
  Build(AttestationForm::kArtifact, {"amd64"});
  AddArtifact(place_, images_[0], kBundle, BundleOf(Statement(images_[0], kSlsa)));
  EXPECT_EQ(Ask("Kyverno, SigstoreBundle", 1).find(kSlsa), 0u);
  for (int i = 0; i < 49; ++i) AddArtifact(place_, images_[0], "application/x", absl::StrCat("{\"n\":", i, "}"));
  EXPECT_EQ(Ask("Kyverno, SigstoreBundle", 1), "no: it has 51 referrers: Kyverno takes 50");
}

TEST_F(LookUpTest, AnImageWithoutAnIndexIsAsked) {
  images_.push_back(AddImage(place_, "amd64"));
  root_ = images_.back();
  place_.Tag("app", *root_);
  EXPECT_EQ(Ask("docker, buildx imagetools", 0), "no: it is no index: there is no list of attestation manifests");
  EXPECT_EQ(Ask("Docker's policy", 0), "no: it is no index: the chain begins there");
}

}  // namespace
}  // namespace waybill::attest::consumers
