// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/conversions/remembered_layers.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/file/testing/files.h"

namespace waybill::exporter::service::conversions {
namespace {

using oci::file::testing::FilesUnder;
using oci::file::testing::ReadFile;
using oci::file::testing::WriteFile;
using oci::layer::Conversion;
using oci::layer::Form;
using oci::layer::GzipEngine;

const oci::Digest kFrom = oci::Digest::Of("before");
constexpr Conversion kZstd{.form = Form::kZstd};

class RememberedLayersTest : public ::testing::Test {
 protected:
  // A blob in the store, as a conversion makes it.
  MadeLayer Make(const std::string& bytes) {
    const auto writer = blobs_.NewWriter(oci::Context());
    EXPECT_TRUE(writer.ok() && (*writer)->Write(bytes).ok());
    auto blob = (*writer)->Commit(oci::Context(), "application/vnd.oci.image.layer.v1.tar+zstd", {});
    EXPECT_TRUE(blob.ok()) << blob.status();
    const oci::Digest diff_id = oci::Digest::Of("diff id of " + bytes);
    blob->annotations = {{"containerd.io/uncompressed", diff_id.ToString()}, {"ü \"quoted\"", "<&>\n"}};
    return {.blob = *std::move(blob), .diff_id = diff_id};
  }
  std::optional<MadeLayer> Find(const oci::Digest& from, const Conversion& conversion) {
    return layers_.Find(oci::Context(), from, conversion);
  }
  std::vector<std::string> Records() const {
    std::vector<std::string> files;
    for (const std::string& file : FilesUnder(root_)) {
      const std::string path = absl::StrCat(root_, "/", file);
      if (file.starts_with("conversions/") && std::filesystem::is_regular_file(path)) files.push_back(path);
    }
    return files;
  }

  const std::string root_ = oci::file::testing::NewTempDir();
  oci::content::store::FileStore blobs_{root_, {}};
  std::vector<std::string> made_;
  RememberedLayers layers_{blobs_, [this](const oci::Digest& from, const MadeLayer& made) {
                             made_.push_back(absl::StrCat(from.ToString(), " ", made.blob.digest.ToString()));
                             return absl::OkStatus();
                           }};
};

TEST_F(RememberedLayersTest, AnotherProcessFindsWhatWasAdded) {
  const MadeLayer made = Make("after");
  EXPECT_FALSE(Find(kFrom, kZstd).has_value());
  layers_.Add(oci::Context(), kFrom, kZstd, made);
  EXPECT_THAT(made_, ::testing::ElementsAre(absl::StrCat(kFrom.ToString(), " ", made.blob.digest.ToString())));
  oci::content::store::FileStore blobs(root_, {});
  const auto found = RememberedLayers(blobs, [](const oci::Digest&, const MadeLayer&) {
                       return absl::OkStatus();
                     }).Find(oci::Context(), kFrom, kZstd);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->blob, made.blob);
  EXPECT_EQ(found->diff_id, made.diff_id);
}

TEST_F(RememberedLayersTest, AnyOtherConversionIsAnother) {
  const std::vector<Conversion> conversions = {
      {.form = Form::kUncompressed},
      {.form = Form::kEstargz},
      {.form = Form::kZstd},
      {.form = Form::kZstd, .level = 3},
      {.form = Form::kZstd, .level = -3},
      {.form = Form::kGzip},
      {.form = Form::kGzip, .level = 3},
      {.form = Form::kGzip, .gzip_engine = GzipEngine::kFast},
      {.form = Form::kGzip, .gzip_engine = GzipEngine::kFast, .level = 3},
      {.form = Form::kGzip, .epoch = 3},
      {.form = Form::kGzip, .epoch = 0},
      {.form = Form::kGzip, .layer_bytes = 3},
      {.form = Form::kGzip, .level = 3, .epoch = 3, .layer_bytes = 3},
  };
  std::vector<MadeLayer> made;
  for (const Conversion& conversion : conversions) {
    EXPECT_FALSE(Find(kFrom, conversion).has_value());
    made.push_back(Make(absl::StrCat("conversion ", made.size())));
    layers_.Add(oci::Context(), kFrom, conversion, made.back());
  }
  for (size_t i = 0; i < conversions.size(); ++i) {
    const auto found = Find(kFrom, conversions[i]);
    ASSERT_TRUE(found.has_value()) << i;
    EXPECT_EQ(found->blob, made[i].blob) << i;
  }
  EXPECT_FALSE(Find(oci::Digest::Of("another"), kZstd).has_value());
}

TEST_F(RememberedLayersTest, ALayerThatIsGoneOrCutIsForgotten) {
  for (const bool cut : {false, true}) {
    const MadeLayer made = Make(absl::StrCat("after ", cut));
    layers_.Add(oci::Context(), kFrom, kZstd, made);
    ASSERT_EQ(Records().size(), 1u);
    const std::string path = blobs_.PathOf(made.blob.digest);
    std::filesystem::remove(path);
    if (cut) WriteFile(path, "aft");
    EXPECT_FALSE(Find(kFrom, kZstd).has_value());
    EXPECT_THAT(Records(), ::testing::IsEmpty());
  }
}

TEST_F(RememberedLayersTest, ADamagedRecordIsNone) {
  const MadeLayer made = Make("after");
  layers_.Add(oci::Context(), kFrom, kZstd, made);
  const std::string path = Records().at(0);
  const std::string record = ReadFile(path);
  for (size_t size = 0; size < record.size(); ++size) {
    WriteFile(path, record.substr(0, size));
    EXPECT_FALSE(Find(kFrom, kZstd).has_value()) << size;
  }
  for (size_t i = 0; i < record.size(); ++i) {
    std::string changed = record;
    changed[i] ^= 1;
    WriteFile(path, changed);
    EXPECT_FALSE(Find(kFrom, kZstd).has_value()) << i;
  }
  WriteFile(path, record + "\n");
  EXPECT_FALSE(Find(kFrom, kZstd).has_value());
  WriteFile(path, std::string(1 << 20, 'x'));
  EXPECT_FALSE(Find(kFrom, kZstd).has_value());
  // That of another layer, under this one's name.
  layers_.Add(oci::Context(), oci::Digest::Of("another"), kZstd, made);
  std::filesystem::rename(Records().at(0), path);
  EXPECT_FALSE(Find(kFrom, kZstd).has_value());
  WriteFile(path, record);
  EXPECT_TRUE(Find(kFrom, kZstd).has_value());
}

TEST_F(RememberedLayersTest, OnlyStaleRecordsAreRemoved) {
  layers_.Add(oci::Context(), kFrom, kZstd, Make("stays"));
  const MadeLayer gone = Make("goes");
  layers_.Add(oci::Context(), kFrom, {.form = Form::kGzip}, gone);
  WriteFile(absl::StrCat(root_, "/conversions/sha256/odd"), "odd");
  std::filesystem::remove(blobs_.PathOf(gone.blob.digest));
  layers_.RemoveStale(oci::Context());
  EXPECT_EQ(Records().size(), 1u);
  EXPECT_TRUE(Find(kFrom, kZstd).has_value());
}

TEST_F(RememberedLayersTest, WhatNobodyTakesIsForgotten) {
  RememberedLayers layers(blobs_, [](const oci::Digest&, const MadeLayer&) { return absl::InternalError("no"); });
  layers.Add(oci::Context(), kFrom, kZstd, Make("after"));
  EXPECT_FALSE(Find(kFrom, kZstd).has_value());
}

TEST_F(RememberedLayersTest, WhatCannotBeWrittenIsForgotten) {
  WriteFile(root_ + "/conversions", "in the way");
  layers_.Add(oci::Context(), kFrom, kZstd, Make("after"));
  EXPECT_FALSE(Find(kFrom, kZstd).has_value());
}

}  // namespace
}  // namespace waybill::exporter::service::conversions
