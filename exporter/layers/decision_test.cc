// SPDX-License-Identifier: Apache-2.0
#include "exporter/layers/decision.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::layers {
namespace {

constexpr absl::Time kEpoch = absl::FromUnixSeconds(1500000000);

class DecisionTest : public ::testing::Test {
 protected:
  request::Layer Add(absl::string_view media_type, std::string bytes, oci::Annotations annotations = {}) {
    const int64_t size = static_cast<int64_t>(bytes.size());
    return {.blob = {.media_type = std::string(media_type),
                     .digest = store_.Add(std::move(bytes)),
                     .size = size,
                     .annotations = std::move(annotations)},
            .diff_id = oci::Digest::Of("diff")};
  }
  // Some bytes and the footer of the eStargz specification for a table of contents at `offset`.
  static std::string Estargz(const std::string& offset = "0000000000000003") {
    return "blob" + absl::HexStringToBytes("1f8b08040000000000ff1a0053471600") + offset + "STARGZ" +
           absl::HexStringToBytes("010000ffff0000000000000000");
  }
  std::vector<Decision> Decided(const request::ExportOptions& options, std::vector<request::Layer> layers,
                                std::optional<plan::BaseConfig> base = std::nullopt) {
    const plan::ImagePlan image{.layers = std::move(layers), .base = std::move(base), .epoch = kEpoch};
    absl::StatusOr<std::vector<Decision>> decisions = Decide(oci::Context(), options, image, store_);
    EXPECT_TRUE(decisions.ok()) << decisions.status();
    return decisions.ok() ? *std::move(decisions) : std::vector<Decision>(image.layers.size());
  }
  Decision DecidedOne(const request::ExportOptions& options, request::Layer layer) {
    return Decided(options, {std::move(layer)}).front();
  }
  static request::ExportOptions Forced(std::optional<request::Compression> compression) {
    return {.compression = compression, .force_compression = true};
  }

  oci::content::store::MemoryStore store_;
};

TEST_F(DecisionTest, CompressionAloneConvertsNothingThatExists) {
  const Decision decision = DecidedOne({.compression = request::Compression::kZstd, .compression_level = 3},
                                       Add(oci::image::kOciLayerGzip, "gzip"));
  EXPECT_FALSE(decision.forced.has_value() || decision.rewritten.has_value());
}

TEST_F(DecisionTest, ForceConvertsOtherFormsAlone) {
  using request::Compression;
  EXPECT_FALSE(DecidedOne(Forced(Compression::kZstd), Add(oci::image::kDockerLayerZstd, "z")).forced);
  EXPECT_FALSE(DecidedOne(Forced(Compression::kUncompressed), Add(oci::image::kOciForeign, "t")).forced);
  EXPECT_FALSE(DecidedOne(Forced(std::nullopt), Add(oci::image::kOciLayerGzip, "g")).forced);
  const std::optional<oci::layer::Conversion> forced =
      DecidedOne({.compression = Compression::kZstd, .force_compression = true, .compression_level = 9},
                 Add(oci::image::kOciLayerGzip, "gzip"))
          .forced;
  ASSERT_TRUE(forced.has_value());
  EXPECT_EQ(forced->form, oci::layer::Form::kZstd);
  EXPECT_EQ(forced->level, 9);
  EXPECT_EQ(forced->epoch, std::nullopt);
}

TEST_F(DecisionTest, TheGzipEngineIsForLayersThatAreMade) {
  request::ExportOptions options = Forced(request::Compression::kGzip);
  options.gzip_engine = request::GzipEngine::kFast;
  EXPECT_FALSE(DecidedOne(options, Add(oci::image::kOciLayerGzip, "g")).forced);
  const std::optional<oci::layer::Conversion> forced = DecidedOne(options, Add(oci::image::kOciLayerZstd, "z")).forced;
  ASSERT_TRUE(forced.has_value());
  EXPECT_EQ(forced->gzip_engine, oci::layer::GzipEngine::kFast);
}

TEST_F(DecisionTest, ACompressorMakesLayersThatComeUncompressed) {
  request::ExportOptions options{.compressor = request::Compressor::kWaybill};
  const std::optional<oci::layer::Conversion> forced = DecidedOne(options, Add(oci::image::kOciLayer, "t")).forced;
  ASSERT_TRUE(forced.has_value());
  EXPECT_EQ(forced->form, oci::layer::Form::kGzip);
  EXPECT_TRUE(DecidedOne(options, Add(oci::image::kDockerLayer, "t")).forced);
  EXPECT_FALSE(DecidedOne(options, Add(oci::image::kOciLayerZstd, "z")).forced) << "another form is no reason";
  EXPECT_FALSE(DecidedOne(options, Add(oci::image::kOciForeign, "t")).forced);
  options.compression = request::Compression::kUncompressed;
  EXPECT_FALSE(DecidedOne(options, Add(oci::image::kOciLayer, "t")).forced);
  options = {.compression = request::Compression::kZstd, .compressor = request::Compressor::kDaemon};
  EXPECT_FALSE(DecidedOne(options, Add(oci::image::kOciLayer, "t")).forced);
}

TEST_F(DecisionTest, AnotherLevelAloneConvertsNothing) {
  request::ExportOptions options = Forced(request::Compression::kGzip);
  options.compression_level = 9;
  EXPECT_FALSE(DecidedOne(options, Add(oci::image::kOciLayerGzip, "g")).forced);
}

TEST_F(DecisionTest, EstargzIsNotPlainGzip) {
  using request::Compression;
  const oci::Annotations described = {{"containerd.io/snapshot/stargz/toc.digest", "d"}};
  const std::optional<oci::layer::Conversion> plain =
      DecidedOne(Forced(Compression::kGzip), Add(oci::image::kOciLayerGzip, Estargz())).forced;
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->layer_bytes, 3) << "the table of contents is left out";
  EXPECT_FALSE(DecidedOne(Forced(Compression::kEstargz), Add(oci::image::kOciLayerGzip, Estargz(), described)).forced);
  EXPECT_TRUE(DecidedOne(Forced(Compression::kEstargz), Add(oci::image::kOciLayerGzip, Estargz())).forced)
      << "without its annotations";
  EXPECT_TRUE(
      DecidedOne(Forced(Compression::kEstargz), Add(oci::image::kOciLayerGzip, std::string(60, 'g'), described)).forced)
      << "an annotation alone";
  // An offset outside the blob, or one that is not a number, is not a footer.
  EXPECT_FALSE(
      DecidedOne(Forced(Compression::kGzip), Add(oci::image::kOciLayerGzip, Estargz("0000000000000004"))).forced);
  EXPECT_FALSE(
      DecidedOne(Forced(Compression::kGzip), Add(oci::image::kOciLayerGzip, Estargz("000000000000000g"))).forced);
}

TEST_F(DecisionTest, UnknownTypesStay) {
  EXPECT_FALSE(DecidedOne({.force_compression = true}, Add("text/plain", "x")).forced);
}

TEST_F(DecisionTest, LayersAreRewrittenToAnEpochOnce) {
  const request::ExportOptions rewrite{.rewrite_timestamp = true};
  EXPECT_FALSE(
      DecidedOne(rewrite, Add(oci::image::kOciLayerGzip, "g", {{"buildkit/rewritten-timestamp", "1500000000"}}))
          .rewritten);
  const std::optional<oci::layer::Conversion> other =
      DecidedOne(rewrite, Add(oci::image::kOciLayerGzip, "gzip", {{"buildkit/rewritten-timestamp", "1400000000"}}))
          .rewritten;
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->epoch, 1500000000);
  // Rewriting also settles the compression.
  EXPECT_TRUE(DecidedOne(rewrite, Add(oci::image::kOciLayerZstd, "z", {{"buildkit/rewritten-timestamp", "1500000000"}}))
                  .rewritten);
}

TEST_F(DecisionTest, BaseLayersStayUpToTheFirstOther) {
  const request::ExportOptions rewrite{.rewrite_timestamp = true};
  const plan::BaseConfig base{.history = {}, .diff_ids = {oci::Digest::Of("diff").ToString()}};
  const request::Layer layer = Add(oci::image::kOciLayerZstd, "z");
  const std::vector<Decision> decisions = Decided(rewrite, {layer, layer}, base);
  EXPECT_FALSE(decisions[0].rewritten.has_value());
  EXPECT_TRUE(decisions[1].rewritten.has_value());
}

TEST_F(DecisionTest, AMissingBlobIsNamed) {
  request::Layer layer = Add(oci::image::kOciLayerGzip, std::string(100, 'x'));
  layer.blob.digest = oci::Digest::Of("elsewhere");
  const plan::ImagePlan image{.layers = {layer}};
  const absl::Status status = Decide(oci::Context(), {.force_compression = true}, image, store_).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  EXPECT_NE(status.message().find(layer.blob.digest.ToString()), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace waybill::exporter::layers
