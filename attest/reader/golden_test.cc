// SPDX-License-Identifier: Apache-2.0
// Images that BuildKit wrote (testdata/golden), read back.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/reader/reader.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/image/media_types.h"

namespace waybill::attest::reader {
namespace {

// The pool of recorded blobs, as a place without referrers.
class Recorded : public oci::content::Fetcher, public oci::content::Resolver, public oci::content::ReferrerLister {
 public:
  explicit Recorded(int64_t size) : size_(size) {}
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context&,
                                                         const oci::Descriptor& descriptor) override {
    return oci::file::FileSource::Open(absl::StrCat("testdata/golden/blobs/", descriptor.digest.hex()),
                                       oci::file::Links::kFollow);
  }
  absl::StatusOr<oci::Descriptor> Resolve(const oci::Context&, absl::string_view name) override {
    return oci::Descriptor{
        .media_type = std::string(oci::image::kOciIndex), .digest = *oci::Digest::Parse(name), .size = size_};
  }
  absl::StatusOr<oci::content::ReferrerList> ListReferrers(const oci::Context&, const oci::Digest&, size_t) override {
    return oci::content::ReferrerList();
  }

 private:
  const int64_t size_;
};

struct Case {
  const char* name;
  const char* digest;
  int64_t size;
  AttestationForm form;
  std::vector<std::string> types;  // in the order of the manifest
};

// Digests, sizes, forms and types as BuildKit's documents have them.
const Case kCases[] = {
    {"gw-att-sbom-order",
     "sha256:1e3da1a071b4b631efdf5c3b7826a209fc10533006188705081d44700f1f22f4",
     856,
     AttestationForm::kArtifact,
     {"https://spdx.dev/Document", "https://example.com/z", "https://spdx.dev/Document"}},
    {"gw-att-legacy",
     "sha256:dd658a387c0f8e1fc0e29e74758930e210d074b2b4fad815a4627627434af3c0",
     855,
     AttestationForm::kLegacy,
     {"https://example.com/p", "https://example.com/q"}},
    {"gw-att-bundle",
     "sha256:b717d25c5126ea65dc3d72c35d29a8ad2518958d7a80e61c9a43aa8494dce06c",
     856,
     AttestationForm::kArtifact,
     {"https://example.com/a", "https://example.com/b", "https://example.com/c"}},
};

TEST(GoldenTest, StatementsAsBuildKitWroteThem) {
  for (const Case& recorded : kCases) {
    Recorded place(recorded.size);
    const auto tree =
        ReadImage(oci::Context(), {.content = place, .names = place, .referrers = place}, recorded.digest, {});
    ASSERT_TRUE(tree.ok()) << recorded.name << ": " << tree.status();
    std::vector<std::string> types;
    for (const Attestation& one : ListAttestations(*tree)) {
      const Node& node = tree->nodes[one.node];
      const Item& item = node.items[one.item];
      EXPECT_EQ(node.form, recorded.form) << recorded.name;
      EXPECT_EQ(node.image, tree->nodes[one.about].descriptor.digest) << recorded.name;
      EXPECT_NE(one.match, SubjectMatch::kOtherDigest) << recorded.name;
      EXPECT_NE(one.match, SubjectMatch::kOtherSize) << recorded.name;
      ASSERT_TRUE(item.status.ok()) << recorded.name << ": " << item.status;
      EXPECT_EQ(item.content.kind, ContentKind::kStatement) << recorded.name;
      EXPECT_EQ(item.content.predicate_type, item.annotated_type) << recorded.name;
      EXPECT_TRUE(item.content.is_whole) << recorded.name;
      types.push_back(item.content.predicate_type);
    }
    EXPECT_EQ(types, recorded.types) << recorded.name;
  }
}

// Three images with a statement each, which BuildKit made about each platform.
TEST(GoldenTest, SeveralPlatforms) {
  Recorded place(2416);
  const auto tree = ReadImage(oci::Context(), {.content = place, .names = place, .referrers = place},
                              "sha256:bddb4c2c33e23aba3ad9b6a661c7c4a0e21bd13e19cbb013710392ef1d60c265", {});
  ASSERT_TRUE(tree.ok()) << tree.status();
  const std::vector<Attestation> all = ListAttestations(*tree);
  ASSERT_EQ(all.size(), 3u);
  for (const Attestation& one : all) {
    const Item& item = tree->nodes[one.node].items[one.item];
    EXPECT_TRUE(item.content.IsAbout(tree->nodes[one.about].descriptor.digest));
    EXPECT_EQ(one.match, SubjectMatch::kMatches);
  }
}

}  // namespace
}  // namespace waybill::attest::reader
