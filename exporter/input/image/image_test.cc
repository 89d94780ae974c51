// SPDX-License-Identifier: Apache-2.0
// What is refused, and by which name. That images come back the same is tested in tools/golden.
#include "exporter/input/image/image.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/referrers.h"
#include "oci/content/store/memory_store.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/platform.h"
#include "oci/progress.h"

namespace waybill::exporter::input::image {
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
    return ImportImage(oci::Context().WithProgress(warnings_), root,
                       {.content = store_,
                        .store = store_,
                        .scratch_directory = ::testing::TempDir(),
                        .referrers = &lister_,
                        .platforms = platforms_,
                        .image = image_,
                        .check_layers = true});
  }
  // An image for the platform, as an index lists it.
  oci::Descriptor ImageFor(const std::string& architecture) {
    oci::Descriptor image = Image(absl::StrCat(R"({"architecture":")", architecture,
                                               R"(","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})"));
    image.platform = oci::Platform{.architecture = architecture, .os = "linux"};
    return image;
  }
  oci::Descriptor Gone(oci::Descriptor entry) {
    entry.digest = oci::Digest::Of("nowhere");
    return entry;
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

  oci::content::store::MemoryStore store_;
  Warnings warnings_;
  // Lists what `referrers` says, or nothing.
  class Lister : public oci::content::ReferrerLister {
   public:
    absl::StatusOr<oci::content::ReferrerList> ListReferrers(const oci::Context&, const oci::Digest& subject,
                                                             size_t limit) override {
      oci::content::ReferrerList list;
      if (referrers == nullptr) return list;
      absl::StatusOr<std::vector<oci::Descriptor>> found = referrers(subject);
      if (!found.ok()) return found.status();
      list.is_cut = found->size() > limit;
      for (size_t i = 0; i < std::min(limit, found->size()); ++i) list.referrers.push_back({.descriptor = (*found)[i]});
      return list;
    }
    std::function<absl::StatusOr<std::vector<oci::Descriptor>>(const oci::Digest& subject)> referrers;
  };
  Lister lister_;
  std::vector<oci::Platform> platforms_;
  std::optional<oci::Digest> image_;
};

constexpr char kStatement[] =
    R"({"_type":"https://in-toto.io/Statement/v0.1","predicateType":"urn:x","subject":[],"predicate":{"k":1}})";

TEST_F(ImageTest, WhatNoBuildResultCanHold) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor other = Image(R"({"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[]}})");
  Refuses(Index({image, other}), oci::Reason::kUnsupported, "two images for platform linux/amd64");
  const oci::Descriptor artifact =
      Manifest({.media_type = std::string(oci::image::kOciManifest), .config = Add(oci::image::kOciEmpty, "{}")});
  Refuses(artifact, oci::Reason::kUnsupported,
          "manifest " + artifact.digest.ToString() + " with a config of type application/vnd.oci.empty.v1+json");
  Refuses(Index({artifact}), oci::Reason::kUnsupported, "the index lists no image");
  Refuses(Add("application/zip", "PK"), oci::Reason::kUnsupported, "of type application/zip");
}

// What is there beside the images is named, and the images come.
TEST_F(ImageTest, AnIndexThatCarriesMoreThanImages) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor artifact = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                             .artifact_type = "application/spdx+json",
                                             .config = Add(oci::image::kOciEmpty, "{}")});
  const oci::Descriptor orphan = Attest(Gone(image), kStatement);
  oci::Descriptor unmarked = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                       .config = Add(oci::image::kOciConfig, kNoLayers),
                                       .layers = {Add(oci::image::kInToto, kStatement)}});
  const oci::Descriptor zip = Add("application/zip", "PK");
  const auto result = Import(Index({artifact, orphan, image, unmarked, zip}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refs.size(), 1u);
  EXPECT_TRUE(result->attestations.empty());
  const auto left_out = [](const oci::Descriptor& entry, const std::string& type) {
    return absl::StrCat("index entry ", entry.digest.ToString(), " (", type, ") is left out: it is no image");
  };
  EXPECT_THAT(warnings_.texts,
              ElementsAre(left_out(artifact, "application/spdx+json"),
                          left_out(unmarked, std::string(oci::image::kOciConfig)), left_out(zip, "application/zip"),
                          absl::StrCat("attestation manifest ", orphan.digest.ToString(),
                                       " is left out: the index does not list the image that it is about")));
}

TEST_F(ImageTest, TwinsAreOne) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor attestation = Attest(image, kStatement);
  const auto result = Import(Index({image, attestation, image, attestation}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refs.size(), 1u);
  EXPECT_EQ(result->attestations.at("linux/amd64").size(), 1u);
  EXPECT_THAT(warnings_.texts, IsEmpty());
}

TEST_F(ImageTest, AnIndexInTheIndexIsOpened) {
  const oci::Descriptor inner = Index({ImageFor("arm64")});
  const auto result = Import(Index({ImageFor("amd64"), inner}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refs.size(), 2u);
  EXPECT_THAT(warnings_.texts, ElementsAre(HasSubstr("the index " + inner.digest.ToString())));
}

// `docker save` of an image of which one platform was pulled.
TEST_F(ImageTest, OnePlatformIsThere) {
  const oci::Descriptor amd64 = ImageFor("amd64");
  const oci::Descriptor gone = Gone(ImageFor("arm64"));
  oci::Descriptor statements_gone = Attest(gone, kStatement);
  statements_gone.digest = oci::Digest::Of("also nowhere");
  const auto result = Import(Index({gone, amd64, statements_gone}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refs.size(), 1u);
  EXPECT_TRUE(result->refs.contains("linux/amd64"));
  EXPECT_THAT(warnings_.texts, ElementsAre("left out, because their blobs are not there: linux/arm64"));
  Refuses(Index({gone}), oci::Reason::kNotFound,
          absl::StrCat("the blobs of linux/arm64 are not all there: blob ", gone.digest.ToString(), " not found"));
}

TEST_F(ImageTest, AnImageWithoutItsLayers) {
  oci::Descriptor layer = Gone({.media_type = std::string(oci::image::kOciLayer), .digest = oci::Digest::Of("")});
  oci::Descriptor image =
      Manifest({.media_type = std::string(oci::image::kOciManifest),
                .config = Add(oci::image::kOciConfig,
                              absl::StrCat(R"({"architecture":"arm64","os":"linux","rootfs":{"diff_ids":[")",
                                           layer.digest.ToString(), R"("]}})")),
                .layers = {layer}});
  const auto result = Import(Index({ImageFor("amd64"), image}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refs.size(), 1u);
  EXPECT_THAT(warnings_.texts, ElementsAre(HasSubstr("linux/arm64")));
}

TEST_F(ImageTest, ChosenPlatforms) {
  const oci::Descriptor amd64 = ImageFor("amd64");
  const oci::Descriptor arm64 = ImageFor("arm64");
  const oci::Descriptor root =
      Index({amd64, arm64, Gone(ImageFor("s390x")), Attest(amd64, kStatement), Attest(arm64, kStatement)});
  platforms_ = {*oci::ParsePlatform("linux/arm64")};
  const auto result = Import(root);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refs.size(), 1u);
  EXPECT_EQ(result->attestations.size(), 1u);
  EXPECT_EQ(result->attestations.at("linux/arm64").size(), 1u);
  EXPECT_THAT(warnings_.texts, IsEmpty());
  platforms_ = {*oci::ParsePlatform("linux/ppc64le")};
  Refuses(root, oci::Reason::kNotFound, "the image has no platform linux/ppc64le; it has linux/amd64, linux/arm64");
  Refuses(amd64, oci::Reason::kNotFound, "the image has no platform linux/ppc64le; it has linux/amd64");
  platforms_ = {*oci::ParsePlatform("linux/s390x")};
  Refuses(root, oci::Reason::kNotFound, "the blobs of linux/s390x are not all there");
}

TEST_F(ImageTest, TheImageOfADigest) {
  const oci::Descriptor amd64 = ImageFor("amd64");
  const oci::Descriptor arm64 = ImageFor("arm64");
  image_ = arm64.digest;
  const auto result = Import(Index({amd64, arm64, Attest(amd64, kStatement), Attest(arm64, kStatement)}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->refs.size(), 1u);
  EXPECT_EQ(result->attestations.at("linux/arm64").size(), 1u);
  EXPECT_THAT(warnings_.texts, IsEmpty());
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

// The bounds are those of every walk (oci/content/graph.h).
TEST_F(ImageTest, TooManyDocuments) {
  std::vector<oci::Descriptor> entries;
  for (int i = 0; i < 20'001; ++i) {
    entries.push_back(
        {.media_type = std::string(oci::image::kOciManifest), .digest = oci::Digest::Of(absl::StrCat(i))});
  }
  Refuses(Index(entries), oci::Reason::kInvalidInput, "the image has too many manifests and blobs");
}

TEST_F(ImageTest, DocumentsThatAreTooLargeInAll) {
  const std::string text =
      oci::image::ToIndentedJson({.media_type = std::string(oci::image::kOciManifest), .config = Image("{}")});
  std::vector<oci::Descriptor> entries;
  for (int i = 0; i < 5; ++i) {
    entries.push_back(Add(oci::image::kOciManifest, text + std::string((15 << 20) + i, ' ')));
  }
  Refuses(Index(entries), oci::Reason::kInvalidInput, "the image's manifests and configs are too large in all");
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
  const oci::Descriptor gone = Gone(beside);
  lister_.referrers = [&](const oci::Digest& subject) -> absl::StatusOr<std::vector<oci::Descriptor>> {
    if (subject != image.digest) return std::vector<oci::Descriptor>();
    return std::vector<oci::Descriptor>{listed, gone, of_another, image, beside};
  };
  const auto result = Import(Index({image, listed}));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->attestations.at("linux/amd64").size(), 2u);
  EXPECT_EQ(result->attestations.at("linux/amd64")[1].predicate_type, "urn:y");
  EXPECT_THAT(warnings_.texts, ElementsAre(HasSubstr(gone.digest.ToString()), HasSubstr(of_another.digest.ToString())));

  const auto bare = Import(image);
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_FALSE(bare->is_map);
  EXPECT_EQ(bare->attestations.at("linux/amd64").size(), 2u);
}

// An image that was exported twice: its index lists the second attestation manifest, the first one refers to it still.
TEST_F(ImageTest, StatementsOfAnEarlierExport) {
  constexpr char kFirst[] = R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:prov","predicate":1})";
  constexpr char kSecond[] = R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:prov","predicate":2})";
  const auto typed = [&](const std::string& statement, const std::string& type) {
    oci::Descriptor layer = Add(oci::image::kInToto, statement);
    layer.annotations = {{"in-toto.io/predicate-type", type}};
    return layer;
  };
  const auto attest = [&](const oci::Descriptor& image, std::vector<oci::Descriptor> layers) {
    oci::Descriptor entry = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                      .artifact_type = std::string(oci::image::kAttestationManifest),
                                      .config = Add(oci::image::kOciEmpty, "{}"),
                                      .layers = std::move(layers),
                                      .subject = image});
    entry.artifact_type = std::string(oci::image::kAttestationManifest);
    return entry;
  };
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor sbom = typed(kStatement, "urn:x");
  const oci::Descriptor first = attest(image, {sbom, typed(kFirst, "urn:prov")});
  const oci::Descriptor second = attest(image, {sbom, typed(kSecond, "urn:prov")});
  lister_.referrers = [&](const oci::Digest& subject) -> absl::StatusOr<std::vector<oci::Descriptor>> {
    if (subject != image.digest) return std::vector<oci::Descriptor>();
    return std::vector<oci::Descriptor>{first, second};
  };
  const auto result = Import(Index({image, second}));
  ASSERT_TRUE(result.ok()) << result.status();
  const std::vector<request::Attestation>& found = result->attestations.at("linux/amd64");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].predicate_type, "urn:x");
  EXPECT_EQ(*oci::content::VerifiedBytes(oci::Context(), store_, *found[1].content, 10), "2");
  EXPECT_THAT(warnings_.texts, ElementsAre(absl::StrCat(
                                   "statements of the referrer ", first.digest.ToString(),
                                   " are left out, because the attestation manifest in the image's index has the same "
                                   "types: urn:prov")));

  // Nothing tells which one is newer where the index lists neither.
  warnings_.texts.clear();
  const auto apart = Import(Index({image}));
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_EQ(apart->attestations.at("linux/amd64").size(), 3u);
  EXPECT_THAT(warnings_.texts, ElementsAre(HasSubstr("different statements of type \"urn:prov\"")));
}

// Signatures of the index, of an image, of an attestation manifest, and a document that oras attached.
TEST_F(ImageTest, ReferrersThatNoBuildResultCanHold) {
  const oci::Descriptor image = Image(kNoLayers);
  const oci::Descriptor attestation = Attest(image, kStatement);
  const oci::Descriptor root = Index({image, attestation});
  std::map<oci::Digest, std::vector<oci::Descriptor>> listed;
  std::vector<std::string> expected;
  for (const oci::Descriptor& subject : {root, image, attestation}) {
    for (const std::string type : {"application/vnd.dev.cosign.artifact.sig.v1+json", "application/vnd.openvex+json"}) {
      oci::Descriptor referrer = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                           .artifact_type = type,
                                           .config = Add(oci::image::kOciEmpty, "{}"),
                                           .subject = subject});
      listed[subject.digest].push_back(referrer);
      expected.push_back(absl::StrCat("the referrer ", referrer.digest.ToString(), " (", type, ") of ",
                                      subject.digest.ToString(), " is left out: no build result can hold it"));
    }
  }
  lister_.referrers = [&](const oci::Digest& subject) { return listed.at(subject); };
  const auto result = Import(root);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->attestations.at("linux/amd64").size(), 1u);
  EXPECT_THAT(warnings_.texts, ::testing::ElementsAreArray(expected));
}

TEST_F(ImageTest, ReferrersThatCannotBeListed) {
  const oci::Descriptor image = Image(kNoLayers);
  lister_.referrers = [](const oci::Digest&) { return oci::MakeError(oci::Reason::kNetwork, "no route"); };
  const auto result = Import(Index({image, Attest(image, kStatement)}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->attestations.at("linux/amd64").size(), 1u);
  EXPECT_THAT(warnings_.texts,
              ::testing::Contains("the referrers of " + image.digest.ToString() + " are left out: no route"));
  lister_.referrers = [&](const oci::Digest&) {
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
}  // namespace waybill::exporter::input::image
