// SPDX-License-Identifier: Apache-2.0
#include "oci/content/graph.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::oci::content {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GraphTest : public ::testing::Test {
 protected:
  GraphTest()
      : config_(Add(image::kOciConfig, "{}")), layer_(Add(image::kOciLayer, "layer")), image_(Image({layer_})) {}

  Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    return {
        .media_type = std::string(media_type), .digest = store_.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
  }
  Descriptor Image(std::vector<Descriptor> layers) {
    return Add(image::kOciManifest,
               image::ToIndentedJson(image::Manifest{
                   .media_type = std::string(image::kOciManifest), .config = config_, .layers = std::move(layers)}));
  }
  Descriptor Index(std::vector<Descriptor> manifests) {
    return Add(image::kOciIndex, image::ToIndentedJson(image::Index{.media_type = std::string(image::kOciIndex),
                                                                    .manifests = std::move(manifests)}));
  }
  absl::StatusOr<Graph> Read(const Descriptor& root, const WalkOptions& options = {}) {
    GraphBudget budget;
    return ReadGraph(Context(), store_, {root}, options, budget);
  }
  void Refuses(const Descriptor& root, const std::string& text) {
    const absl::Status status = Read(root).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << status.message().substr(0, 200);
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
  static std::vector<Digest> Order(const Graph& graph) {
    std::vector<Digest> order;
    for (const GraphNode& node : graph.nodes) order.push_back(node.descriptor.digest);
    return order;
  }

  store::MemoryStore store_;
  const Descriptor config_;
  const Descriptor layer_;
  const Descriptor image_;
};

TEST_F(GraphTest, WhatADocumentNamesComesBeforeIt) {
  const Descriptor other = Image({});
  const Descriptor root = Index({image_, other, image_});
  const auto graph = Read(root);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_THAT(Order(*graph), ElementsAre(config_.digest, layer_.digest, image_.digest, other.digest, root.digest));
  EXPECT_FALSE(graph->Find(layer_.digest)->is_document);
  EXPECT_TRUE(graph->Find(image_.digest)->was_read);
  EXPECT_EQ(graph->Find(root.digest)->successors.size(), 3u);
  EXPECT_EQ(graph->Find(Digest::Of("nowhere")), nullptr);
}

TEST_F(GraphTest, WhatAManifestNamesAreBlobs) {
  // A layer that says that it is an index is not opened.
  const Descriptor root = Image({Index({image_})});
  const auto graph = Read(root);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(graph->nodes.size(), 3u);
  EXPECT_EQ(graph->Find(image_.digest), nullptr);
}

TEST_F(GraphTest, DocumentsThatAreKeptOutAndThatAreMissing) {
  Descriptor gone = image_;
  gone.digest = Digest::Of("nowhere");
  const Descriptor root = Index({image_, gone});
  EXPECT_EQ(ReasonOf(Read(root).status()), Reason::kNotFound);
  const auto graph = Read(root, {.keep_missing = true, .enter = [&](const Descriptor& d) { return d != image_; }});
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(graph->nodes.size(), 3u);
  EXPECT_FALSE(graph->Find(image_.digest)->was_read);
  EXPECT_FALSE(graph->Find(image_.digest)->is_missing);
  EXPECT_TRUE(graph->Find(gone.digest)->is_missing);
  EXPECT_EQ(ReasonOf(Read(gone, {.keep_missing = true}).status()), Reason::kNotFound);
  const auto refuse = [](const Descriptor&) { return StorageError("destination"); };
  EXPECT_EQ(Read(root, {.enter = refuse}).status().message(), "destination");
}

TEST_F(GraphTest, Bounds) {
  Descriptor root = image_;
  for (int depth = 0; depth < kMaxGraphDepth - 1; ++depth) root = Index({root});
  EXPECT_TRUE(Read(root).ok()) << Read(root).status();
  Refuses(Index({root}), "the image's manifests are nested too deeply");
  Refuses(Index({image_, Image({image_})}), "it is described in two ways that contradict each other");
  std::vector<Descriptor> large;
  for (int i = 0; i < 5; ++i) {
    large.push_back(Add(image::kOciIndex, R"({"schemaVersion":2,"manifests":[]})" + std::string((15 << 20) + i, ' ')));
  }
  Refuses(Index(large), "the image's manifests and configs are too large in all");
  std::vector<Descriptor> many;
  for (size_t i = 0; i < kMaxGraphNodes; ++i)
    many.push_back({.media_type = "x", .digest = Digest::Of(absl::StrCat(i))});
  Refuses(Index(many), "the image has too many manifests and blobs");
}

}  // namespace
}  // namespace waybill::oci::content
