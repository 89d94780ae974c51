// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/testing/image_maker.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/compress/compression.h"
#include "oci/digest.h"
#include "oci/file/file.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"
#include "oci/rootfs/document.h"
#include "oci/rootfs/merge.h"

namespace waybill::oci::rootfs::testing {

std::string BlobPath(absl::string_view hex) { return absl::StrCat("testdata/golden/blobs/", hex); }

void Image::Add(std::unique_ptr<io::Source> blob) {
  const auto tar = *compress::NewDecompressor(*blob->Open(Context(), 0));
  EXPECT_EQ(AddLayer(Context(), *tar, static_cast<uint16_t>(blobs.size()), tree), absl::OkStatus());
  blobs.push_back(std::move(blob));
}

void Image::Add(const std::vector<Item>& layer) { Add(std::make_unique<io::StringSource>(MakeLayer(layer))); }

void Image::Finish() {
  std::vector<const io::Source*> sources;
  for (const auto& blob : blobs) sources.push_back(blob.get());
  files = std::make_unique<LayerFiles>(std::move(sources), ::testing::TempDir());
}

void Image::AddRecordedLayers(const nlohmann::json& ref) {
  for (const nlohmann::json& layer : ref["layers"]) {
    const Digest digest = *Digest::Parse(layer["digest"].get<std::string>());
    Add(*file::FileSource::Open(BlobPath(digest.hex()), file::Links::kFollow));
  }
  Finish();
}

void Image::AddRecordedStatements(const nlohmann::json& written, const std::string& folder) {
  const std::string prefix = folder.empty() ? "" : folder + "/";
  for (const nlohmann::json& entry : written) {
    const std::string name = entry["name"];
    if (!absl::EndsWith(entry["mode"].get<std::string>(), "0600") || !absl::StartsWith(name, prefix)) continue;
    const int64_t mtime = entry["mtime"].get<int64_t>() * 1'000'000'000;
    auto bytes =
        std::make_unique<io::StringSource>(file::testing::ReadFile(BlobPath(entry["sha256"].get<std::string>())));
    EXPECT_EQ(
        AddDocument(tree, kRoot, name.substr(prefix.size()), {.bytes = std::move(bytes), .mode = 0600, .mtime = mtime}),
        absl::OkStatus());
  }
}

}  // namespace waybill::oci::rootfs::testing
