// SPDX-License-Identifier: Apache-2.0
// Random indexes, there and back: platforms, foreign entries, annotations, unknown fields, white space of any kind.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "attest/convert/convert.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"

namespace waybill::attest::convert {
namespace {

constexpr char kConfig[] =
    R"({"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":[)";

class Images {
 public:
  explicit Images(int seed) : random_(seed) {}

  oci::content::store::MemoryStore& store() { return store_; }
  int attestations() const { return attestations_; }
  const std::vector<std::string>& foreign() const { return foreign_; }

  // An index of images, their legacy attestation manifests, and entries of others.
  oci::Descriptor Index() {
    std::vector<std::string> entries;
    for (int i = Below(3); i >= 0; --i) {
      const std::string image =
          Add(Object({R"("schemaVersion":2)", absl::StrCat("\"config\":", Blob("config")), R"("layers":[])"}));
      const std::string entry =
          Descriptor(image, {absl::StrCat(R"("platform":{"os":"linux","architecture":"a)", i, "\"}")});
      Foreign(entries, entry);
      for (int count = Below(3); count > 0; --count) entries.push_back(Attestation(image));
    }
    for (int i = Below(3); i > 0; --i)
      Foreign(entries,
              Descriptor(Add(Object({absl::StrCat("\"any\":", i)})), {R"("artifactType":"x/y")"}, "any/thing"));
    std::shuffle(entries.begin(), entries.end(), random_);
    const std::string bytes =
        Object({R"("schemaVersion":2)", R"("mediaType":"application/vnd.oci.image.index.v1+json")",
                absl::StrCat("\"manifests\":[", absl::StrJoin(entries, ","), Space(), "]")});
    return {.media_type = std::string(oci::image::kOciIndex),
            .digest = store_.Add(bytes),
            .size = static_cast<int64_t>(bytes.size())};
  }

 private:
  int Below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }

  std::string Space() {
    constexpr const char* kSpaces[] = {"", "", " ", "\n  ", "\r\n\t", "  \n"};
    return kSpaces[Below(6)];
  }

  // Members in any order, with unknown ones among them, and white space wherever it may be.
  std::string Object(std::vector<std::string> members) {
    for (int i = Below(3); i > 0; --i)
      members.push_back(absl::StrCat("\"x-", i, R"(":[{"digest":"no\u002f","size":-1e2}, null])"));
    std::shuffle(members.begin(), members.end(), random_);
    std::string object = absl::StrCat(Space(), "{");
    for (size_t i = 0; i < members.size(); ++i) {
      const size_t colon = members[i].find(':');
      absl::StrAppend(&object, i == 0 ? "" : ",", Space(), members[i].substr(0, colon), Space(), ":", Space(),
                      members[i].substr(colon + 1), Space());
    }
    return object + "}";
  }

  // "digest size" of bytes that were stored.
  std::string Add(const std::string& bytes) { return absl::StrCat(store_.Add(bytes).ToString(), " ", bytes.size()); }

  std::string Descriptor(const std::string& added, std::vector<std::string> more,
                         const std::string& type = "application/vnd.oci.image.manifest.v1+json") {
    const size_t space = added.find(' ');
    more.push_back(absl::StrCat("\"mediaType\":\"", type, "\""));
    more.push_back(absl::StrCat("\"digest\":\"", added.substr(0, space), "\""));
    more.push_back(absl::StrCat("\"size\":", added.substr(space + 1)));
    return Object(std::move(more));
  }

  std::string Blob(const std::string& bytes) {
    return Descriptor(Add(bytes), {}, "application/vnd.oci.image.config.v1+json");
  }

  void Foreign(std::vector<std::string>& entries, const std::string& entry) {
    entries.push_back(entry);
    foreign_.push_back(entry);
  }

  // The entry of a manifest with statements about the image.
  std::string Attestation(const std::string& image) {
    std::vector<std::string> layers, digests;
    for (int i = Below(3); i >= 0; --i) {
      const std::string added = Add(absl::StrCat("statement ", i, " of ", image));
      layers.push_back(Descriptor(added, {R"("annotations":{"in-toto.io/predicate-type":"https://spdx.dev/Document"})"},
                                  "application/vnd.in-toto+json"));
      digests.push_back(absl::StrCat("\"", added.substr(0, added.find(' ')), "\""));
    }
    std::vector<std::string> members = {
        R"("schemaVersion":2)", absl::StrCat("\"layers\":[", absl::StrJoin(layers, ","), "]"),
        absl::StrCat("\"config\":", Blob(absl::StrCat(kConfig, absl::StrJoin(digests, ","), "]}}")))};
    if (Below(4) > 0) members.push_back(R"("mediaType":"application/vnd.oci.image.manifest.v1+json")");
    if (Below(2) > 0) members.push_back(R"("annotations":{"a":"b\/c", "subject":"no"})");
    const std::string mark = absl::StrCat(
        R"("annotations":{"vnd.docker.reference.type":"attestation-manifest", "x":"y","vnd.docker.reference.digest":")",
        image.substr(0, image.find(' ')), "\"}");
    ++attestations_;
    return Descriptor(Add(Object(std::move(members))),
                      {mark, R"("platform": {"os":"unknown","architecture":"unknown"})"});
  }

  std::mt19937 random_;
  oci::content::store::MemoryStore store_;
  int attestations_ = 0;
  std::vector<std::string> foreign_;
};

std::string Bytes(oci::content::store::MemoryStore& store, const oci::Descriptor& descriptor) {
  return oci::content::VerifiedBytes(oci::Context(), store, descriptor, oci::image::kMaxManifestBytes).value_or("");
}

// That every attestation manifest of the index is a referrer of its image now, and everything else stands where it was.
void ExpectArtifacts(Images& images, const oci::Descriptor& before, const Conversion& after) {
  std::string expected = Bytes(images.store(), before);
  std::map<std::string, size_t> seen;
  for (const Changed& changed : after.changed) {
    const auto manifest = oci::image::ParseManifest(Bytes(images.store(), {.digest = changed.to, .size = -1}));
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_EQ(manifest->artifact_type, oci::image::kAttestationManifest);
    ASSERT_TRUE(manifest->subject.has_value());
    EXPECT_EQ(manifest->subject->digest, changed.image.digest);
    EXPECT_EQ(manifest->subject->size, changed.image.size);
    EXPECT_EQ(manifest->config.data, "{}");
    const auto old = oci::image::ParseManifest(Bytes(images.store(), {.digest = changed.from, .size = -1}));
    EXPECT_EQ(manifest->layers, old->layers);
    EXPECT_EQ(manifest->annotations, old->annotations);
    EXPECT_EQ(changed.loss, "");
  }
  const auto was = oci::image::ParseIndex(expected), is = oci::image::ParseIndex(Bytes(images.store(), after.root));
  ASSERT_EQ(was->manifests.size(), is->manifests.size());
  size_t changed = 0;
  for (size_t i = 0; i < was->manifests.size(); ++i) {
    oci::Descriptor entry = is->manifests[i];
    changed += entry == was->manifests[i] ? 0 : 1;
    entry.digest = was->manifests[i].digest;
    entry.size = was->manifests[i].size;
    EXPECT_EQ(entry, was->manifests[i]);
  }
  EXPECT_EQ(changed, after.changed.size());
  for (const std::string& foreign : images.foreign())
    EXPECT_NE(Bytes(images.store(), after.root).find(foreign), std::string::npos);
}

constexpr int kParts = 4;
constexpr int kSeeds = 1000;

class RoundTripTest : public ::testing::TestWithParam<int> {};

TEST_P(RoundTripTest, GivesTheFirstDigestAgain) {
  int converted = 0;
  for (int seed = GetParam(); seed < kSeeds; seed += kParts) {
    SCOPED_TRACE(seed);
    Images images(seed);
    const oci::Descriptor index = images.Index();
    const auto there =
        ConvertAttestations(oci::Context(), AttestationForm::kArtifact, images.store(), index, {}, images.store());
    ASSERT_TRUE(there.ok()) << there.status();
    EXPECT_EQ(there->changed.size(), images.attestations());
    EXPECT_TRUE(there->kept.empty());
    EXPECT_EQ(there->root.digest == index.digest, images.attestations() == 0);
    ExpectArtifacts(images, index, *there);
    const auto again = ConvertAttestations(oci::Context(), AttestationForm::kArtifact, images.store(), there->root, {},
                                           images.store());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->root, there->root);
    EXPECT_EQ(again->in_form, images.attestations());
    const auto back =
        ConvertAttestations(oci::Context(), AttestationForm::kLegacy, images.store(), there->root, {}, images.store());
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(back->root, index);
    converted += images.attestations();
  }
  EXPECT_GT(converted, kSeeds / kParts);
}

INSTANTIATE_TEST_SUITE_P(Parts, RoundTripTest, ::testing::Range(0, kParts));

}  // namespace
}  // namespace waybill::attest::convert
