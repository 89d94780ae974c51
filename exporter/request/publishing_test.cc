// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/values/publishing.h"

#include "absl/strings/match.h"
#include "exporter/request/options.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::request {
namespace {

using attest::publish::InToto;
using attest::publish::Subjects;
using values::Publishing;

absl::StatusOr<ExportOptions> Parse(Attributes attributes, const std::string& type = "image") {
  if (type == "image") attributes.insert({{"push", "true"}, {"name", "example.com/app:1"}});
  return ExportOptions::FromRequest({.type = type, .attributes = std::move(attributes), .compatibility_version = 0});
}

Publishing Parsed(Attributes attributes, const std::string& type = "image") {
  const absl::StatusOr<ExportOptions> options = Parse(std::move(attributes), type);
  EXPECT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->unknown.empty());
  return options->publishing;
}

void ExpectRefused(Attributes attributes, absl::string_view words, const std::string& type = "image") {
  const absl::Status status = Parse(std::move(attributes), type).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), words)) << status;
}

TEST(PublishingTest, NothingIsPublishedUnlessAskedFor) {
  EXPECT_FALSE(Parsed({}).IsNeeded());
  EXPECT_FALSE(Parsed({{"attestation-profiles", "docker"}}).IsNeeded());
  EXPECT_FALSE(Parsed({{"sign-image", "false"}}).IsNeeded());
}

TEST(PublishingTest, AKeyBringsBundlesAndDocuments) {
  const Publishing publishing = Parsed({{"sign", "release"}});
  EXPECT_EQ(publishing.key, "release");
  EXPECT_TRUE(publishing.wanted.bundles);
  EXPECT_TRUE(publishing.wanted.raw);
  EXPECT_EQ(publishing.wanted.in_toto, InToto::kVex);
  EXPECT_FALSE(publishing.wanted.signatures);
  const Publishing image = Parsed({{"sign", "release"}, {"sign-image", ""}, {"attestation-profiles", "docker"}});
  EXPECT_FALSE(image.wanted.bundles);
  EXPECT_FALSE(image.wanted.raw);
  EXPECT_TRUE(image.wanted.signatures);
}

TEST(PublishingTest, ProfilesAreChosen) {
  const Publishing raw = Parsed({{"attestation-profiles", "docker,raw"}, {"raw-subject", "both"}}, "oci");
  EXPECT_TRUE(raw.MakesReferrers());
  EXPECT_FALSE(raw.wanted.bundles);
  EXPECT_EQ(raw.wanted.in_toto, InToto::kVex);
  EXPECT_EQ(raw.wanted.raw_subjects, Subjects::kBoth);
  EXPECT_EQ(Parsed({{"attestation-profiles", "in-toto,docker"}}).wanted.in_toto, InToto::kAll);
  const Publishing bundle =
      Parsed({{"attestation-profiles", "docker,bundle"}, {"sign", "k"}, {"bundle-subject", "index"}}, "docker");
  EXPECT_EQ(bundle.wanted.bundle_subjects, Subjects::kIndex);
}

TEST(PublishingTest, ATagOfCosignBringsBundlesAndNeedsAPush) {
  const Publishing publishing =
      Parsed({{"attestation-profiles", "docker,cosign-tag"}, {"sign", "k"}, {"push", "true"}, {"name", "a/b:1"}});
  EXPECT_TRUE(publishing.wanted.cosign_tags);
  EXPECT_TRUE(publishing.wanted.bundles);
  ExpectRefused({{"attestation-profiles", "docker,cosign-tag"}}, "needs \"sign\"");
  ExpectRefused({{"attestation-profiles", "docker,cosign-tag"}, {"sign", "k"}}, "needs a push", "oci");
}

TEST(PublishingTest, WhatIsRequiredIsAType) {
  const Publishing publishing = Parsed({{"require", "sbom,https://example.com/x,signed"}, {"sign", "k"}});
  EXPECT_EQ(publishing.required, (std::vector<std::string>{"sbom", "https://example.com/x"}));
  EXPECT_TRUE(publishing.require_signed);
  EXPECT_FALSE(Parsed({{"require", "vex"}}).MakesReferrers());
  EXPECT_TRUE(Parsed({{"require", "vex"}}).IsNeeded());
  ExpectRefused({{"require", "sbomm"}}, "sbomm");
  ExpectRefused({{"require", "signed"}}, "needs \"sign\"");
}

TEST(PublishingTest, NoOptionIsIgnored) {
  ExpectRefused({{"attestation-profiles", "docker,bundle"}}, "needs \"sign\"");
  ExpectRefused({{"attestation-profiles", "raw"}}, "lacks docker");
  ExpectRefused({{"attestation-profiles", "docker,sbom"}},
                "one of docker, bundle, raw, in-toto, cosign-tag is expected");
  ExpectRefused({{"attestation-profiles", "docker,raw"}, {"sign", "k"}}, "needs the profile bundle");
  ExpectRefused({{"sign-image", "true"}}, "needs \"sign\"");
  ExpectRefused({{"sign", ""}}, "a key is expected");
  ExpectRefused({{"sign", "pkcs11:object=o?pin-value=1234"}}, "a PIN stands in no option");
  ExpectRefused({{"sign-image", "maybe"}}, "non-bool value specified for sign-image");
  ExpectRefused({{"bundle-subject", "both"}}, "needs the profile bundle");
  ExpectRefused({{"raw-subject", "image"}}, "needs the profile raw");
  ExpectRefused({{"raw-subject", "index"}}, "auto, image, both is expected");
  ExpectRefused({{"sign", "k"}, {"bundle-subject", "tag"}}, "invalid bundle-subject");
  ExpectRefused({{"attestation-profiles", "docker"}}, "has no meaning for type local", "local");
  const absl::Status no_push =
      ExportOptions::FromRequest({.type = "image", .attributes = {{"sign", "k"}}, .compatibility_version = 0}).status();
  EXPECT_EQ(no_push.message(), "exporter option \"sign\" needs push=true");
}

TEST(PublishingTest, AttestationsAreReusedUnderATag) {
  const absl::StatusOr<ExportOptions> reuse = Parse({{"attestations", "reuse"}});
  ASSERT_TRUE(reuse.ok()) << reuse.status();
  EXPECT_EQ(reuse->attestations, Attestations::kReuse);
  EXPECT_TRUE(IsOwnAttribute("attestations"));
  ExpectRefused({{"attestations", "keep"}}, "one of new, reuse is expected");
  ExpectRefused({{"attestations", "reuse"}}, "has no meaning for type oci", "oci");
  ExpectRefused({{"attestations", "reuse"}, {"push-by-digest", "true"}}, "conflicts with \"push-by-digest=true\"");
  ExpectRefused({{"attestations", "reuse"}, {"dangling-name-prefix", "p"}}, "conflicts with \"dangling-name-prefix\"");
  ExpectRefused({{"attestations", "reuse"}, {"attestation-placement", "referrer"}},
                "conflicts with \"attestation-placement=referrer\"");
}

}  // namespace
}  // namespace waybill::exporter::request
