// SPDX-License-Identifier: Apache-2.0
// The expected documents were written by Go from image-spec v1.1.1's types.
#include "oci/image/manifest.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/image/media_types.h"

namespace waybill::oci::image {
namespace {

constexpr absl::string_view kDigestText = "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a";

constexpr absl::string_view kFullManifest = R"({
  "schemaVersion": 2,
  "mediaType": "mm",
  "artifactType": "aa",
  "config": {
    "mediaType": "s",
    "digest": "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
    "size": 0,
    "platform": {
      "architecture": "",
      "os": ""
    }
  },
  "layers": [
    {
      "mediaType": "m\u003ct\u003e",
      "digest": "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
      "size": 7,
      "urls": [
        "https://x/?a\u0026b"
      ],
      "annotations": {
        "a": "\u003c",
        "z": "1"
      },
      "data": "e30=",
      "platform": {
        "architecture": "arm",
        "os": "linux",
        "os.version": "1",
        "os.features": [
          "f"
        ],
        "variant": "v7"
      },
      "artifactType": "at"
    },
    {
      "mediaType": "s",
      "digest": "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
      "size": 0,
      "platform": {
        "architecture": "",
        "os": ""
      }
    }
  ],
  "subject": {
    "mediaType": "s",
    "digest": "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
    "size": 0,
    "platform": {
      "architecture": "",
      "os": ""
    }
  },
  "annotations": {
    "k": "v"
  }
})";

constexpr absl::string_view kSmallManifest = R"({
  "schemaVersion": 2,
  "config": {
    "mediaType": "s",
    "digest": "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
    "size": 0,
    "platform": {
      "architecture": "",
      "os": ""
    }
  },
  "layers": null
})";

constexpr absl::string_view kFullIndex =
    R"({"schemaVersion":2,"mediaType":"mm","artifactType":"aa","manifests":[{"mediaType":"m\u003ct\u003e","digest":"sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a","size":7,"urls":["https://x/?a\u0026b"],"annotations":{"a":"\u003c","z":"1"},"data":"e30=","platform":{"architecture":"arm","os":"linux","os.version":"1","os.features":["f"],"variant":"v7"},"artifactType":"at"}],"subject":{"mediaType":"s","digest":"sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a","size":0,"platform":{"architecture":"","os":""}},"annotations":{"k":"v"}})";

Digest SomeDigest() { return Digest::Parse(kDigestText).value(); }

Descriptor SmallDescriptor() { return {.media_type = "s", .digest = SomeDigest(), .platform = Platform{}}; }

Descriptor FullDescriptor() {
  return {.media_type = "m<t>",
          .digest = SomeDigest(),
          .size = 7,
          .urls = {"https://x/?a&b"},
          .annotations = {{"z", "1"}, {"a", "<"}},
          .data = "{}",
          .platform =
              Platform{.architecture = "arm", .os = "linux", .os_version = "1", .os_features = {"f"}, .variant = "v7"},
          .artifact_type = "at"};
}

Manifest FullManifest() {
  return {.media_type = "mm",
          .artifact_type = "aa",
          .config = SmallDescriptor(),
          .layers = {FullDescriptor(), SmallDescriptor()},
          .subject = SmallDescriptor(),
          .annotations = {{"k", "v"}}};
}

Index FullIndex() {
  return {.media_type = "mm",
          .artifact_type = "aa",
          .manifests = {FullDescriptor()},
          .subject = SmallDescriptor(),
          .annotations = {{"k", "v"}}};
}

// A descriptor whose text has `from` replaced by `to`.
std::string BadDescriptor(absl::string_view from, absl::string_view to) {
  return absl::StrReplaceAll(ToCompactJson(FullDescriptor()), {{from, to}});
}

std::string MessageOf(const absl::Status& status) {
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  return std::string(status.message());
}

TEST(ManifestTest, WritesManifests) {
  EXPECT_EQ(ToIndentedJson(FullManifest()), kFullManifest);
  EXPECT_EQ(ToIndentedJson(Manifest{.config = SmallDescriptor()}), kSmallManifest);
}

TEST(ManifestTest, WritesIndexes) {
  EXPECT_EQ(ToCompactJson(FullIndex()), kFullIndex);
  EXPECT_EQ(ToIndentedJson(Index{}), "{\n  \"schemaVersion\": 2,\n  \"manifests\": []\n}");
}

TEST(ManifestTest, ReadsManifests) {
  const absl::StatusOr<Manifest> manifest = ParseManifest(kFullManifest);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->media_type, "mm");
  EXPECT_EQ(manifest->artifact_type, "aa");
  EXPECT_EQ(manifest->config, SmallDescriptor());
  EXPECT_EQ(manifest->layers, (std::vector<Descriptor>{FullDescriptor(), SmallDescriptor()}));
  EXPECT_EQ(manifest->subject, SmallDescriptor());
  EXPECT_EQ(manifest->annotations, (Annotations{{"k", "v"}}));
  const absl::StatusOr<Manifest> small = ParseManifest(kSmallManifest);
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_TRUE(small->layers.empty());
  EXPECT_FALSE(small->subject.has_value());
}

TEST(ManifestTest, ReadsIndexes) {
  const absl::StatusOr<Index> index = ParseIndex(kFullIndex);
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->media_type, "mm");
  EXPECT_EQ(index->manifests, std::vector<Descriptor>{FullDescriptor()});
  EXPECT_EQ(index->subject, SmallDescriptor());
  EXPECT_TRUE(ParseIndex("{}").ok());
  EXPECT_TRUE(ParseIndex(R"({"schemaVersion":2,"manifests":null,"unknown":[1]})").ok());
}

TEST(ManifestTest, ListsSuccessors) {
  const std::vector<Descriptor> of_manifest = {SmallDescriptor(), FullDescriptor(), SmallDescriptor()};
  EXPECT_EQ(Successors(kOciManifest, kFullManifest).value(), of_manifest);
  EXPECT_EQ(Successors(kDockerManifest, kFullManifest).value(), of_manifest);
  EXPECT_EQ(Successors(kDockerIndex, kFullIndex).value(), std::vector<Descriptor>{FullDescriptor()});
  EXPECT_TRUE(Successors(kOciConfig, "not even JSON").value().empty());
  EXPECT_FALSE(Successors(kOciIndex, "[]").ok());
}

TEST(ManifestTest, RefusesBadDescriptors) {
  EXPECT_EQ(MessageOf(ParseDescriptor("{}").status()), "digest: invalid digest \"\"");
  EXPECT_EQ(MessageOf(ParseDescriptor(BadDescriptor(kDigestText, "sha256:../../x")).status()),
            "digest: invalid digest \"sha256:../../x\"");
  EXPECT_EQ(MessageOf(ParseDescriptor(BadDescriptor(":7,", ":-1,")).status()), "size: negative size -1");
  EXPECT_EQ(MessageOf(ParseDescriptor(BadDescriptor(":7,", ":1e3,")).status()),
            "size: json: cannot unmarshal number 1e3 into Go value of type int64");
  EXPECT_EQ(MessageOf(ParseDescriptor(BadDescriptor("e30=", "e30*")).status()), "data: illegal base64 data");
  EXPECT_EQ(MessageOf(ParseDescriptor(BadDescriptor("\"linux\"", "1")).status()),
            "platform: os: json: cannot unmarshal number into Go value of type string");
  EXPECT_EQ(MessageOf(ParseDescriptor(BadDescriptor("[\"https", "[1,\"https")).status()),
            "urls: json: cannot unmarshal number into Go value of type string");
}

TEST(ManifestTest, RefusesBadDocuments) {
  const std::string good = ToCompactJson(SmallDescriptor());
  EXPECT_EQ(MessageOf(ParseManifest(absl::StrCat("{\"config\":", good, ",\"layers\":[", good, ",{}]}")).status()),
            "layers[1]: digest: invalid digest \"\"");
  EXPECT_EQ(MessageOf(ParseManifest("{}").status()), "config: digest: invalid digest \"\"");
  EXPECT_EQ(MessageOf(ParseManifest("{").status()), "unexpected end of JSON input");
  EXPECT_EQ(MessageOf(ParseManifest(R"({"schemaVersion":1})").status()), "unsupported schemaVersion 1");
  EXPECT_EQ(MessageOf(ParseManifest(R"({"manifests":[]})").status()),
            "unexpected field manifests: the document may be taken for another kind");
  EXPECT_EQ(MessageOf(ParseIndex(R"({"Layers":[]})").status()),
            "unexpected field layers: the document may be taken for another kind");
  EXPECT_EQ(MessageOf(ParseIndex(R"({"manifests":{}})").status()),
            "manifests: json: cannot unmarshal object into Go value of type []json.RawMessage");
  EXPECT_EQ(MessageOf(ParseIndex(std::string(kMaxManifestBytes + 1, ' ')).status()), "manifest exceeds 16777216 bytes");
}

}  // namespace
}  // namespace waybill::oci::image
