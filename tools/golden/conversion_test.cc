// SPDX-License-Identifier: Apache-2.0
// The recorded cases with converted layers, exported from the layers before the conversion: the archive has to be
// BuildKit's to the byte, which means every layer blob, diff id, history entry and annotation.
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/golden/in_process_exporter.h"
#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/compare.h"
#include "tools/golden/recorded/inputs.h"
#include "tools/golden/recorded/layout.h"

namespace waybill::golden {
namespace {

struct Conversion {
  std::string name;
  std::string layers_of;  // the case that has the layers as they were; empty: the case itself has them
};
void PrintTo(const Conversion& conversion, std::ostream* out) { *out << conversion.name; }

const Conversion kConversions[] = {
    {"gw-exotic-rewrite", ""},
    {"gw-exotic-rewrite-uncompressed", ""},
    {"gw-exotic-rewrite-estargz", ""},
    {"oci-rewrite-timestamp", ""},
    {"oci-rewrite-timestamp-noop-epoch", ""},
    {"oci-base-rewrite-timestamp", ""},
    {"oci-base-estargz-force", "oci-base-plain"},
    {"oci-force-compression-estargz", "oci-single"},
    {"oci-compression-estargz", "oci-single"},
    {"oci-compression-uncompressed", "oci-single"},
    {"oci-compression-estargz-chunks", "oci-compression-gzip-chunks"},
    {"oci-compression-gzip-chunks", "oci-compression-zstd-chunks"},
    {"oci-compression-gzip_-2", "oci-compression-uncompressed"},
    {"oci-compression-gzip_-1", "oci-compression-uncompressed"},
    {"oci-compression-gzip_0", "oci-compression-uncompressed"},
    {"oci-compression-gzip_1", "oci-compression-uncompressed"},
    {"oci-compression-gzip_2", "oci-compression-uncompressed"},
    {"oci-compression-gzip_9", "oci-compression-uncompressed"},
    {"oci-single", "oci-compression-estargz"},
};

// The layers of the recorded result, before they were converted.
recorded::Json OriginalLayers(const Conversion& conversion) {
  if (conversion.layers_of.empty()) {
    std::ifstream file(absl::StrCat(recorded::kGoldenDirectory, "/cases/", conversion.name, ".json"));
    return recorded::Json::parse(file, nullptr, false)["original_layers"]["refs"]["0"];
  }
  const absl::StatusOr<recorded::Case> other = recorded::LoadCase(conversion.layers_of);
  return other.ok() && other->result.has_value() ? (*other->result)["refs"][""]["layers"] : recorded::Json();
}

class GoldenConversionTest : public ::testing::TestWithParam<Conversion> {
 protected:
  GoldenConversionTest() : scratch_(absl::StrCat(::testing::TempDir(), "/conversion-", GetParam().name)) {
    std::error_code error;
    std::filesystem::remove_all(scratch_, error);
  }
  const std::string scratch_;
};

TEST_P(GoldenConversionTest, GivesTheRecordedArchive) {
  absl::StatusOr<recorded::Case> record = recorded::LoadCase(GetParam().name);
  ASSERT_TRUE(record.ok()) << record.status();
  const recorded::Json originals = OriginalLayers(GetParam());
  ASSERT_TRUE(originals.is_array()) << originals;
  recorded::Json& layers = (*record->result)["refs"][""]["layers"];
  ASSERT_EQ(layers.size(), originals.size());
  // What the build says of a layer stays; its blob is another one.
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].erase("annotations");
    for (const char* key : {"media_type", "digest", "size", "diff_id", "annotations"}) {
      if (originals[i].contains(key)) layers[i][key] = originals[i][key];
    }
  }
  recorded::Job job{.bundle = scratch_ + "/bundle",
                    .request = recorded::RequestOf(*record),
                    .destination = scratch_ + "/out",
                    .now = recorded::ClockOf(*record)};
  // Recorded without it where a layer had no blob yet.
  if (!job.request.attributes.contains("rewrite-timestamp")) job.request.attributes["force-compression"] = "true";
  ASSERT_TRUE(recorded::WriteBundle(*record, job.bundle).ok());
  InProcessExporter exporter;
  const auto response = exporter.Export(job);
  ASSERT_TRUE(response.ok()) << response.status();
  const absl::StatusOr<recorded::Layout> layout = recorded::ReadArchive(job.destination);
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(recorded::CompareLayout(*record, *layout), recorded::Differences());
  EXPECT_EQ(recorded::CompareResponse(*record, *response), recorded::Differences());
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenConversionTest, ::testing::ValuesIn(kConversions),
                         [](const ::testing::TestParamInfo<Conversion>& info) {
                           std::string name = info.param.name;
                           for (char& c : name) {
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           }
                           return absl::StrCat(name, "_", info.index);
                         });

}  // namespace
}  // namespace waybill::golden
