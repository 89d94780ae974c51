// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/layer_form.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "oci/content/memory_store.h"
#include "oci/error.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::plan {
namespace {

constexpr absl::Time kEpoch = absl::FromUnixSeconds(1500000000);

class LayerFormTest : public ::testing::Test {
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
  absl::Status Check(const request::ExportOptions& options, std::vector<request::Layer> layers,
                     std::optional<BaseConfig> base = std::nullopt) {
    const ImagePlan image{.layers = std::move(layers), .base = std::move(base), .epoch = kEpoch};
    return CheckLayerForms(oci::Context(), options, image, store_);
  }

  oci::content::MemoryStore store_;
};

TEST_F(LayerFormTest, CompressionAloneAsksNothingOfLayersThatExist) {
  EXPECT_EQ(Check({.compression = request::Compression::kZstd, .compression_level = 3},
                  {Add(oci::image::kOciLayerGzip, "gzip")}),
            absl::OkStatus());
}

TEST_F(LayerFormTest, ForcedLayersMustHaveTheForm) {
  const auto forced = [](std::optional<request::Compression> compression) {
    return request::ExportOptions{.compression = compression, .force_compression = true};
  };
  EXPECT_EQ(Check(forced(request::Compression::kZstd), {Add(oci::image::kDockerLayerZstd, "z")}), absl::OkStatus());
  EXPECT_EQ(Check(forced(request::Compression::kUncompressed), {Add(oci::image::kOciForeign, "t")}), absl::OkStatus());
  EXPECT_EQ(Check(forced(std::nullopt), {Add(oci::image::kOciLayerGzip, "g")}), absl::OkStatus());
  EXPECT_EQ(Check(forced(request::Compression::kEstargz),
                  {Add(oci::image::kOciLayerGzip, Estargz(), {{"containerd.io/snapshot/stargz/toc.digest", "d"}})}),
            absl::OkStatus());

  const absl::Status status = Check(forced(request::Compression::kZstd), {Add(oci::image::kOciLayerGzip, "gzip")});
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kUnsupported);
  EXPECT_EQ(
      status.message(),
      "exporter option \"force-compression\": layer "
      "sha256:c8d77bf4d8b1a10dd67a283d0c82bd96c9d5609860f84d7fc77692a36ab9b4c2 "
      "(application/vnd.oci.image.layer.v1.tar+gzip) would have to be converted to zstd, which is not implemented");
}

TEST_F(LayerFormTest, EstargzIsNotPlainGzip) {
  const auto forced = [](request::Compression compression) {
    return request::ExportOptions{.compression = compression, .force_compression = true};
  };
  const auto reason = [&](request::Compression compression, request::Layer layer) {
    return oci::ReasonOf(Check(forced(compression), {std::move(layer)}));
  };
  EXPECT_EQ(reason(request::Compression::kGzip, Add(oci::image::kOciLayerGzip, Estargz())), oci::Reason::kUnsupported);
  EXPECT_EQ(reason(request::Compression::kEstargz, Add(oci::image::kOciLayerGzip, Estargz())),
            oci::Reason::kUnsupported)
      << "without its annotations";
  EXPECT_EQ(reason(request::Compression::kEstargz, Add(oci::image::kOciLayerGzip, std::string(60, 'g'),
                                                       {{"containerd.io/snapshot/stargz/toc.digest", "d"}})),
            oci::Reason::kUnsupported)
      << "an annotation alone";
  // An offset outside the blob, or none: no footer.
  EXPECT_EQ(reason(request::Compression::kGzip, Add(oci::image::kOciLayerGzip, Estargz("0000000000000004"))),
            std::nullopt);
  EXPECT_EQ(reason(request::Compression::kGzip, Add(oci::image::kOciLayerGzip, Estargz("000000000000000g"))),
            std::nullopt);
}

TEST_F(LayerFormTest, TypesThatAreNoLayersCannotBeForced) {
  EXPECT_EQ(oci::ReasonOf(Check({.force_compression = true}, {Add("text/plain", "x")})), oci::Reason::kUnsupported);
}

TEST_F(LayerFormTest, RewrittenLayersMustSayTheEpoch) {
  const request::ExportOptions rewrite{.rewrite_timestamp = true};
  EXPECT_EQ(Check(rewrite, {Add(oci::image::kOciLayerGzip, "g", {{"buildkit/rewritten-timestamp", "1500000000"}})}),
            absl::OkStatus());
  const absl::Status other =
      Check(rewrite, {Add(oci::image::kOciLayerGzip, "gzip", {{"buildkit/rewritten-timestamp", "1400000000"}})});
  EXPECT_EQ(oci::ReasonOf(other), oci::Reason::kUnsupported);
  EXPECT_EQ(other.message(),
            "exporter option \"rewrite-timestamp\": times in layer "
            "sha256:c8d77bf4d8b1a10dd67a283d0c82bd96c9d5609860f84d7fc77692a36ab9b4c2 would have to be rewritten to "
            "1500000000, which is not implemented");
  // Rewriting also settles the compression.
  EXPECT_EQ(oci::ReasonOf(Check(
                rewrite, {Add(oci::image::kOciLayerZstd, "z", {{"buildkit/rewritten-timestamp", "1500000000"}})})),
            oci::Reason::kUnsupported);
}

TEST_F(LayerFormTest, BaseLayersStayUpToTheFirstOther) {
  const request::ExportOptions rewrite{.rewrite_timestamp = true};
  const BaseConfig base{.diff_ids = {oci::Digest::Of("diff").ToString()}};
  const request::Layer layer = Add(oci::image::kOciLayerZstd, "z");
  EXPECT_EQ(Check(rewrite, {layer}, base), absl::OkStatus());
  EXPECT_EQ(oci::ReasonOf(Check(rewrite, {layer, layer}, base)), oci::Reason::kUnsupported);
}

TEST_F(LayerFormTest, AMissingBlobIsNamed) {
  request::Layer layer = Add(oci::image::kOciLayerGzip, std::string(100, 'x'));
  layer.blob.digest = oci::Digest::Of("elsewhere");
  const absl::Status status = Check({.force_compression = true}, {layer});
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  EXPECT_NE(status.message().find(layer.blob.digest.ToString()), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace waybill::exporter::plan
