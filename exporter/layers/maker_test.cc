// SPDX-License-Identifier: Apache-2.0
#include "exporter/layers/maker.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/testing/recorded_facts.h"

namespace waybill::exporter::layers {
namespace {

class CountingFetcher final : public oci::content::Fetcher {
 public:
  explicit CountingFetcher(oci::content::Fetcher& from) : from_(from) {}
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override {
    ++count_;
    return from_.Fetch(context, descriptor);
  }
  int count() const { return count_; }

 private:
  oci::content::Fetcher& from_;
  int count_ = 0;
};

class LayerMakerTest : public ::testing::Test {
 protected:
  // A layer without compression. Its bytes are any: only rewriting reads the archive.
  request::Layer Add(const std::string& bytes) {
    return {.blob = {.media_type = std::string(oci::image::kOciLayer),
                     .digest = store_.Add(bytes),
                     .size = static_cast<int64_t>(bytes.size())},
            .diff_id = oci::Digest::Of(bytes),
            .description = bytes};
  }
  absl::StatusOr<std::vector<request::Layer>> Make(oci::content::Fetcher& source, std::vector<request::Layer> layers) {
    const request::ExportOptions options{.compression = request::Compression::kZstd, .force_compression = true};
    return LayerMaker(options, encoders_, source, {.blobs = staging_, .made = made_})
        .Make(oci::Context(), {.layers = std::move(layers)});
  }

  oci::content::store::MemoryStore store_;
  oci::content::store::MemoryStore staging_;
  Encoders encoders_;
  LayersMadeHere made_;
};

TEST_F(LayerMakerTest, ALayerThatComesAgainIsConvertedOnce) {
  request::Layer again = Add("same");
  again.description = "again";
  CountingFetcher source(store_);
  const auto made = Make(source, {Add("same"), Add("other"), again});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(source.count(), 2);
  ASSERT_EQ(made->size(), 3u);
  EXPECT_EQ((*made)[1].diff_id, oci::Digest::Of("other"));
  EXPECT_EQ((*made)[1].blob.media_type, oci::image::kOciLayerZstd);
  EXPECT_EQ((*made)[2].blob.digest, (*made)[0].blob.digest);
  EXPECT_EQ((*made)[2].description, "again");
}

TEST_F(LayerMakerTest, AnotherExportOfTheLayerFindsItMade) {
  CountingFetcher source(store_);
  const auto first = Make(source, {Add("same")});
  const auto second = Make(source, {Add("same")});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(source.count(), 1);
  EXPECT_EQ((*second)[0].blob, (*first)[0].blob);
}

TEST_F(LayerMakerTest, ADigestOfAnotherAlgorithmIsNoDiffId) {
  request::Layer layer = Add("bytes");
  // sha512sum
  const auto digest = oci::Digest::Parse(
      "sha512:"
      "ad87abc1efb42e03207f3a98b8f411dad0953aa23d4d319a424880ce705a12191ee2c7370c224e2d8a681b875cb6afa461bdb99a8693b2dd"
      "b74b25df00020d4d");
  ASSERT_TRUE(digest.ok()) << digest.status();
  layer.blob.digest = *digest;
  ASSERT_TRUE(
      store_
          .Push(oci::Context(), {.descriptor = layer.blob, .source = std::make_unique<oci::io::StringSource>("bytes")})
          .ok());
  const auto made = Make(store_, {layer});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ((*made)[0].diff_id, oci::Digest::Of("bytes"));
}

TEST_F(LayerMakerTest, TellsTheObserverOfEachConversion) {
  oci::testing::RecordedFacts facts;
  const request::ExportOptions options{.compression = request::Compression::kZstd, .force_compression = true};
  const std::string bytes(100000, 'a');
  const auto made = LayerMaker(options, encoders_, store_, {.blobs = staging_, .made = made_})
                        .Make(oci::Context().WithObserver(&facts), {.layers = {Add(bytes), Add(bytes)}});
  ASSERT_TRUE(made.ok()) << made.status();
  const auto conversions = facts.Of<oci::LayerConverted>();
  ASSERT_EQ(conversions.size(), 1u);
  EXPECT_EQ(conversions[0].bytes_in, 100000);
  EXPECT_EQ(conversions[0].bytes_out, (*made)[0].blob.size);
  EXPECT_LT(conversions[0].bytes_out, 1000);
}

TEST_F(LayerMakerTest, AFailureNamesItsLayer) {
  request::Layer missing = Add("there");
  missing.blob.digest = oci::Digest::Of("not there");
  const auto made = Make(store_, {Add("one"), missing, Add("three")});
  EXPECT_EQ(oci::ReasonOf(made.status()), oci::Reason::kNotFound) << made.status();
  EXPECT_TRUE(absl::StrContains(made.status().message(), absl::StrCat("layer 2/3 (", missing.blob.digest.ToString())))
      << made.status();
}

}  // namespace
}  // namespace waybill::exporter::layers
