// SPDX-License-Identifier: Apache-2.0
// Names and errors; the bytes of statements are compared by tools/golden.
#include "exporter/files/statement_files.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/rootfs/resolve.h"
#include "oci/rootfs/testing/layer_maker.h"

namespace waybill::exporter::files {
namespace {

using oci::Context;
using oci::rootfs::testing::Directory;
using oci::rootfs::testing::File;
using oci::rootfs::testing::HardLink;
using oci::rootfs::testing::Item;
using oci::rootfs::testing::MakeLayer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StatementFilesTest : public ::testing::Test {
 protected:
  void SetUp() override { plan_.platform.id = "linux/amd64"; }

  void AddLayer(const std::vector<Item>& items) {
    const std::string bytes = MakeLayer(items);
    plan_.layers.push_back({.blob = {.digest = source_.Add(bytes), .size = static_cast<int64_t>(bytes.size())},
                            .diff_id = oci::Digest::Of(bytes)});
  }
  void Attest(const std::string& path, std::vector<request::AttestationSubject> subjects = {}) {
    plan_.attestations.push_back({.path = path,
                                  .predicate_type = "https://example.com/p",
                                  .subjects = std::move(subjects),
                                  .content = oci::Descriptor{.digest = source_.Add("{}"), .size = 2}});
  }
  absl::Status Make(const std::optional<std::string>& path = {}) {
    const Places places{.source = source_, .staging = staging_, .scratch_directory = ::testing::TempDir()};
    absl::StatusOr<std::unique_ptr<PlatformFiles>> files = Unpack(Context(), plan_, path, places);
    if (!files.ok()) return files.status();
    files_ = *std::move(files);
    return AddStatements(Context(), plan_, options_, /*now=*/9, places, *files_);
  }
  // The names in the directory that is exported.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto node : files_->tree.SortedChildren(files_->start)) names.emplace_back(files_->tree.name(node));
    return names;
  }
  std::string Statement(const std::string& name) const {
    const auto node = files_->tree.Find(files_->start, name);
    if (!node.has_value()) return "";
    const oci::rootfs::Inode& inode = files_->tree.inode(*node);
    EXPECT_EQ(inode.mode, 0600);
    EXPECT_EQ(inode.mtime, 9'000'000'000);
    return *oci::io::ReadAll(Context(), files_->tree.DocumentOf(inode), 1 << 20);
  }

  oci::content::store::MemoryStore source_;
  oci::content::store::MemoryStore staging_;
  plan::PlatformPlan plan_;
  request::ExportOptions options_{.type = request::ExporterType::kLocal};
  std::unique_ptr<PlatformFiles> files_;
};

// sha256 of "one" and "two" by sha256sum; the form by Go's MarshalIndent.
TEST_F(StatementFilesTest, AreAboutAllFilesInTheOrderOfTheWalk) {
  AddLayer({File("d/z", "one"), File("b", "two"), HardLink("a", "d/z"), Directory("d.d")});
  Attest("/x/p.json");
  ASSERT_EQ(Make(), absl::OkStatus());
  EXPECT_THAT(Names(), ElementsAre("a", "b", "d", "d.d", "p.json"));
  const std::string one = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
  const std::string two = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
  const auto subject = [](const std::string& name, const std::string& hex) {
    return "    {\n      \"name\": \"" + name + "\",\n      \"digest\": {\n        \"sha256\": \"" + hex +
           "\"\n      }\n    }";
  };
  EXPECT_EQ(Statement("p.json"),
            "{\n  \"_type\": \"https://in-toto.io/Statement/v1\",\n  \"predicateType\": \"https://example.com/p\",\n"
            "  \"subject\": [\n" +
                subject("a", one) + ",\n" + subject("b", two) + ",\n" + subject("d/z", one) +
                "\n  ],\n  \"predicate\": {}\n}");
}

TEST_F(StatementFilesTest, OtherSubjectsStandBesideOrInsteadOfFiles) {
  AddLayer({File("f", "one")});
  Attest("/named", {{.kind = request::AttestationSubject::Kind::kSelf, .name = "n"}});
  Attest("/raw", {{.kind = request::AttestationSubject::Kind::kRaw, .name = "", .digests = {{"sha256", "00"}}}});
  ASSERT_EQ(Make(), absl::OkStatus());
  EXPECT_THAT(Statement("named"), HasSubstr("\"name\": \"f\""));
  EXPECT_THAT(Statement("named"), HasSubstr("\"name\": \"n\""));
  EXPECT_THAT(Statement("raw"), HasSubstr("\"name\": \"_\""));
  EXPECT_THAT(Statement("raw"), ::testing::Not(HasSubstr("\"name\": \"f\"")));
}

TEST_F(StatementFilesTest, NamesAreThePathsLastPart) {
  AddLayer({File("f", "one")});
  options_.attestation_prefix = "pre.d/x-";
  plan_.statement_suffix = ".linux_amd64";
  Attest("/some/sbom.spdx.json");
  Attest("/plain");
  ASSERT_EQ(Make(), absl::OkStatus());
  EXPECT_TRUE(oci::rootfs::Resolve(files_->tree, "pre.d/x-sbom.spdx.linux_amd64.json").ok());
  EXPECT_TRUE(oci::rootfs::Resolve(files_->tree, "pre.d/x-plain.linux_amd64").ok());
}

TEST_F(StatementFilesTest, TwoOfOneNameAreAnError) {
  AddLayer({File("f", "one")});
  Attest("/p.json");
  Attest("/d/p.json");
  const absl::Status status = Make();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(status.message(), "duplicate attestation path name p.json");
}

TEST_F(StatementFilesTest, ReplaceFilesAndNoDirectories) {
  AddLayer({File("p.json", "one"), File("d/f", "two")});
  Attest("/p.json");
  ASSERT_EQ(Make(), absl::OkStatus());
  // What is replaced was a file of the result: the statement is about it.
  EXPECT_THAT(Statement("p.json"), HasSubstr("\"name\": \"p.json\""));
  Attest("/x/d");
  EXPECT_THAT(std::string(Make().message()), HasSubstr("\"d\": there is a directory"));
}

TEST_F(StatementFilesTest, APartOfTheResultHasStatementsOfItsOwn) {
  AddLayer(
      {File("usr/share/f", "one"), File("g", "two"), oci::rootfs::testing::Symlink("link", "/usr/../../usr/share")});
  Attest("/p.json");
  ASSERT_EQ(Make("link"), absl::OkStatus());
  EXPECT_THAT(Names(), ElementsAre("f", "p.json"));
  EXPECT_THAT(Statement("p.json"), HasSubstr("\"name\": \"f\""));
  EXPECT_EQ(Make("no/such").message(), "src=no/such: \"no/such\": no such file");
  EXPECT_EQ(Make("g").message(), "src=g: not a directory");
}

}  // namespace
}  // namespace waybill::exporter::files
