// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/written_images.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::solve {
namespace {

struct Document {
  explicit Document(std::string text) : bytes(std::move(text)), digest(oci::Digest::Of(bytes)) {}
  std::string bytes;
  oci::Digest digest;
};

std::string Descriptor(const Document& document, absl::string_view media_type) {
  return absl::StrCat(R"({"mediaType":")", media_type, R"(","digest":")", document.digest.ToString(), R"(","size":)",
                      document.bytes.size(), "}");
}

Document Manifest(const Document& config) {
  return Document(absl::StrCat(
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],"config":)",
      Descriptor(config, "application/vnd.oci.image.config.v1+json"), "}"));
}

Document Index(const std::vector<Document>& manifests) {
  std::vector<std::string> descriptors;
  for (const Document& manifest : manifests) {
    descriptors.push_back(Descriptor(manifest, "application/vnd.oci.image.manifest.v1+json"));
  }
  return Document(
      absl::StrCat(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)",
                   absl::StrJoin(descriptors, ","), "]}"));
}

const WrittenImage* Find(const std::vector<WrittenImage>& images, const Document& root) {
  for (const WrittenImage& image : images) {
    if (image.root == root.digest) return &image;
  }
  return nullptr;
}

TEST(WrittenImagesTest, AnIndexAndAManifestThatIsAlsoPartOfIt) {
  const Document config(R"({"os":"linux","architecture":"amd64","config":{}})");
  const Document manifest = Manifest(config);
  const Document index = Index({manifest});
  WrittenImages written;
  written.Add(config.digest, config.bytes, 4);
  written.Add(manifest.digest, manifest.bytes, 3);  // two for the index, one alone
  written.Add(index.digest, index.bytes, 2);

  const std::vector<WrittenImage> images = written.All();
  ASSERT_EQ(images.size(), 2u);
  const WrittenImage* whole = Find(images, index);
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->copies, 2);
  EXPECT_EQ(whole->documents, (std::set<oci::Digest>{config.digest, manifest.digest, index.digest}));
  const WrittenImage* bare = Find(images, manifest);
  ASSERT_NE(bare, nullptr);
  EXPECT_EQ(bare->copies, 1);
  EXPECT_EQ(bare->documents, (std::set<oci::Digest>{config.digest, manifest.digest}));
}

TEST(WrittenImagesTest, PartsAndOtherDocumentsAreNoImages) {
  const Document config("{}");
  const Document manifest = Manifest(config);
  const Document index = Index({manifest});
  const Document text("no JSON");
  WrittenImages written;
  for (const Document& document : {config, manifest, index, text}) written.Add(document.digest, document.bytes, 1);
  const std::vector<WrittenImage> images = written.All();
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].root, index.digest);
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
