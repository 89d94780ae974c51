// SPDX-License-Identifier: Apache-2.0
// What is chosen, shown and written of an image in memory.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/reader/choose.h"
#include "attest/reader/reader.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "attest/verify/check.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "tools/cli/reading/extract.h"
#include "tools/cli/reading/tree_json.h"
#include "tools/cli/reading/tree_text.h"

namespace waybill::cli::reading {
namespace {

using attest::reader::Attestation;
using attest::reader::Part;

constexpr char kSpdx[] = "https://spdx.dev/Document";
constexpr char kSlsa[] = "https://slsa.dev/provenance/v1";

class ReadingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    manifest_ = AddAttestation(place_, attest::AttestationForm::kArtifact, image_,
                               {AddStatement(place_, image_, kSpdx), AddStatement(place_, image_, kSlsa)});
    place_.List(image_.digest, manifest_);
    Read(AddIndex(place_, {image_, manifest_}));
  }
  void Read(const oci::Descriptor& root) {
    place_.Tag("app", root);
    auto tree = attest::reader::ReadImage(oci::Context(), place_.roles(), "app", {});
    ASSERT_TRUE(tree.ok()) << tree.status();
    tree_ = *std::move(tree);
  }
  std::vector<Attestation> Chosen(const std::vector<std::string>& types) {
    auto chosen = Choose(tree_, attest::reader::ListAttestations(tree_), types);
    EXPECT_TRUE(chosen.ok()) << chosen.status();
    return chosen.ok() ? *chosen : std::vector<Attestation>();
  }
  std::string Text() { return TreeText(tree_, attest::verify::CheckTree(tree_, {})); }

  attest::reader::testing::MemoryPlace place_;
  const oci::Descriptor image_ = AddImage(place_, "amd64");
  oci::Descriptor manifest_{.digest = oci::Digest::Of("")};
  attest::reader::ImageTree tree_;
};

TEST_F(ReadingTest, TypesChoose) {
  EXPECT_EQ(Chosen({}).size(), 2u);
  EXPECT_EQ(Chosen({"sbom"}).size(), 1u);
  EXPECT_EQ(Chosen({"sbom", kSlsa}).size(), 2u);
  EXPECT_EQ(Chosen({"vex"}).size(), 0u);
  const absl::Status unknown = Choose(tree_, {}, {"sbomb"}).status();
  EXPECT_EQ(oci::ReasonOf(unknown), oci::Reason::kInvalidInput);
  EXPECT_NE(unknown.message().find("spdx, cyclonedx"), absl::string_view::npos);
}

TEST_F(ReadingTest, OneIsWritten) {
  std::string out;
  oci::io::StringWriter writer(out);
  ASSERT_TRUE(WriteOnly(oci::Context(), place_, tree_, Chosen({"sbom"}), Part::kPredicate, writer).ok());
  EXPECT_EQ(out, absl::StrCat(R"({"of":")", image_.digest.hex(), R"("})"));
  EXPECT_EQ(oci::ReasonOf(WriteOnly(oci::Context(), place_, tree_, Chosen({}), Part::kPredicate, writer)),
            oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(WriteOnly(oci::Context(), place_, tree_, Chosen({"vex"}), Part::kPredicate, writer)),
            oci::Reason::kNotFound);
}

// A name has nothing of a path, whatever the predicate type says.
TEST_F(ReadingTest, FilesAreNamedWithoutPaths) {
  const oci::Descriptor hostile = AddAttestation(place_, attest::AttestationForm::kLegacy, image_,
                                                 {AddStatement(place_, image_, "urn:../../etc/x")});
  Read(AddIndex(place_, {image_, hostile}));
  const std::string root = oci::file::testing::NewTempDir();
  const auto names = WriteAll(oci::Context(), place_, tree_, Chosen({"urn:../../etc/x"}), Part::kBlob, root + "/out");
  ASSERT_TRUE(names.ok()) << names.status();
  ASSERT_EQ(names->size(), 1u);
  EXPECT_EQ(names->front().substr(0, 28), "linux-amd64-urn-..-..-etc-x-");
  EXPECT_EQ(oci::file::testing::FilesUnder(root), std::vector<std::string>{"out/" + names->front()});
}

TEST_F(ReadingTest, TheTree) {
  const std::string text = Text();
  EXPECT_EQ(text.substr(0, 13), "index sha256:");
  EXPECT_NE(text.find(absl::StrCat("└─ linux/amd64 ", image_.digest.ToString())), std::string::npos) << text;
  EXPECT_NE(text.find("[index, referrer]\n"), std::string::npos) << text;
  EXPECT_NE(text.find("├─ statement https://spdx.dev/Document sha256:"), std::string::npos) << text;
  EXPECT_EQ(text.find('!'), std::string::npos) << text;
}

TEST_F(ReadingTest, FaultsAreMarkedAndWordsOfOthersEscaped) {
  oci::Descriptor gone = AddImage(place_, "arm64");
  gone.digest = oci::Digest::Of("gone");
  gone.annotations = {{"a", "\x1b[31m\n"}};
  Read(AddIndex(place_, {image_, gone}));
  const std::string text = Text();
  EXPECT_NE(text.find(absl::StrCat("! manifest: manifest ", gone.digest.ToString())), std::string::npos) << text;
  EXPECT_NE(text.find("@ a: \\x1b[31m\\x0a\n"), std::string::npos) << text;
}

TEST_F(ReadingTest, Json) {
  const std::string tree = TreeJson(tree_, attest::verify::CheckTree(tree_, {}));
  ASSERT_TRUE(oci::json::Validate(tree).ok()) << tree;
  const auto fields = oci::json::Fields::Parse(tree);
  ASSERT_TRUE(fields.ok());
  EXPECT_EQ(oci::json::Elements(fields->Find("objects"))->size(), 3u) << "index, image, attestation manifest";
  const std::string list = AttestationsJson(tree_, Chosen({}));
  ASSERT_TRUE(oci::json::Validate(list).ok()) << list;
  EXPECT_EQ(oci::json::Elements(list)->size(), 2u);
  EXPECT_NE(list.find(R"("subject": "matches")"), std::string::npos) << list;
}

}  // namespace
}  // namespace waybill::cli::reading
