// SPDX-License-Identifier: Apache-2.0
// What is refused, and by which name. That images come back the same is tested in tools/golden.
#include "exporter/input/image.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/memory_store.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/progress.h"

namespace waybill::exporter::input {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kNoLayers[] = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";

class ImageTest : public ::testing::Test {
 protected:
  oci::Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    return {
        .media_type = std::string(media_type), .digest = store_.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
  }
  oci::Descriptor Manifest(const oci::image::Manifest& manifest) {
    return Add(oci::image::kOciManifest, oci::image::ToIndentedJson(manifest));
  }
  oci::Descriptor Image(const std::string& config) {
    return Manifest(
        {.media_type = std::string(oci::image::kOciManifest), .config = Add(oci::image::kOciConfig, config)});
  }
  oci::Descriptor Index(std::vector<oci::Descriptor> manifests) {
    return Add(oci::image::kOciIndex,
               oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                            .manifests = std::move(manifests)}));
  }
  // An attestation manifest with that one statement, as an index lists it.
  oci::Descriptor Attest(const oci::Descriptor& image, const std::string& statement,
                         oci::Annotations annotations = {}) {
    oci::Descriptor layer = Add(oci::image::kInToto, statement);
    layer.annotations = annotations;
    oci::Descriptor attestation = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                            .artifact_type = std::string(oci::image::kAttestationManifest),
                                            .config = Add(oci::image::kOciEmpty, "{}"),
                                            .layers = {layer},
                                            .subject = image,
                                            .annotations = std::move(annotations)});
    attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                               {"vnd.docker.reference.digest", image.digest.ToString()}};
    return attestation;
  }
  absl::StatusOr<request::BuildResult> Import(const oci::Descriptor& root) {
    return ImportImage(
        oci::Context().WithProgress(warnings_), root,
        {.content = store_, .store = store_, .scratch_directory = ::testing::TempDir(), .referrers = referrers_});
  }
  void Refuses(const oci::Descriptor& root, oci::Reason reason, const std::string& text) {
    const absl::Status status = Import(root).status();
    EXPECT_EQ(oci::ReasonOf(status), reason) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }

  class Warnings : public oci::ProgressSink {
   public:
    void Report(const oci::ProgressEvent& event) override { texts.push_back(event.detail); }
    std::vector<std::string> texts;
  };

  oci::content::MemoryStore store_;
  Warnings warnings_;
  ReferrerList referrers_;
};

constexpr char kStatement[] =
    R"({"_type":"https://in-toto.io/Statement/v0.1","predicateType":"urn:x","subject":[],"predicate":{"k":1}})";

TEST_F(ImageTest, WhatNoBuildResultCanHold) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor inner = Index({image});
  Refuses(Index({inner}), oci::Reason::kUnsupported, "index entry " + inner.digest.ToString());
  Refuses(Index({image, image}), oci::Reason::kUnsupported, "two images for platform linux/amd64");
  const oci::Descriptor artifact =
      Manifest({.media_type = std::string(oci::image::kOciManifest), .config = Add(oci::image::kOciEmpty, "{}")});
  Refuses(Index({image, artifact}), oci::Reason::kUnsupported,
          "manifest " + artifact.digest.ToString() + " with a config of type application/vnd.oci.empty.v1+json");
  Refuses(Add("application/zip", "PK"), oci::Reason::kUnsupported, "of type application/zip");
}

TEST_F(ImageTest, DocumentsThatDoNotFit) {
  Refuses(Image("{"), oci::Reason::kInvalidInput, "config sha256:");
  const oci::Descriptor two = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                        .config = Add(oci::image::kOciConfig, kNoLayers),
                                        .layers = {Add(oci::image::kOciLayer, "x"), Add(oci::image::kOciLayer, "y")}});
  Refuses(two, oci::Reason::kInvalidInput, "has 2 layers, its config names 0");
  oci::Descriptor missing = Image(kNoLayers);
  missing.digest = oci::Digest::Of("nowhere");
  Refuses(missing, oci::Reason::kNotFound, missing.digest.ToString());
}

TEST_F(ImageTest, AttestationsNeedTheirImage) {
  oci::Descriptor attestation = Image(kNoLayers);
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", "sha256:00"}};
  Refuses(Index({attestation}), oci::Reason::kInvalidInput, "is about no image of the index");
}

constexpr char kTooMuch[] = "the image's manifests and configs are too many or too large in all";

TEST_F(ImageTest, TooManyDocuments) {
  oci::Descriptor attestation = Image(kNoLayers);
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", "sha256:00"}};
  Refuses(Index(std::vector<oci::Descriptor>(2000, attestation)), oci::Reason::kInvalidInput, kTooMuch);
}

TEST_F(ImageTest, DocumentsThatAreTooLargeInAll) {
  const std::string text =
      oci::image::ToIndentedJson({.media_type = std::string(oci::image::kOciManifest), .config = Image("{}")});
  oci::Descriptor attestation = Add(oci::image::kOciManifest, text + std::string(15 << 20, ' '));
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", "sha256:00"}};
  Refuses(Index(std::vector<oci::Descriptor>(5, attestation)), oci::Reason::kInvalidInput, kTooMuch);
}

TEST_F(ImageTest, AStatementThatIsNone) {
  const oci::Descriptor image = Image(kNoLayers);
  oci::Descriptor attestation = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                          .config = Add(oci::image::kOciEmpty, "{}"),
                                          .layers = {Add(oci::image::kInToto, "[]")}});
  attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                             {"vnd.docker.reference.digest", image.digest.ToString()}};
  Refuses(Index({image, attestation}), oci::Reason::kInvalidInput, "cannot decode in-toto statement");
}

// What cosign and Docker Scout keep under the same media type.
TEST_F(ImageTest, ASignedStatementIsRefused) {
  const oci::Descriptor image = Image(kNoLayers);
  Refuses(Index({image, Attest(image, R"({"payloadType":"application/vnd.in-toto+json","payload":"e30=",)"
                                      R"("signatures":[{"sig":"YQ=="}]})")}),
          oci::Reason::kUnsupported, "signed envelope (DSSE)");
  Refuses(Index({image, Attest(image, R"({"predicateType":"urn:x","predicate":{}})")}), oci::Reason::kInvalidInput,
          "it is no in-toto statement");
  Refuses(Index({image, Attest(image, R"({"_type":"https://in-toto.io/Statement/v1","predicate":{}})")}),
          oci::Reason::kInvalidInput, "\"predicateType\" is missing");
}

TEST_F(ImageTest, StatementsKeepTheirVersion) {
  const oci::Descriptor image = Image(kNoLayers);
  const auto result = Import(Index({image, Attest(image, kStatement)}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->attestations.at("linux/amd64").at(0).statement_type, "https://in-toto.io/Statement/v0.1");
  EXPECT_THAT(warnings_.texts, IsEmpty());
}

TEST_F(ImageTest, AnnotationsThatAreLostAreTold) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Annotations annotations{{"in-toto.io/predicate-type", "urn:x"}, {"org.example.k", "v"}};
  ASSERT_TRUE(Import(Index({image, Attest(image, kStatement, annotations)})).ok());
  EXPECT_THAT(warnings_.texts, ElementsAre(HasSubstr("annotations of application/vnd.oci.image.manifest.v1+json"),
                                           HasSubstr("\"org.example.k\" among them")));
}

// No key of BuildKit's form could hold these.
TEST_F(ImageTest, AnnotationsOfPlatformsWithAVersionAndWithWhiteSpace) {
  constexpr char kConfig[] = R"({"architecture":"amd64","os":"windows","os.version":"10.0.17763.1",)"
                             R"("rootfs":{"type":"layers","diff_ids":[]}})";
  oci::Descriptor image = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                    .config = Add(oci::image::kOciConfig, kConfig),
                                    .annotations = {{"k", "v"}, {"white space", ""}}});
  image.annotations = {{"d", "1"}};
  const auto result = Import(Index({image}));
  ASSERT_TRUE(result.ok()) << result.status();
  const request::AnnotationGroup& group = result->annotations.at("windows(10.0.17763.1)/amd64");
  EXPECT_EQ(group.manifest, (oci::Annotations{{"k", "v"}, {"white space", ""}}));
  EXPECT_EQ(group.manifest_descriptor, (oci::Annotations{{"d", "1"}}));
}

TEST_F(ImageTest, ReferrersThatTheIndexDoesNotList) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor listed = Attest(image, kStatement);
  const oci::Descriptor beside =
      Attest(image, R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:y"})");
  const oci::Descriptor of_another = Attest(listed, kStatement);
  oci::Descriptor gone = beside;
  gone.digest = oci::Digest::Of("nowhere");
  referrers_ = [&](const oci::Digest& subject) -> absl::StatusOr<std::vector<oci::Descriptor>> {
    EXPECT_EQ(subject, image.digest);
    return std::vector<oci::Descriptor>{listed, gone, of_another, image, beside};
  };
  const auto result = Import(Index({image, listed}));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->attestations.at("linux/amd64").size(), 2u);
  EXPECT_EQ(result->attestations.at("linux/amd64")[1].predicate_type, "urn:y");
  EXPECT_THAT(warnings_.texts, ElementsAre(HasSubstr(gone.digest.ToString())));

  const auto bare = Import(image);
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_FALSE(bare->is_map);
  EXPECT_EQ(bare->attestations.at("linux/amd64").size(), 2u);
}

TEST_F(ImageTest, ReferrersThatCannotBeListed) {
  const oci::Descriptor image = Image(kNoLayers);
  referrers_ = [](const oci::Digest&) { return oci::MakeError(oci::Reason::kNetwork, "no route"); };
  const auto result = Import(Index({image, Attest(image, kStatement)}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->attestations.at("linux/amd64").size(), 1u);
  EXPECT_THAT(warnings_.texts, ElementsAre("the referrers of " + image.digest.ToString() + " are left out: no route"));
  referrers_ = [&](const oci::Digest&) {
    return std::vector<oci::Descriptor>(kMaxReferrers + 1, Attest(image, kStatement));
  };
  EXPECT_EQ(Import(image)->attestations.at("linux/amd64").size(), 1u);
  EXPECT_THAT(warnings_.texts.back(), HasSubstr("the first 100 are looked at"));
}

TEST_F(ImageTest, ABareManifestIsNoMap) {
  const absl::StatusOr<request::BuildResult> result = Import(Image(kNoLayers));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->is_map);
  EXPECT_EQ(result->metadata.at("containerimage.config"), kNoLayers);
  EXPECT_TRUE(result->refs.at("").layers.empty());
}

}  // namespace
}  // namespace waybill::exporter::input
