// SPDX-License-Identifier: Apache-2.0
// Images that BuildKit wrote in both forms (testdata/golden): each becomes the other.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "attest/convert/convert.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/file/file.h"
#include "oci/image/media_types.h"

namespace waybill::attest::convert {
namespace {

// The pool of recorded blobs.
class Recorded : public oci::content::Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context&,
                                                         const oci::Descriptor& descriptor) override {
    return oci::file::FileSource::Open(absl::StrCat("testdata/golden/blobs/", descriptor.digest.hex()),
                                       oci::file::Links::kFollow);
  }
};

oci::Descriptor Index(absl::string_view digest, int64_t size) {
  return {.media_type = std::string(oci::image::kOciIndex), .digest = *oci::Digest::Parse(digest), .size = size};
}

struct Pair {
  const char* name;
  oci::Descriptor legacy;
  oci::Descriptor artifact;
};

const Pair kPairs[] = {
    {"gw-att-empty-bundle", Index("sha256:9cfef92f32113c36d87ab8770d034550e465657827f085a4ff7176977773579f", 855),
     Index("sha256:d078d61a824a5dbdeb6be4c442d76b1cc4af153bf0998957d033970c28152046", 855)},
    {"oci-sbom", Index("sha256:bb5d9895d0d6c91d0b3c5b570022baeeb67ff746357f14da3a39e8de808f8aed", 856),
     Index("sha256:c6a5aed7639ec09745ffe1e85920aa10ca020e0fe609e5f2a012ba44ea4b6549", 856)},
};

void Expect(AttestationForm form, const oci::Descriptor& from, const oci::Descriptor& to) {
  Recorded recorded;
  oci::content::store::MemoryStore staging;
  const auto conversion = ConvertAttestations(oci::Context(), form, recorded, from, {}, staging);
  ASSERT_TRUE(conversion.ok()) << conversion.status();
  EXPECT_EQ(conversion->root, to);
  EXPECT_EQ(conversion->changed.size(), 1);
  EXPECT_TRUE(conversion->kept.empty());
  // What BuildKit wrote in that form is all that the image needs.
  for (const Changed& changed : conversion->changed) {
    EXPECT_TRUE(recorded.Fetch(oci::Context(), {.digest = changed.to}).ok()) << changed.to.ToString();
  }
}

TEST(GoldenTest, EachFormBecomesTheOther) {
  for (const Pair& pair : kPairs) {
    SCOPED_TRACE(pair.name);
    Expect(AttestationForm::kArtifact, pair.legacy, pair.artifact);
    Expect(AttestationForm::kLegacy, pair.artifact, pair.legacy);
  }
}

}  // namespace
}  // namespace waybill::attest::convert
