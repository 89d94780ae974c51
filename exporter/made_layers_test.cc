// SPDX-License-Identifier: Apache-2.0
#include "exporter/made_layers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/manifest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"

namespace waybill::exporter {
namespace {

// What Go's compress/gzip makes of "layer " 20000 times.
constexpr char kGzipDigest[] = "sha256:a2fe6bbf116b6256cb01aeecb70cf4fca936002b335754e4a95af95833e6925e";
constexpr int64_t kGzipSize = 222;

// An image in a store in memory, in the words of BuildKit. The expected documents are written anew, not edited.
class MadeLayersTest : public ::testing::Test {
 protected:
  MadeLayersTest() {
    for (int i = 0; i < 20000; ++i) tar_ += "layer ";
    layer_ = Add(oci::image::kOciLayer, tar_);
    gzip_ = {.media_type = std::string(oci::image::kOciLayerGzip),
             .digest = *oci::Digest::Parse(kGzipDigest),
             .size = kGzipSize};
    base_ = Add(oci::image::kOciLayerGzip, "a layer of the base image, which nobody reads");
  }

  oci::Descriptor Add(absl::string_view media_type, std::string bytes) {
    const int64_t size = static_cast<int64_t>(bytes.size());
    return {.media_type = std::string(media_type), .digest = store_.Add(std::move(bytes)), .size = size};
  }
  oci::Descriptor AddImage(std::vector<oci::Descriptor> layers, absl::string_view type = oci::image::kOciManifest) {
    std::vector<std::string> diff_ids;
    for (const oci::Descriptor& layer : layers) {
      const bool made = layer.digest == gzip_.digest;
      diff_ids.push_back(oci::json::Quote((made ? layer_ : layer).digest.ToString()));
    }
    const std::string config =
        absl::StrCat(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[)",
                     absl::StrJoin(diff_ids, ","), "]}}");
    return Add(type, oci::image::ToIndentedJson(oci::image::Manifest{.media_type = std::string(type),
                                                                     .config = Add(oci::image::kOciConfig, config),
                                                                     .layers = std::move(layers)}));
  }
  oci::Descriptor AddDocuments(const oci::image::ManifestDocuments& documents) {
    store_.Add(documents.config.bytes);
    store_.Add(documents.manifest.bytes);
    return documents.manifest.descriptor;
  }
  // A statement about the image with a file of the layer.
  oci::Descriptor AddStatement(const oci::Descriptor& image, const oci::Descriptor& layer) {
    oci::Descriptor statement = Add(
        oci::image::kInToto, absl::StrCat(R"({"subject":[{"name":"pkg:docker/a@1","digest":{"sha256":")",
                                          image.digest.hex(), R"("}}],"comment":"layerID: )", layer.digest.ToString(),
                                          R"(","diff_id":")", layer_.digest.ToString(), R"("})"));
    statement.annotations = {{"in-toto.io/predicate-type", "https://spdx.dev/Document"}};
    return statement;
  }
  // An index of an image with that layer and an attestation manifest.
  oci::Descriptor AddIndex(const oci::Descriptor& layer, attest::AttestationForm form) {
    oci::Descriptor image = AddImage({base_, layer});
    const oci::Descriptor attestation = AddDocuments(attest::MakeManifest(form, image, {AddStatement(image, layer)}));
    image.platform = oci::Platform{.architecture = "amd64", .os = "linux"};
    return Add(oci::image::kOciIndex,
               oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                            .manifests = {attestation, image},
                                                            .annotations = {{"of", layer_.digest.ToString()}}}));
  }

  absl::StatusOr<oci::Descriptor> Make(const oci::Descriptor& root, request::ExportOptions options = {}) {
    options.compressor = request::Compressor::kWaybill;
    return WithMadeLayers(oci::Context(), root, options, encoders_, store_,
                          {.blobs = made_, .documents = made_, .made = layers_});
  }
  std::string Read(const oci::Descriptor& blob) {
    return oci::content::VerifiedBytes(oci::Context(), made_, blob, 1 << 20).value_or("nothing");
  }

  std::string tar_;
  oci::Descriptor layer_{.digest = oci::Digest::Of("")};
  oci::Descriptor gzip_{.digest = oci::Digest::Of("")};
  oci::Descriptor base_{.digest = oci::Digest::Of("")};
  layers::Encoders encoders_;
  layers::LayersMadeHere layers_;
  oci::content::store::MemoryStore store_;
  oci::content::store::MemoryStore made_;
};

TEST_F(MadeLayersTest, AManifestGetsTheLayersOfGo) {
  const auto root = Make(AddImage({base_, layer_}));
  ASSERT_TRUE(root.ok()) << root.status();
  const oci::Descriptor expected = AddImage({base_, gzip_});
  EXPECT_EQ(*root, expected);
  const auto unpacked = oci::image::ParseManifest(Read(*root));
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(unpacked->layers[0], base_) << "which is not read";
  EXPECT_EQ(Read(gzip_).size(), static_cast<size_t>(kGzipSize));
}

TEST_F(MadeLayersTest, DockersTypesStayDockers) {
  oci::Descriptor tar = layer_;
  tar.media_type = std::string(oci::image::kDockerLayer);
  oci::Descriptor gzip = gzip_;
  gzip.media_type = std::string(oci::image::kDockerLayerGzip);
  const auto root = Make(AddImage({tar}, oci::image::kDockerManifest));
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(*root, AddImage({gzip}, oci::image::kDockerManifest));
}

TEST_F(MadeLayersTest, ARewrittenLayerStaysMarked) {
  const oci::Annotations mark = {{"buildkit/rewritten-timestamp", "1500000000"}};
  layer_.annotations = gzip_.annotations = mark;
  const auto root = Make(AddImage({layer_}));
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(Read(*root), *oci::content::VerifiedBytes(oci::Context(), store_, AddImage({gzip_}), 1 << 20));
}

TEST_F(MadeLayersTest, AnnotationsOfEStargzStandBesideTheMark) {
  oci::Descriptor tar = Add(oci::image::kOciLayer, std::string(1024, '\0'));
  tar.annotations = {{"buildkit/rewritten-timestamp", "1500000000"}};
  const auto root = Make(AddImage({tar}), {.compression = request::Compression::kEstargz});
  ASSERT_TRUE(root.ok()) << root.status();
  const std::string text = Read(*root);
  const auto manifest = oci::image::ParseManifest(text);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->layers[0].annotations.size(), 3);
  EXPECT_EQ(text, oci::image::ToIndentedJson(*manifest)) << "laid out as BuildKit does";
}

TEST_F(MadeLayersTest, IndexAndAttestationsFollow) {
  for (const auto form : {attest::AttestationForm::kArtifact, attest::AttestationForm::kLegacy}) {
    const oci::Descriptor before = AddIndex(layer_, form);
    const auto root = Make(before);
    ASSERT_TRUE(root.ok()) << root.status();
    const oci::Descriptor expected = AddIndex(gzip_, form);
    EXPECT_EQ(Read(*root), *oci::content::VerifiedBytes(oci::Context(), store_, expected, 1 << 20));
    EXPECT_EQ(*root, expected);
    const auto index = oci::image::ParseIndex(Read(*root));
    ASSERT_TRUE(index.ok());
    const auto manifest = oci::image::ParseManifest(Read(index->manifests[0]));
    ASSERT_TRUE(manifest.ok());
    EXPECT_NE(Read(manifest->layers[0]), "nothing") << "the statement is there";
    if (form == attest::AttestationForm::kLegacy) {
      EXPECT_NE(Read(manifest->config), "nothing");
    }
  }
}

TEST_F(MadeLayersTest, TheOptionsSayTheForm) {
  const auto zstd = Make(AddImage({layer_}), {.compression = request::Compression::kZstd});
  ASSERT_TRUE(zstd.ok()) << zstd.status();
  EXPECT_EQ(oci::image::ParseManifest(Read(*zstd))->layers[0].media_type, oci::image::kOciLayerZstd);
  const auto stays = Make(AddImage({layer_}), {.compression = request::Compression::kUncompressed});
  ASSERT_TRUE(stays.ok()) << stays.status();
  EXPECT_EQ(*stays, AddImage({layer_}));
}

TEST_F(MadeLayersTest, TheConfigHasTheDiffIdsOfEStargz) {
  // An empty archive, to which eStargz adds files of its own.
  const oci::Descriptor image = AddImage({Add(oci::image::kOciLayer, std::string(1024, '\0'))});
  const auto root = Make(image, {.compression = request::Compression::kEstargz});
  ASSERT_TRUE(root.ok()) << root.status();
  const auto manifest = oci::image::ParseManifest(Read(*root));
  ASSERT_TRUE(manifest.ok());
  EXPECT_TRUE(manifest->layers[0].annotations.contains("containerd.io/snapshot/stargz/toc.digest"));
  const std::string diff_id = oci::Digest::Of(std::string(1024, '\0')).ToString();
  const std::string config = Read(manifest->config);
  EXPECT_NE(config, "nothing");
  EXPECT_EQ(config.find(diff_id), std::string::npos) << config;
}

TEST_F(MadeLayersTest, DockersTypesHaveNoEStargz) {
  oci::Descriptor tar = layer_;
  tar.media_type = std::string(oci::image::kDockerLayer);
  const oci::Descriptor image = AddImage({tar}, oci::image::kDockerManifest);
  EXPECT_EQ(Make(image, {.compression = request::Compression::kEstargz}).status().message(),
            "exporter option \"compression=estargz\" conflicts with \"oci-mediatypes=false\"");
}

TEST_F(MadeLayersTest, ADiffIdIsMissing) {
  const oci::Descriptor config = Add(oci::image::kOciConfig, R"({"rootfs":{"diff_ids":[]}})");
  const oci::Descriptor image =
      Add(oci::image::kOciManifest,
          oci::image::ToIndentedJson(oci::image::Manifest{
              .media_type = std::string(oci::image::kOciManifest), .config = config, .layers = {layer_}}));
  EXPECT_EQ(oci::ReasonOf(Make(image).status()), oci::Reason::kInvalidInput);
}

TEST_F(MadeLayersTest, WhatIsInTheFormStaysWithoutBeingRead) {
  const oci::Descriptor image = AddImage({base_});
  EXPECT_EQ(Make(image).value_or(layer_), image);
  const oci::Descriptor index = AddIndex(base_, attest::AttestationForm::kArtifact);
  EXPECT_EQ(Make(index).value_or(layer_), index);
}

TEST_F(MadeLayersTest, OtherBytesThanTheLayersAreRefused) {
  oci::Descriptor wrong = layer_;
  wrong.size -= 1;
  EXPECT_EQ(oci::ReasonOf(Make(AddImage({wrong})).status()), oci::Reason::kVerification);
}

}  // namespace
}  // namespace waybill::exporter
