// SPDX-License-Identifier: Apache-2.0
// Layers that a real BuildKit compressed (testdata/golden): unpacked and compressed again they have the same digest.
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/deflate/engine.h"
#include "oci/deflate/fast_gzip_writer.h"
#include "oci/deflate/gzip_writer.h"
#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::deflate_tools {
namespace {

constexpr char kGolden[] = "testdata/golden/";

class HashingWriter : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    hasher.Update(bytes);
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }
  oci::Hasher hasher;
};

// The digests of the layers of a case.
std::set<std::string> Layers(const std::string& name) {
  std::ifstream file(absl::StrCat(kGolden, "cases/", name, ".json"));
  const auto document = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  std::set<std::string> digests;
  if (document.is_discarded()) return digests;
  for (const auto& ref : document["result"]["refs"]) {
    for (const auto& layer : ref["layers"]) digests.insert(layer["digest"].get<std::string>());
  }
  return digests;
}

class CountingWriter : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    size += static_cast<int64_t>(bytes.size());
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }
  int64_t size = 0;
};

std::string BlobPath(const std::string& digest) {
  constexpr size_t kAlgorithm = 7;  // "sha256:"
  return absl::StrCat(kGolden, "blobs/", digest.substr(kAlgorithm));
}

int64_t SizeOf(const std::string& digest) {
  std::error_code error;
  return static_cast<int64_t>(std::filesystem::file_size(BlobPath(digest), error));
}

std::string Unpacked(const std::string& digest) {
  std::string bytes;
  const gzFile file = gzopen(BlobPath(digest).c_str(), "rb");
  if (file == nullptr) return bytes;
  std::string buffer(64 << 10, '\0');
  for (int count = 0; (count = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;) {
    bytes.append(buffer, 0, static_cast<size_t>(count));
  }
  gzclose(file);
  return bytes;
}

struct Case {
  const char* name;
  int level;
};

class GoldenBytesTest : public testing::TestWithParam<Case> {};

TEST_P(GoldenBytesTest, HaveTheirDigest) {
  const std::set<std::string> digests = Layers(GetParam().name);
  EXPECT_EQ(digests.size(), 4U);
  oci::deflate::Engine engine(0);
  for (const std::string& digest : digests) {
    HashingWriter to;
    const auto writer = oci::deflate::GzipWriter::New(engine, to, {.level = GetParam().level});
    ASSERT_TRUE(writer.ok()) << writer.status();
    const std::string layer = Unpacked(digest);
    ASSERT_FALSE(layer.empty()) << digest;
    ASSERT_TRUE((*writer)->Write(layer).ok());
    ASSERT_TRUE((*writer)->Close().ok());
    EXPECT_EQ(to.hasher.Current().ToString(), digest);
  }
}

// Made by libdeflate.
TEST_P(GoldenBytesTest, AreNotFewerThanThoseOfTheFastWriter) {
  if (GetParam().level == 0) return;  // nothing is compressed
  oci::deflate::Engine engine(0);
  for (const std::string& digest : Layers(GetParam().name)) {
    const std::string layer = Unpacked(digest);
    const int64_t exact = SizeOf(digest);
    ASSERT_FALSE(layer.empty()) << digest;
    CountingWriter to;
    const auto writer = oci::deflate::FastGzipWriter::New(engine, to, GetParam().level);
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE((*writer)->Write(layer).ok());
    ASSERT_TRUE((*writer)->Close().ok());
    EXPECT_LE(to.size, exact) << digest;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenBytesTest,
                         testing::Values(Case{"oci-compression-gzip_-2", -2}, Case{"oci-compression-gzip_-1", -1},
                                         Case{"oci-compression-gzip_0", 0}, Case{"oci-compression-gzip_1", 1},
                                         Case{"oci-compression-gzip_2", 2}, Case{"oci-compression-gzip_9", 9}));

}  // namespace
}  // namespace waybill::deflate_tools
