// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/new_layers.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::documents {
namespace {

// Takes in what it gets.
class Text final : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    absl::StrAppend(&text, bytes);
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::InternalError("it is somebody else's"); }
  std::string text;
};

const oci::Digest kOld = oci::Digest::Of("old");
const oci::Digest kNew = oci::Digest::Of("new");
const oci::Digest kOther = oci::Digest::Of("other");

std::string ManifestOf(const std::string& first, const std::string& second) {
  return absl::StrCat("{\n  \"layers\": [\n    ", first, ",\n    ", second,
                      "\n  ],\n  \"schemaVersion\": 2,\n  \"config\": ", R"({"digest":")", kOther.ToString(),
                      R"(","size":1,"mediaType":"c"},)", "\n  \"x\":  1\n}");
}

TEST(NewLayersTest, OnlyLayersThatChangedAreWritten) {
  const std::string first = absl::StrCat(R"({"size": 5, "digest":")", kOther.ToString(), R"(", "mediaType":"t"})");
  const std::string before = absl::StrCat("{\n      \"mediaType\": \"tar\",\n      \"digest\": \"", kOld.ToString(),
                                          "\",\n      \"size\": 10\n    }");
  const std::string after =
      absl::StrCat("{\n      \"mediaType\": \"gzip\",\n      \"digest\": \"", kNew.ToString(),
                   "\",\n      \"size\": 7,\n      \"annotations\": {\n        \"a\": \"<b>\"\n      }\n    }");
  const auto made = WithLayers(ManifestOf(first, before),
                               {{.media_type = "ignored", .digest = kOther, .size = 5},
                                {.media_type = "gzip", .digest = kNew, .size = 7, .annotations = {{"a", "<b>"}}}});
  ASSERT_TRUE(made.ok()) << made.status();
  // As Go writes it.
  const std::string escaped =
      absl::StrCat(after.substr(0, after.find("<b>")), "\\u003cb\\u003e", after.substr(after.find("<b>") + 3));
  EXPECT_EQ(*made, ManifestOf(first, escaped));
}

TEST(NewLayersTest, AnotherNumberOfLayersIsRefused) {
  const std::string layer = absl::StrCat(R"({"size":5,"digest":")", kOld.ToString(), R"(","mediaType":"t"})");
  EXPECT_EQ(oci::ReasonOf(WithLayers(ManifestOf(layer, layer), {{.digest = kNew}}).status()),
            oci::Reason::kInvalidInput);
  EXPECT_FALSE(WithLayers("{", {}).ok());
}

TEST(NewLayersTest, DiffIdsOfAConfig) {
  const auto config = [](const oci::Digest& first, const oci::Digest& second) {
    return absl::StrCat(R"({"os":"linux", "rootfs": {"type":"layers","diff_ids":[")", first.ToString(), "\", \"",
                        second.ToString(), R"("]},"x":1})");
  };
  EXPECT_EQ(*DiffIdsOf(config(kOld, kOther)), (std::vector<oci::Digest>{kOld, kOther}));
  EXPECT_EQ(*WithDiffIds(config(kOld, kOther), {kNew, kOther}), config(kNew, kOther));
  EXPECT_EQ(oci::ReasonOf(WithDiffIds(config(kOld, kOther), {kNew}).status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(DiffIdsOf(R"({"rootfs":{"diff_ids":["x"]}})").status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(DiffIdsOf("{").status()), oci::Reason::kInvalidInput);
}

TEST(NewLayersTest, DigestsAreReplacedWhereverTheyStand) {
  EXPECT_EQ(WithDigests(absl::StrCat("{", kOld.ToString(), kOld.hex(), "}"), {{kOld, kNew}}),
            absl::StrCat("{", kNew.ToString(), kNew.hex(), "}"));
}

TEST(NewLayersTest, StatementsAreReplacedAcrossAllPieces) {
  const NewDigests manifests = {{kOld, kNew}};
  const NewDigests layers = {{kOther, kNew}};
  const auto statement = [](const oci::Digest& image, const oci::Digest& layer) {
    return absl::StrCat(R"({"sha256":")", image.hex(), R"("},"layerID: )", layer.ToString(),
                        "\"layerID: ", layer.ToString(), R"(","diff":")", kOther.ToString(),
                        R"(","layerID: sha256:nothing",)", std::string(300, '-'), image.hex());
  };
  const std::string text = statement(kOld, kOther);
  for (size_t piece : {size_t{1}, size_t{7}, size_t{79}, size_t{80}, size_t{81}, text.size()}) {
    Text to;
    StatementWriter writer(to, manifests, layers);
    for (size_t at = 0; at < text.size(); at += piece) {
      ASSERT_TRUE(writer.Write(absl::string_view(text).substr(at, piece)).ok());
    }
    ASSERT_TRUE(writer.Close().ok());
    EXPECT_EQ(to.text, statement(kNew, kNew)) << piece;
  }
}

}  // namespace
}  // namespace waybill::exporter::documents
