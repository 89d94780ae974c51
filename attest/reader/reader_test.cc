// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/reader.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/image/media_types.h"

namespace waybill::attest::reader {
namespace {

using oci::content::ReferrerPlace;
using testing::MemoryPlace;

constexpr char kSpdx[] = "https://spdx.dev/Document";
constexpr char kSlsa[] = "https://slsa.dev/provenance/v1";
constexpr char kBundleType[] = "application/vnd.dev.sigstore.bundle.v0.3+json";

absl::StatusOr<ImageTree> Read(MemoryPlace& place, const oci::Descriptor& root, const ReadOptions& options = {}) {
  place.Tag("app", root);
  return ReadImage(oci::Context(), place.roles(), "app", options);
}

// "amd64: urn:a (index), urn:b (referrer)" for each manifest that something is about.
std::string Summary(const ImageTree& tree) {
  std::vector<std::string> lines;
  size_t about = tree.nodes.size();
  for (const Attestation& one : ListAttestations(tree)) {
    if (one.about != about) {
      about = one.about;
      const Node& node = tree.nodes[about];
      lines.push_back(node.platform.has_value() ? node.platform->architecture : about == 0 ? "root" : "attestation");
    }
    std::vector<std::string> sources;
    for (const Source source : one.sources) sources.emplace_back(SourceName(source));
    absl::StrAppend(&lines.back(), " ", tree.nodes[one.node].items[one.item].predicate_type(), "(",
                    absl::StrJoin(sources, "+"), ")");
  }
  return absl::StrJoin(lines, "; ");
}

class ReaderTest : public ::testing::TestWithParam<AttestationForm> {};

INSTANTIATE_TEST_SUITE_P(Forms, ReaderTest, ::testing::Values(AttestationForm::kArtifact, AttestationForm::kLegacy));

TEST_P(ReaderTest, AllPlatformsWithTheirStatements) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64"), arm = AddImage(place, "arm64");
  const oci::Descriptor of_amd =
      AddAttestation(place, GetParam(), amd, {AddStatement(place, amd, kSpdx), AddStatement(place, amd, kSlsa)});
  const oci::Descriptor of_arm = AddAttestation(place, GetParam(), arm, {AddStatement(place, arm, kSlsa)});
  const auto tree = Read(place, AddIndex(place, {amd, arm, of_amd, of_arm}));
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(Summary(*tree), absl::StrCat("amd64 ", kSpdx, "(index) ", kSlsa, "(index); arm64 ", kSlsa, "(index)"));
  EXPECT_TRUE(tree->notes.empty());
  const Node* const node = tree->Find(of_amd.digest);
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->kind, NodeKind::kAttestation);
  EXPECT_EQ(node->form, GetParam());
  EXPECT_EQ(node->image, amd.digest);
  EXPECT_TRUE(node->items[0].content.IsAbout(amd.digest));
  EXPECT_FALSE(node->items[0].content.IsAbout(arm.digest));
  EXPECT_EQ(tree->root().children[2].match,
            GetParam() == AttestationForm::kArtifact ? SubjectMatch::kMatches : SubjectMatch::kNone);
}

// The subjects are not read again; one that refers to another stays a subject.
TEST(ReadReferrersTest, OneLevelBelowKnownManifests) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64"), arm = AddImage(place, "arm64");
  const oci::Descriptor own = AddAttestation(place, AttestationForm::kArtifact, amd, {AddStatement(place, amd, kSlsa)});
  const oci::Descriptor other =
      AddAttestation(place, AttestationForm::kArtifact, amd, {AddStatement(place, amd, kSpdx)});
  const oci::Descriptor deeper =
      AddAttestation(place, AttestationForm::kArtifact, other, {AddStatement(place, other, kSpdx)});
  place.List(amd.digest, own);
  place.List(amd.digest, other);
  place.List(arm.digest, other);  // a list that is wrong
  place.List(other.digest, deeper);
  const auto tree =
      ReadReferrers(oci::Context(), place, place, {amd, arm, own, amd}, {.look = false, .limits = {.depth = 1}});
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_EQ(tree->nodes.size(), 4u);
  EXPECT_EQ(place.fetches(), 1);
  const Node& subject = tree->nodes[0];
  EXPECT_EQ(subject.descriptor.digest, amd.digest);
  EXPECT_EQ(subject.kind, NodeKind::kUnread);
  ASSERT_EQ(subject.referrers.size(), 2u);
  EXPECT_EQ(subject.referrers[0].node, 2u);
  EXPECT_EQ(subject.referrers[1].node, 3u);
  EXPECT_EQ(subject.referrers[1].match, SubjectMatch::kMatches);
  EXPECT_EQ(tree->nodes[1].referrers.at(0).match, SubjectMatch::kOtherDigest);
  EXPECT_EQ(tree->nodes[3].kind, NodeKind::kAttestation);
  EXPECT_EQ(tree->nodes[3].image, amd.digest);
  EXPECT_FALSE(tree->nodes[3].was_listed);
}

TEST(ReadImageTest, ReferrersAndSignaturesOnThem) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64");
  oci::Descriptor own = AddAttestation(place, AttestationForm::kArtifact, amd, {AddStatement(place, amd, kSlsa)});
  const oci::Descriptor root = AddIndex(place, {amd, own});
  // An older one, that is no member of the index, and the member as the registry lists it.
  oci::Descriptor old = AddAttestation(place, AttestationForm::kArtifact, amd, {AddStatement(place, amd, kSpdx)});
  old.annotations.clear();
  own.annotations.clear();
  place.List(amd.digest, old, ReferrerPlace::kFallbackTag);
  place.List(amd.digest, own, ReferrerPlace::kFallbackTag);
  AddArtifact(place, root, "application/spdx+json", R"({"spdxVersion":"SPDX-2.3"})");
  const oci::Descriptor signature = AddArtifact(place, own, kBundleType, R"({"dsseEnvelope":{"payload":"e30="}})");
  const auto tree = Read(place, root);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(Summary(*tree), absl::StrCat("root (referrer); amd64 ", kSlsa, "(index+fallback tag) ", kSpdx,
                                         "(fallback tag); attestation (referrer)"));
  EXPECT_EQ(tree->Find(signature.digest)->items[0].content.kind, ContentKind::kBundle);
  EXPECT_EQ(tree->Find(signature.digest)->kind, NodeKind::kArtifact);
  EXPECT_EQ(tree->Find(own.digest)->descriptor.annotations.size(), 2u) << "as the index has it";
}

// What a list says is a claim.
TEST(ReadImageTest, LiesAboutSubjectsAndSizes) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64"), arm = AddImage(place, "arm64");
  oci::Descriptor lied = amd;
  lied.size = 5;
  const oci::Descriptor wrong_size =
      AddAttestation(place, AttestationForm::kArtifact, lied, {AddStatement(place, amd, kSlsa)});
  oci::Descriptor other = AddAttestation(place, AttestationForm::kArtifact, arm, {AddStatement(place, arm, kSpdx)});
  other.annotations.clear();
  place.List(amd.digest, other);
  oci::Descriptor entry = amd;
  entry.size = 7;
  const auto tree = Read(place, AddIndex(place, {entry, wrong_size}));
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->root().children[1].match, SubjectMatch::kOtherSize);
  const Node& image = *tree->Find(amd.digest);
  EXPECT_EQ(image.size, amd.size);
  EXPECT_EQ(image.descriptor.size, 7);
  ASSERT_EQ(image.referrers.size(), 1u);
  EXPECT_EQ(image.referrers[0].match, SubjectMatch::kOtherDigest);
}

TEST(ReadImageTest, WhatIsMissingIsMarked) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64");
  oci::Descriptor gone = AddImage(place, "arm64");
  gone.digest = oci::Digest::Of("gone");
  oci::Descriptor statement = AddStatement(place, amd, kSlsa);
  statement.digest = oci::Digest::Of("no statement");
  const oci::Descriptor attestation = AddAttestation(place, AttestationForm::kLegacy, amd, {statement});
  oci::Descriptor wrong = AddImage(place, "s390x");
  place.Replace(wrong.digest, "{}");
  const auto tree = Read(place, AddIndex(place, {amd, gone, attestation, wrong}));
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(oci::ReasonOf(tree->Find(gone.digest)->status), oci::Reason::kNotFound);
  EXPECT_EQ(tree->Find(gone.digest)->kind, NodeKind::kUnread);
  EXPECT_EQ(oci::ReasonOf(tree->Find(wrong.digest)->status), oci::Reason::kVerification);
  const Item& item = tree->Find(attestation.digest)->items.at(0);
  EXPECT_EQ(oci::ReasonOf(item.status), oci::Reason::kNotFound);
  EXPECT_EQ(item.predicate_type(), kSlsa) << "the annotation's word";
  EXPECT_EQ(oci::ReasonOf(ReadImage(oci::Context(), place.roles(), "other", {}).status()), oci::Reason::kNotFound);
}

TEST(ReadImageTest, OtherPlatformsAreNotRead) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64"), arm = AddImage(place, "arm64");
  const oci::Descriptor of_amd =
      AddAttestation(place, AttestationForm::kLegacy, amd, {AddStatement(place, amd, kSlsa)});
  const oci::Descriptor of_arm =
      AddAttestation(place, AttestationForm::kArtifact, arm, {AddStatement(place, arm, kSlsa)});
  const auto tree = Read(place, AddIndex(place, {amd, arm, of_amd, of_arm}),
                         {.platforms = {oci::Platform{.architecture = "arm64", .os = "linux"}}});
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(Summary(*tree), absl::StrCat("arm64 ", kSlsa, "(index)"));
  EXPECT_EQ(tree->nodes.size(), 3u);
  EXPECT_EQ(place.fetches(), 4) << "index, image, attestation manifest, statement";
  EXPECT_FALSE(tree->root().children[0].node.has_value());
}

TEST(ReadImageTest, ASingleManifestHasThePlatformOfItsConfig) {
  MemoryPlace place;
  const oci::Descriptor image = AddImage(place, "riscv64");
  AddArtifact(place, image, "application/vnd.in-toto+json", R"({"_type":"https://in-toto.io/Statement/v1"})");
  const auto tree = Read(place, {.media_type = image.media_type, .digest = image.digest, .size = image.size});
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->root().kind, NodeKind::kImage);
  EXPECT_EQ(tree->root().platform->architecture, "riscv64");
  EXPECT_EQ(ListAttestations(*tree).size(), 1u);
}

TEST(HostileImageTest, CyclesEnd) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64");
  const oci::Descriptor first = AddArtifact(place, amd, "a/b", "1");
  const oci::Descriptor second = AddArtifact(place, first, "a/b", "2");
  place.List(second.digest, first);
  place.List(second.digest, second);
  place.List(first.digest, amd);
  const auto tree = Read(place, AddIndex(place, {amd, amd, first}));
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->nodes.size(), 4u);
  EXPECT_EQ(place.fetches(), 6) << "four manifests and two blobs, each once";
}

TEST(HostileImageTest, ChainsEndAtTheDepth) {
  MemoryPlace place;
  oci::Descriptor last = AddImage(place, "amd64");
  const oci::Descriptor root = last;
  for (int i = 0; i < 50; ++i) last = AddArtifact(place, last, "a/b", std::to_string(i));
  const auto referrers = Read(place, root);
  ASSERT_TRUE(referrers.ok()) << referrers.status();
  EXPECT_EQ(referrers->nodes.size(), 5u);
  oci::Descriptor outer = root;
  for (int i = 0; i < 50; ++i) outer = AddIndex(place, {outer});
  const auto indexes = Read(place, outer);
  ASSERT_TRUE(indexes.ok()) << indexes.status();
  EXPECT_EQ(indexes->nodes.size(), 5u);
  ASSERT_EQ(indexes->notes.size(), 1u);
  EXPECT_NE(indexes->notes[0].find("4 levels deep"), std::string::npos);
}

TEST(HostileImageTest, AnIndexOf100000Entries) {
  MemoryPlace place;
  std::vector<oci::Descriptor> entries;
  for (int i = 0; i < 100'000; ++i) {
    entries.push_back({.media_type = std::string(oci::image::kOciManifest),
                       .digest = oci::Digest::Of(std::to_string(i % 50'000)),
                       .size = 1});
  }
  // As compact as it comes, below the limit of a manifest.
  const oci::Descriptor root =
      place.Add(oci::image::kOciIndex, oci::image::ToCompactJson(oci::image::Index{.manifests = std::move(entries)}));
  const auto tree = Read(place, root);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->nodes.size(), 2000u);
  EXPECT_EQ(tree->root().children.size(), 4000u);
  EXPECT_EQ(tree->root().left_out, 96'000u);
  EXPECT_EQ(tree->notes.size(), 1u);
}

TEST(HostileImageTest, EndlessListsAndHugeAnnotations) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64");
  oci::Descriptor entry{.media_type = std::string(oci::image::kOciManifest), .digest = oci::Digest::Of(""), .size = 1};
  entry.annotations["x"] = std::string(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) {
    entry.digest = oci::Digest::Of(std::to_string(i));
    place.List(amd.digest, entry);
  }
  const auto tree = Read(place, amd, {.limits = {.document_bytes = 8 << 20}});
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->root().referrers.size(), 7u) << "MiB of lists";
  EXPECT_EQ(tree->root().left_out, 93u);
  EXPECT_EQ(tree->notes.size(), 1u);
}

TEST(HostileImageTest, DocumentsAreBoundedInAll) {
  MemoryPlace place;
  std::vector<oci::Descriptor> images;
  for (int i = 0; i < 8; ++i) {
    images.push_back(AddManifest(place, {.config = place.Add(oci::image::kOciConfig, "{}"),
                                         .annotations = {{std::to_string(i), std::string(1 << 20, 'x')}}}));
  }
  const auto tree = Read(place, AddIndex(place, images), {.limits = {.document_bytes = 4 << 20}});
  ASSERT_TRUE(tree.ok()) << tree.status();
  int refused = 0;
  for (const Node& node : tree->nodes) refused += oci::ReasonOf(node.status) == oci::Reason::kInvalidInput ? 1 : 0;
  EXPECT_GE(refused, 4);
}

TEST(HostileImageTest, StatementsThatAreNoJson) {
  MemoryPlace place;
  const oci::Descriptor amd = AddImage(place, "amd64");
  std::vector<oci::Descriptor> blobs = {place.Add(oci::image::kInToto, "PK\x03\x04"),
                                        place.Add(oci::image::kInToto, std::string(300'000, '['))};
  for (int i = 0; i < 100; ++i) blobs.push_back(place.Add(oci::image::kInToto, std::to_string(i)));
  const oci::Descriptor attestation = AddAttestation(place, AttestationForm::kArtifact, amd, blobs);
  const auto tree = Read(place, AddIndex(place, {amd, attestation}));
  ASSERT_TRUE(tree.ok()) << tree.status();
  const Node& node = *tree->Find(attestation.digest);
  EXPECT_EQ(node.items.size(), 64u);
  EXPECT_EQ(node.items_left_out, 38u);
  EXPECT_EQ(node.items[0].content.kind, ContentKind::kNotJson);
  EXPECT_EQ(node.items[1].content.kind, ContentKind::kNotJson);
  EXPECT_EQ(node.items[2].content.kind, ContentKind::kOtherJson);
}

TEST(ReadImageTest, ADeadlineEndsIt) {
  MemoryPlace place;
  place.Tag("app", AddImage(place, "amd64"));
  const absl::Status status =
      ReadImage(oci::Context().WithDeadline(absl::InfinitePast()), place.roles(), "app", {}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kTimeout) << status;
}

}  // namespace
}  // namespace waybill::attest::reader
