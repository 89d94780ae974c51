// SPDX-License-Identifier: Apache-2.0
// Statements for images in memory, and images in layouts that are changed where they lie.
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/reader/reader.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "tools/cli/changing/attachment.h"
#include "tools/cli/changing/image_place.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/changing/statements.h"

namespace waybill::cli::changing {
namespace {

constexpr char kType[] = "https://example.com/x";

class ChangingTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = absl::StrCat(directory_, "/", name);
    std::ofstream(path) << bytes;
    return path;
  }
  absl::StatusOr<std::vector<NewStatement>> Make(const std::string& bytes, const std::string& platform = "",
                                                 const std::string& type = kType) {
    return MakeStatementsAbout(
        oci::Context(), {.type = type, .path = Write("file.json", bytes), .platform = platform}, images_,
        {.store = store_, .scratch_directory = directory_, .version = "v0", .image_names = {"example.com/app:1"}});
  }
  std::string Bytes(const oci::Descriptor& descriptor) {
    return oci::content::VerifiedBytes(oci::Context(), store_, descriptor, 1 << 20).value_or("");
  }
  std::string About(size_t image) {
    return absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1", "subject":[{"digest":{"sha256":")",
                        images_[image].digest.hex(), R"("}}],"predicateType":")", kType, R"(","predicate":{}})");
  }
  // A layout with `entries` in its index, beside the blobs that it needs to be opened.
  std::string Layout(const std::string& entries) {
    Write("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    Write("index.json", absl::StrCat(R"({"schemaVersion":2,"manifests":[)", entries, "]}"));
    return absl::StrCat("oci:", directory_);
  }
  std::string Entry(const oci::Descriptor& root, oci::Annotations annotations) {
    oci::Descriptor entry = root;
    entry.annotations = std::move(annotations);
    return oci::image::ToCompactJson(entry);
  }

  const std::string directory_ = oci::file::testing::NewTempDir();
  attest::reader::testing::MemoryPlace place_;
  const std::vector<oci::Descriptor> images_ = {AddImage(place_, "amd64"), AddImage(place_, "arm64")};
  oci::content::store::MemoryStore store_;
};

TEST_F(ChangingTest, APredicateIsForEachPlatform) {
  const auto made = Make("{\"a\": 1}");
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->size(), 2u);
  EXPECT_EQ((*made)[1].image, 1u);
  EXPECT_EQ((*made)[1].statement.annotations, (oci::Annotations{{"in-toto.io/predicate-type", kType}}));
  EXPECT_EQ(Bytes((*made)[1].statement),
            absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://example.com/x",)",
                         R"("subject":[{"name":"pkg:docker/example.com/app@1?platform=linux%2Farm64","digest":)",
                         R"({"sha256":")", images_[1].digest.hex(), R"("}}],"predicate":{"a":1}})"));
  const auto one = Make("{\"a\": 1}", "linux/arm64");
  ASSERT_TRUE(one.ok()) << one.status();
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ(one->front().statement, (*made)[1].statement);
  EXPECT_EQ(Make("{}", "linux/s390x").status().message(), "the image has no platform linux/s390x");
  EXPECT_EQ(oci::ReasonOf(Make("{}", "", "vexx").status()), oci::Reason::kInvalidInput);
}

TEST_F(ChangingTest, AStatementStaysAsItIs) {
  const auto made = Make(About(1));
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->size(), 1u);
  EXPECT_EQ(made->front().image, 1u);
  EXPECT_EQ(Bytes(made->front().statement), About(1));
  EXPECT_EQ(Make(About(1), "linux/amd64").status().message(),
            "none of its subjects has the digest of the image's manifest");
  EXPECT_EQ(Make(About(1), "", "https://example.com/y").status().message(),
            "a statement with predicate type https://example.com/x is not of type https://example.com/y");
  EXPECT_EQ(oci::ReasonOf(Make(absl::StrCat(About(1), "}")).status()), oci::Reason::kInvalidInput);
}

TEST_F(ChangingTest, TheSameStatementIsOne) {
  const oci::Descriptor statement = AddStatement(place_, images_[0], kType);
  const oci::Descriptor manifest = AddAttestation(place_, attest::AttestationForm::kArtifact, images_[0], {statement});
  place_.List(images_[0].digest, manifest);
  place_.Tag("app", AddIndex(place_, images_));
  const auto tree = attest::reader::ReadImage(oci::Context(), place_.roles(), "app", {.look = false});
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_TRUE(ImagesOf(*tree).ok());
  EXPECT_EQ(ImagesOf(*tree)->size(), 2u);
  EXPECT_TRUE(IsAttached(*tree, images_[0], statement, /*in_index=*/false));
  EXPECT_FALSE(IsAttached(*tree, images_[0], statement, /*in_index=*/true));
  EXPECT_FALSE(IsAttached(*tree, images_[1], statement, /*in_index=*/false));
}

TEST_F(ChangingTest, AnIndexGetsTheManifestsAtItsEnd) {
  const oci::Descriptor root = AddIndex(place_, images_);
  const std::vector<NewStatement> statements = {{.image = 1, .statement = AddStatement(place_, images_[1], kType)}};
  const auto attachments =
      MakeAttachments(oci::Context(), attest::AttestationForm::kLegacy, images_, statements, store_);
  ASSERT_TRUE(attachments.ok()) << attachments.status();
  ASSERT_EQ(attachments->size(), 1u);
  oci::content::UnionFetcher content({&store_, &place_});
  const auto with = WithAttachments(oci::Context(), root, *attachments, content, store_);
  ASSERT_TRUE(with.ok()) << with.status();
  const auto index = oci::image::ParseIndex(Bytes(*with));
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->manifests, (std::vector<oci::Descriptor>{images_[0], images_[1], attachments->front().entry}));
  EXPECT_EQ(oci::ReasonOf(WithAttachments(oci::Context(), images_[0], *attachments, content, store_).status()),
            oci::Reason::kInvalidInput);
}

TEST_F(ChangingTest, ALayoutKeepsTheNamesOfTheImage) {
  const oci::Descriptor root = AddIndex(place_, images_);
  const std::string name = Layout(absl::StrCat(
      Entry(root, {{"io.containerd.image.name", "example.com/app:1"}, {"org.opencontainers.image.ref.name", "1"}}), ",",
      Entry(root, {{"org.opencontainers.image.ref.name", "stable"}})));
  const auto place = ImagePlace::Open(oci::Context(), name, "");
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ((*place)->image_names(), (std::vector<std::string>{"example.com/app:1"}));
  EXPECT_TRUE((*place)->root().annotations.empty());
  const auto destination = (*place)->FindDestination(oci::Context(), "", /*root_changes=*/true);
  ASSERT_TRUE(destination.ok()) << destination.status();
  EXPECT_TRUE(destination->in_place);
  EXPECT_EQ(destination->tags, (std::vector<std::string>{"example.com/app:1", "stable"}));
  const auto one = ImagePlace::Open(oci::Context(), absl::StrCat(name, ":stable"), "");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ((*one)->FindDestination(oci::Context(), "", true)->tags, (std::vector<std::string>{"stable"}));
}

TEST_F(ChangingTest, EveryImageOfALayoutUnderAllItsNames) {
  const oci::Descriptor root = AddIndex(place_, images_);
  const oci::Descriptor other = AddIndex(place_, {images_[0]});
  const std::string ref = "org.opencontainers.image.ref.name";
  const std::string layout = Layout(absl::StrJoin(
      {Entry(root, {{"io.containerd.image.name", "example.com/app:1"}, {ref, "1"}}), Entry(root, {{ref, "stable"}}),
       Entry(other, {{"io.containerd.image.name", "example.com/other:1"}, {ref, "1"}}),
       Entry(images_[0], {}),                                                              // no name
       Entry(images_[1], {{ref, "example.com/app:1"}}),                                    // none that is kept
       Entry(root, {{ref, absl::StrCat("sha256-", images_[0].digest.hex())}}),             // a list of referrers
       Entry(other, {{"io.containerd.manifest.subject", images_[0].digest.ToString()}})},  // a referrer
      ","));
  const auto all = ImagePlace::OpenAll(oci::Context(), layout, "", 7);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].names, (std::vector<std::string>{"example.com/app:1", "stable"}));
  ASSERT_TRUE((*all)[0].place.ok()) << (*all)[0].place.status();
  EXPECT_EQ((*(*all)[0].place)->root().digest, root.digest);
  EXPECT_EQ((*(*all)[0].place)->FindDestination(oci::Context(), "", true)->tags, (*all)[0].names);
  EXPECT_EQ((*all)[1].names, (std::vector<std::string>{"example.com/other:1"}));
  EXPECT_EQ(oci::ReasonOf((*all)[2].place.status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(ImagePlace::OpenAll(oci::Context(), layout, "", 6).status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(ImagePlace::OpenAll(oci::Context(), layout + ":stable", "", 7).status()),
            oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(ImagePlace::OpenAll(oci::Context(), "oci-archive:" + Write("a.tar", ""), "", 7).status()),
            oci::Reason::kUnsupported);
}

// One of several names that moved is enough to leave all of them.
TEST_F(ChangingTest, AnImageOfAllThatMovedMeanwhileStays) {
  const oci::Descriptor root = AddIndex(place_, images_);
  const oci::Annotations one = {{"org.opencontainers.image.ref.name", "1"}};
  const oci::Annotations two = {{"org.opencontainers.image.ref.name", "2"}};
  const auto all =
      ImagePlace::OpenAll(oci::Context(), Layout(absl::StrCat(Entry(root, one), ",", Entry(root, two))), "", 7);
  ASSERT_TRUE(all.ok()) << all.status();
  const auto& place = all->front().place;
  const auto destination = (*place)->FindDestination(oci::Context(), "", true);
  ASSERT_TRUE(destination.ok()) << destination.status();
  Layout(absl::StrCat(Entry(root, one), ",", Entry(AddIndex(place_, {images_[0]}), two)));
  const absl::Status status =
      (*place)
          ->Write(oci::Context(), {.root = AddIndex(place_, {images_[1]}), .referrers = {}, .content = place_},
                  *destination, {})
          .status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kConflict) << status;
}

TEST_F(ChangingTest, WithoutANameNothingIsReplaced) {
  for (const oci::Annotations& annotations :
       {oci::Annotations(), oci::Annotations{{"org.opencontainers.image.ref.name", "example.com/app:1"}}}) {
    const auto place = ImagePlace::Open(oci::Context(), Layout(Entry(AddIndex(place_, images_), annotations)), "");
    ASSERT_TRUE(place.ok()) << place.status();
    const absl::Status status = (*place)->FindDestination(oci::Context(), "", true).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
    EXPECT_NE(status.message().find("--output"), absl::string_view::npos) << status;
    const auto elsewhere = (*place)->FindDestination(oci::Context(), "example.com/other", true);
    ASSERT_TRUE(elsewhere.ok()) << elsewhere.status();
    EXPECT_EQ(elsewhere->tags, (std::vector<std::string>{"latest"}));
  }
}

TEST_F(ChangingTest, AnImageThatChangedMeanwhileStays) {
  const oci::Annotations named = {{"org.opencontainers.image.ref.name", "1"}};
  const std::string name = Layout(Entry(AddIndex(place_, images_), named));
  const auto place = ImagePlace::Open(oci::Context(), name, "");
  ASSERT_TRUE(place.ok()) << place.status();
  const auto destination = (*place)->FindDestination(oci::Context(), "", true);
  ASSERT_TRUE(destination.ok()) << destination.status();
  const oci::Descriptor other = AddIndex(place_, {images_[0]});
  Layout(Entry(other, named));
  const absl::Status status =
      (*place)
          ->Write(oci::Context(), {.root = AddIndex(place_, {images_[1]}), .referrers = {}, .content = place_},
                  *destination, {})
          .status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kConflict);
  std::ifstream index(absl::StrCat(directory_, "/index.json"));
  const std::string now{std::istreambuf_iterator<char>(index), std::istreambuf_iterator<char>()};
  EXPECT_NE(now.find(other.digest.ToString()), std::string::npos) << now;
}

// The push itself warns of subjects whose referrers cannot be listed.
TEST(OutcomeTest, AWarningOfThePushIsSaidOnce) {
  const oci::Digest digest = oci::Digest::Of("");
  ::testing::internal::CaptureStderr();
  WarnOf({.digest = digest,
          .subjects = {{.subject = digest,
                        .how = oci::registry::push::SubjectOutcome::How::kFailed,
                        .reason = "it is full"}},
          .warnings = {"it is full"}});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "warning: it is full\n");
}

}  // namespace
}  // namespace waybill::cli::changing
