// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/testing/sample_layout.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/io/string.h"
#include "oci/layout/directory.h"
#include "oci/layout/layout.h"
#include "oci/places/layout_publisher.h"
#include "oci/places/publisher.h"

namespace waybill::oci::prune::testing {
namespace {

using registry::testing::MakeSampleImage;
using registry::testing::SampleImage;

Descriptor AddArtifact(SampleImage& image, std::optional<Descriptor> subject, const std::string& note) {
  const std::string config(image::kEmptyJson);
  const Descriptor empty{.media_type = std::string(image::kOciEmpty),
                         .digest = image.store->Add(config),
                         .size = static_cast<int64_t>(config.size())};
  const std::string bytes = image::ToIndentedJson(image::Manifest{.media_type = std::string(image::kOciManifest),
                                                                  .artifact_type = "application/x-signature",
                                                                  .config = empty,
                                                                  .layers = {empty},
                                                                  .subject = std::move(subject),
                                                                  .annotations = {{"note", note}}});
  return {.media_type = std::string(image::kOciManifest),
          .digest = image.store->Add(bytes),
          .size = static_cast<int64_t>(bytes.size())};
}

void Publish(const std::string& root, SampleImage& image, const std::string& tag, bool with_tags) {
  const Descriptor signature = AddArtifact(image, image.referrers[0], tag);
  std::vector<Descriptor> referrers = {signature};
  std::vector<places::Companion> companions;
  if (with_tags) {
    referrers.push_back(AddArtifact(image, signature, tag));
    const std::string name = image::ReferrersTag(image.images[0].digest);
    companions.push_back({.manifest = AddArtifact(image, std::nullopt, tag), .tag = absl::StrCat(name, ".sig")});
  }
  auto publisher = places::OpenDirectoryPublisher(root);
  ASSERT_TRUE(publisher.ok()) << publisher.status();
  const auto published = (*publisher)
                             ->Publish(Context(), {.root = image.root,
                                                   .tags = {tag},
                                                   .referrers = std::move(referrers),
                                                   .companions = std::move(companions),
                                                   .content = *image.store});
  ASSERT_TRUE(published.ok()) << published.status();
}

SampleImage First() { return MakeSampleImage({.platforms = 2, .attested = true}); }
SampleImage Second() { return MakeSampleImage({.attested = true, .seed = "second"}); }

}  // namespace

void SampleLayout::RemoveFirst() const {
  const std::string path = absl::StrCat(root, "/index.json");
  auto index = image::ParseIndex(file::testing::ReadFile(path));
  ASSERT_TRUE(index.ok()) << index.status();
  std::erase_if(index->manifests, [](const Descriptor& entry) {
    const auto name = entry.annotations.find(std::string(layout::kRefName));
    return name != entry.annotations.end() && name->second == "1";
  });
  file::testing::WriteFile(path, image::ToCompactJson(*index));
}

void SampleLayout::Enter(const std::vector<Descriptor>& manifests, const std::string& name) const {
  const std::string bytes =
      image::ToIndentedJson(image::Index{.media_type = std::string(image::kOciIndex), .manifests = manifests});
  Descriptor index{.media_type = std::string(image::kOciIndex),
                   .digest = Digest::Of(bytes),
                   .size = static_cast<int64_t>(bytes.size())};
  const auto directory = layout::Directory::Open(root);
  ASSERT_TRUE(directory.ok()) << directory.status();
  ASSERT_EQ((*directory)->Push(Context(), {.descriptor = index, .source = std::make_unique<io::StringSource>(bytes)}),
            absl::OkStatus());
  index.annotations = {{std::string(layout::kRefName), name}};
  ASSERT_EQ((*directory)->Enter(Context(), {index}), absl::OkStatus());
}

SampleLayout MakeSampleLayout(const std::string& root) {
  SampleLayout layout{.root = root, .first = First(), .second = Second()};
  Publish(root, layout.first, "1", /*with_tags=*/true);
  layout.Enter({layout.first.referrers[0]}, image::ReferrersTag(layout.first.images[0].digest));
  Publish(root, layout.second, "2", /*with_tags=*/false);
  return layout;
}

std::string MakeSecondAlone(const std::string& root) {
  SampleImage second = Second();
  Publish(root, second, "2", /*with_tags=*/false);
  return root;
}

std::map<std::string, std::string> FilesOf(const std::string& root) {
  std::map<std::string, std::string> files;
  for (const std::string& file : file::testing::FilesUnder(root)) {
    const std::string path = absl::StrCat(root, "/", file);
    if (absl::StrContains(file, ".waybill-") || absl::EndsWith(file, ".lock")) continue;
    if (std::filesystem::is_directory(path)) continue;  // lint-ok: a failure fails the test
    files[file] = file::testing::ReadFile(path);
  }
  return files;
}

}  // namespace waybill::oci::prune::testing
