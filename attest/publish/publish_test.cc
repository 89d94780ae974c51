// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/publish.h"

#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/manifest.h"
#include "attest/predicate_types.h"
#include "attest/publish/artifact.h"
#include "attest/reader/reader.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "attest/sign/check.h"
#include "attest/verify/check.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/image/manifest.h"

namespace waybill::attest::publish {
namespace {

constexpr char kSpdx[] = "https://spdx.dev/Document";
constexpr char kCycloneDx[] = "https://cyclonedx.org/bom";
constexpr char kSlsa[] = "https://slsa.dev/provenance/v1";
constexpr char kVex[] = "https://openvex.dev/ns/v0.2.0";

std::string KeyBytes(const std::string& name) {
  std::ifstream file(absl::StrCat("testdata/keys/", name));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

sign::SigningKey Key() {
  const absl::StatusOr<sign::SigningKey> key = sign::SigningKey::FromPem(KeyBytes("p256-sec1.key"), "");
  EXPECT_TRUE(key.ok()) << key.status();
  return *key;
}

class PublishTest : public ::testing::Test {
 protected:
  // An index of images with one attestation manifest each.
  void Build(const std::vector<std::string>& architectures, const std::vector<std::string>& types) {
    std::vector<oci::Descriptor> entries;
    for (const std::string& architecture : architectures) {
      images_.push_back(AddImage(place_, architecture));
      entries.push_back(images_.back());
    }
    for (const oci::Descriptor& image : images_) {
      std::vector<oci::Descriptor> statements;
      for (const std::string& type : types) statements.push_back(AddStatement(place_, image, type));
      statements_.push_back(statements);
      entries.push_back(AddAttestation(place_, AttestationForm::kArtifact, image, statements));
    }
    root_ = AddIndex(place_, entries);
    place_.Tag("app", *root_);
  }

  absl::StatusOr<Published> Make(const Wanted& wanted) {
    const auto tree = reader::ReadImage(oci::Context(), place_.roles(), "app", {});
    EXPECT_TRUE(tree.ok()) << tree.status();
    return MakeReferrers(oci::Context(), *tree, wanted, place_, staging_);
  }

  // "raw amd64 spdx" and so on, in the order of the referrers.
  std::string Told(const Published& published) {
    std::vector<std::string> all;
    for (const NewReferrer& one : published.added) {
      std::string subject = one.subject.digest == root_->digest ? "index" : "other";
      for (const oci::Descriptor& image : images_) {
        if (one.subject.digest == image.digest) subject = image.platform->architecture;
      }
      const absl::string_view alias = AliasOfType(one.predicate_type);
      all.push_back(absl::StrCat(FormName(one.form), " ", subject, " ", alias.empty() ? "image" : alias));
    }
    return absl::StrJoin(all, ", ");
  }

  oci::image::Manifest ManifestOf(const NewReferrer& one) {
    const auto manifest = oci::image::ParseManifest(Bytes(one.manifest));
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    return *manifest;
  }
  std::string Bytes(const oci::Descriptor& blob) {
    oci::content::UnionFetcher all({&staging_, &place_});
    const auto bytes = oci::content::VerifiedBytes(oci::Context(), all, blob, 1 << 20);
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    return bytes.value_or("");
  }
  // Makes the place list what was published.
  void List(const Published& published) {
    for (const NewReferrer& one : published.added) {
      const oci::image::Manifest manifest = ManifestOf(one);
      place_.Add(manifest.layers[0].media_type, Bytes(manifest.layers[0]));
      place_.Add(one.manifest.media_type, Bytes(one.manifest));
      place_.List(one.subject.digest, one.manifest);
    }
  }

  reader::testing::MemoryPlace place_;
  oci::content::store::MemoryStore staging_;
  std::vector<oci::Descriptor> images_;
  std::vector<std::vector<oci::Descriptor>> statements_;
  std::optional<oci::Descriptor> root_;
};

TEST_F(PublishTest, AReportOfFindingsIsADocumentByItsSchema) {
  Build({"amd64", "arm64"}, {"https://docs.oasis-open.org/sarif/sarif/v2.1.0", "https://example.com/sarif"});
  const auto published = Make({.raw = true});
  ASSERT_TRUE(published.ok()) << published.status();
  ASSERT_EQ(published->added.size(), 2u);
  EXPECT_EQ(published->added[0].manifest.artifact_type, "application/sarif+json");
  EXPECT_EQ(DocumentType("https://json.schemastore.org/sarif-2.1.0.json"), "application/sarif+json");
  EXPECT_EQ(DocumentType("https://example.com/sarif"), "");
}

TEST_F(PublishTest, ADocumentIsTakenOutOfItsStatement) {
  Build({"amd64", "arm64"}, {kSpdx, kSlsa, kCycloneDx});
  const auto published = Make({.raw = true});
  ASSERT_TRUE(published.ok()) << published.status();
  // No index: Trivy would take the first for every platform.
  EXPECT_EQ(Told(*published), "raw amd64 spdx, raw amd64 cyclonedx, raw arm64 spdx, raw arm64 cyclonedx");
  const NewReferrer& spdx = published->added[0];
  EXPECT_EQ(spdx.manifest.artifact_type, "application/spdx+json");
  EXPECT_EQ(published->added[1].manifest.artifact_type, "application/vnd.cyclonedx+json");
  const oci::image::Manifest manifest = ManifestOf(spdx);
  EXPECT_EQ(manifest.artifact_type, "application/spdx+json");
  EXPECT_EQ(manifest.config.media_type, "application/vnd.oci.empty.v1+json");
  EXPECT_EQ(manifest.subject->digest, images_[0].digest);
  ASSERT_EQ(manifest.layers.size(), 1u);
  EXPECT_EQ(manifest.layers[0].media_type, "application/spdx+json");
  EXPECT_EQ(Bytes(manifest.layers[0]), absl::StrCat(R"({"of":")", images_[0].digest.hex(), R"("})"));
  EXPECT_EQ(spdx.statement, statements_[0][0].digest);
  EXPECT_TRUE(published->warnings.empty());
}

TEST_F(PublishTest, AnIndexOfOneImageHasItsDocuments) {
  Build({"amd64"}, {kSpdx});
  const auto published = Make({.raw = true});
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(Told(*published), "raw amd64 spdx, raw index spdx");
  EXPECT_EQ(ManifestOf(published->added[0]).layers, ManifestOf(published->added[1]).layers);
}

TEST_F(PublishTest, AStatementOfItsOwnKeepsItsBytes) {
  Build({"amd64", "arm64"}, {kSpdx, kVex});
  const auto vex = Make({.in_toto = InToto::kVex});
  ASSERT_TRUE(vex.ok()) << vex.status();
  EXPECT_EQ(Told(*vex), "in-toto amd64 vex, in-toto arm64 vex");
  const oci::image::Manifest manifest = ManifestOf(vex->added[0]);
  EXPECT_EQ(manifest.artifact_type, "application/vnd.in-toto+json");
  EXPECT_EQ(manifest.annotations, (oci::Annotations{{"in-toto.io/predicate-type", kVex}}));
  EXPECT_EQ(manifest.layers, (std::vector<oci::Descriptor>{statements_[0][1]}));
  const auto all = Make({.in_toto = InToto::kAll});
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(Told(*all), "in-toto amd64 spdx, in-toto amd64 vex, in-toto arm64 spdx, in-toto arm64 vex");
}

TEST_F(PublishTest, AStatementForTheIndexNamesIt) {
  Build({"amd64"}, {kVex});
  const auto published = Make({.in_toto = InToto::kVex});
  ASSERT_TRUE(published.ok()) << published.status();
  ASSERT_EQ(Told(*published), "in-toto amd64 vex, in-toto index vex");
  EXPECT_EQ(Bytes(ManifestOf(published->added[1]).layers[0]),
            absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")", kVex,
                         R"(","subject":[{"name":"_","digest":{"sha256":")", root_->digest.hex(),
                         R"("}},{"name":"pkg:docker/app","digest":{"sha256":")", images_[0].digest.hex(),
                         R"("}}],"predicate":{"of":")", images_[0].digest.hex(), R"("}})"));
}

TEST_F(PublishTest, ABundleOfProvenanceIsFoundByTagToo) {
  Build({"amd64", "arm64"}, {kSpdx, kSlsa});
  const auto published = Make({.bundles = true, .key = Key()});
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(Told(*published),
            "bundle amd64 spdx, bundle amd64 slsa, bundle index slsa, bundle arm64 spdx, bundle arm64 slsa, "
            "bundle index slsa");
  // One bundle with both subjects.
  const oci::image::Manifest manifest = ManifestOf(published->added[1]);
  EXPECT_EQ(manifest.layers, ManifestOf(published->added[2]).layers);
  EXPECT_EQ(manifest.annotations, (oci::Annotations{{"dev.sigstore.bundle.content", "dsse-envelope"},
                                                    {"dev.sigstore.bundle.predicateType", kSlsa}}));
  const auto signature = sign::CheckSignature(oci::Context(), staging_, manifest.layers[0],
                                              reader::ContentKind::kBundle, {Key().public_key()});
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(signature->result, sign::Signature::Result::kVerified);
}

TEST_F(PublishTest, AnEnvelopeIsForTheSubjectsOfABundle) {
  Build({"amd64", "arm64"}, {kSpdx, kSlsa});
  const auto published = Make({.cosign_tags = true, .key = Key()});
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(Told(*published), "");
  std::vector<oci::Digest> subjects;
  for (const TaggedEnvelope& one : published->tagged) {
    subjects.push_back(one.subject.digest);
    const auto signature =
        sign::CheckSignature(oci::Context(), staging_, one.layer, reader::ContentKind::kEnvelope, {Key().public_key()});
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_EQ(signature->result, sign::Signature::Result::kVerified);
    EXPECT_EQ(one.layer.annotations.at("predicateType"), one.predicate_type);
  }
  EXPECT_EQ(subjects, (std::vector<oci::Digest>{images_[0].digest, images_[0].digest, root_->digest, images_[1].digest,
                                                images_[1].digest, root_->digest}));
}

TEST_F(PublishTest, WhatIsThereIsNotMadeAgain) {
  Build({"amd64"}, {kSpdx, kSlsa});
  const Wanted wanted{.bundles = true, .raw = true, .in_toto = InToto::kAll, .key = Key(), .signatures = true};
  const auto first = Make(wanted);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Told(*first),
            "raw amd64 spdx, raw index spdx, in-toto amd64 spdx, in-toto index spdx, in-toto amd64 slsa, "
            "in-toto index slsa, bundle amd64 spdx, bundle index spdx, bundle amd64 slsa, bundle index slsa, "
            "bundle index image, bundle amd64 image, bundle other image");
  EXPECT_EQ(first->present, 0u);
  List(*first);
  const auto second = Make(wanted);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(Told(*second), "");
  EXPECT_EQ(second->present, first->added.size());
  // And a checker finds nothing wrong with it.
  const auto tree = reader::ReadImage(oci::Context(), place_.roles(), "app", {});
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_TRUE(verify::CheckTree(*tree, {}).empty());
}

TEST_F(PublishTest, AnSbomOnAnIndexOfSeveralImagesIsWarnedOf) {
  Build({"amd64", "arm64"}, {kSpdx});
  const auto both = Make({.raw = true, .raw_subjects = Subjects::kBoth});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(Told(*both), "raw amd64 spdx, raw index spdx, raw arm64 spdx, raw index spdx");
  ASSERT_EQ(both->warnings.size(), 2u);
  EXPECT_EQ(both->warnings[0], absl::StrCat("the SBOM of linux/amd64 ", images_[0].digest.ToString(),
                                            " refers to the index as well (raw): Trivy takes the first one there for "
                                            "every platform"));
}

TEST_F(PublishTest, AStatementAboutSomethingElseIsLeftOut) {
  const oci::Descriptor image = AddImage(place_, "amd64");
  const oci::Descriptor other = AddImage(place_, "arm64");
  const oci::Descriptor statement = AddStatement(place_, other, kSpdx);
  place_.Tag("app", AddIndex(place_, {image, AddAttestation(place_, AttestationForm::kArtifact, image, {statement})}));
  const auto published = Make({.raw = true});
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_TRUE(published->added.empty());
  EXPECT_EQ(published->warnings,
            (std::vector<std::string>{absl::StrCat("statement ", statement.digest.ToString(), " does not name ",
                                                   image.digest.ToString(), " and is left out")}));
}

TEST_F(PublishTest, MoreReferrersThanAConsumerTakesAreWarnedOf) {
  std::vector<std::string> types;
  for (int i = 0; i < 51; ++i) types.push_back(absl::StrCat("https://example.com/", i));
  Build({"amd64", "arm64"}, types);
  const auto published = Make({.in_toto = InToto::kAll});
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(published->added.size(), 102u);
  ASSERT_EQ(published->warnings.size(), 2u);
  EXPECT_EQ(published->warnings[0],
            absl::StrCat("linux/amd64 ", images_[0].digest.ToString(), " has 51 referrers: Kyverno takes at most 50"));
}

TEST_F(PublishTest, ABundleNeedsAKey) {
  Build({"amd64"}, {kSpdx});
  EXPECT_EQ(Make({.bundles = true}).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace waybill::attest::publish
