// SPDX-License-Identifier: Apache-2.0
#include "attest/predicate_types.h"

#include <utility>

#include "gtest/gtest.h"

namespace waybill::attest {
namespace {

// URIs as their specifications and writers have them: SPDX of BuildKit and of in-toto's registry, SLSA of BuildKit in
// both modes, OpenVEX and vulnerability scans of cosign.
TEST(PredicateTypesTest, AliasesCoverVersions) {
  for (const auto& [uri, alias] : {
           std::pair("https://spdx.dev/Document", "spdx"),
           std::pair("https://spdx.dev/Document/v2.3", "spdx"),
           std::pair("https://cyclonedx.org/bom", "cyclonedx"),
           std::pair("https://cyclonedx.org/bom/v1.4", "cyclonedx"),
           std::pair("https://slsa.dev/provenance/v0.2", "slsa"),
           std::pair("https://slsa.dev/provenance/v1", "slsa"),
           std::pair("https://in-toto.io/Provenance/v0.1", "slsa"),
           std::pair("https://openvex.dev/ns", "vex"),
           std::pair("https://openvex.dev/ns/v0.2.0", "vex"),
           std::pair("https://in-toto.io/attestation/vulns/v0.1", "vuln"),
           std::pair("https://cosign.sigstore.dev/attestation/vuln/v1", "vuln"),
           std::pair("https://in-toto.io/attestation/test-result/v0.1", "test"),
       }) {
    EXPECT_TRUE(IsOfType(uri, alias)) << uri;
    EXPECT_EQ(AliasOfType(uri), alias);
  }
  EXPECT_TRUE(IsOfType("https://cyclonedx.org/bom", "sbom"));
  EXPECT_TRUE(IsOfType("https://slsa.dev/provenance/v1", "provenance"));
}

TEST(PredicateTypesTest, OthersAreNoneOfThem) {
  EXPECT_FALSE(IsOfType("https://spdx.dev/Documents", "spdx"));
  EXPECT_FALSE(IsOfType("https://spdx.dev/Document", "cyclonedx"));
  EXPECT_FALSE(IsOfType("https://slsa.dev/verification_summary/v1", "slsa"));
  EXPECT_EQ(AliasOfType("https://slsa.dev/verification_summary/v1"), "");
  EXPECT_FALSE(IsTypeAlias("https://spdx.dev/Document"));
}

TEST(PredicateTypesTest, AUriIsItself) {
  EXPECT_TRUE(IsOfType("https://example.com/p", "https://example.com/p"));
  EXPECT_FALSE(IsOfType("https://spdx.dev/Document/v2.3", "https://spdx.dev/Document"));
}

TEST(PredicateTypesTest, AStarEndsTheBeginningOfAUri) {
  EXPECT_TRUE(IsOfType("https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/*"));
  EXPECT_TRUE(IsOfType("https://slsa.dev/provenance/", "https://slsa.dev/provenance/*"));
  EXPECT_FALSE(IsOfType("https://slsa.dev/provenance", "https://slsa.dev/provenance/*"));
  EXPECT_FALSE(IsOfType("https://slsa.dev/provenance/v1", "https://slsa.dev/*/v1"));
}

TEST(PredicateTypesTest, WrittenTypes) {
  EXPECT_EQ(WrittenTypeOf("slsa"), "https://slsa.dev/provenance/v1");
  EXPECT_EQ(WrittenTypeOf("spdx"), "https://spdx.dev/Document");
  EXPECT_EQ(WrittenTypeOf("sbom"), "");
  EXPECT_EQ(WrittenTypeOf("other"), "");
  EXPECT_EQ(TypeAliases(), "spdx, cyclonedx, slsa, vex, vuln, test, sbom, provenance");
}

}  // namespace
}  // namespace waybill::attest
