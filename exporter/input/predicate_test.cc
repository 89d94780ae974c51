// SPDX-License-Identifier: Apache-2.0
// The predicate types are those of the in-toto registry (spec/predicates), SLSA, OpenVEX and cosign; the documents have
// the members that these formats require.
#include "exporter/input/predicate.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::input {
namespace {

constexpr char kSpdx[] = R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT"})";
constexpr char kCycloneDx[] = R"({"bomFormat":"CycloneDX","specVersion":"1.6"})";
constexpr char kSlsa1[] = R"({"buildDefinition":{},"runDetails":{}})";
constexpr char kSlsa02[] = R"({"builder":{},"buildType":"x"})";
constexpr char kOpenVex[] = R"({"@context":"https://openvex.dev/ns/v0.2.0","statements":[]})";
constexpr char kCosignVuln[] = R"({"invocation":{},"scanner":{"uri":"x"},"metadata":{}})";
constexpr char kVulns[] = R"({"scanner":{"uri":"x","result":[]},"metadata":{}})";
constexpr char kTest[] = R"({"result":"PASSED","configuration":[]})";

TEST(PredicateTest, NamesStandForTypes) {
  struct Row {
    const char* name;
    const char* document;
    const char* type;
  };
  const Row kRows[] = {
      {"sbom", kSpdx, "https://spdx.dev/Document"},
      {"sbom", kCycloneDx, "https://cyclonedx.org/bom"},
      {"spdx", kSpdx, "https://spdx.dev/Document"},
      {"cyclonedx", kCycloneDx, "https://cyclonedx.org/bom"},
      {"provenance", kSlsa1, "https://slsa.dev/provenance/v1"},
      {"provenance", kSlsa02, "https://slsa.dev/provenance/v0.2"},
      {"slsa", kSlsa1, "https://slsa.dev/provenance/v1"},
      {"slsa", kSlsa02, "https://slsa.dev/provenance/v0.2"},
      {"vex", kOpenVex, "https://openvex.dev/ns"},
      {"openvex", kOpenVex, "https://openvex.dev/ns"},
      {"vuln", kCosignVuln, "https://cosign.sigstore.dev/attestation/vuln/v1"},
      {"vuln", kVulns, "https://in-toto.io/attestation/vulns/v0.2"},
      {"test", kTest, "https://in-toto.io/attestation/test-result/v0.1"},
  };
  for (const Row& row : kRows) {
    EXPECT_TRUE(IsPredicateName(row.name));
    const auto type = PredicateTypeOf(row.name, row.document);
    ASSERT_TRUE(type.ok()) << row.name << ": " << type.status();
    EXPECT_EQ(*type, row.type);
    EXPECT_TRUE(HasName(*type, row.name)) << *type << " " << row.name;
  }
  EXPECT_FALSE(IsPredicateName("custom"));
}

TEST(PredicateTest, OfAnotherDocumentItIsSaidWhatItIs) {
  struct Row {
    const char* name;
    const char* document;
    const char* message;
  };
  const Row kRows[] = {
      {"sbom", R"({"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]})",
       "it is an SPDX 3 document, and type=sbom takes an SPDX 2 document or a CycloneDX document in JSON: write "
       "type=https://spdx.dev/Document/v3, which keeps it as it is, or SPDX 2.3 in JSON"},
      {"sbom", kSlsa1,
       "it is SLSA v1 provenance, and type=sbom takes an SPDX 2 document or a CycloneDX document in JSON: write "
       "type=provenance"},
      {"spdx", kCycloneDx,
       "it is a CycloneDX document, and type=spdx takes an SPDX 2 document in JSON: write type=cyclonedx"},
      {"vex", kCycloneDx,
       "it is a CycloneDX document, and type=vex takes an OpenVEX document in JSON: write type=cyclonedx"},
      {"sbom", R"({"artifacts":[],"source":{},"descriptor":{"name":"syft"}})",
       "it is Syft's own JSON, and type=sbom takes an SPDX 2 document or a CycloneDX document in JSON: syft -o "
       "spdx-json writes SPDX"},
      {"vuln", R"({"SchemaVersion":2,"ArtifactName":"x","Results":[]})",
       "it is Trivy's own JSON, and type=vuln takes a vulnerability scan in cosign's form or a vulnerability scan in "
       "in-toto's form in JSON: trivy image --format spdx-json or cosign-vuln writes what is taken"},
      {"provenance", R"({"sbom":{"spdxVersion":"SPDX-2.3"}})",
       "it is GitHub's export of an SBOM, and type=provenance takes SLSA v1 provenance or SLSA v0.2 provenance in "
       "JSON: its member \"sbom\" is the SPDX document: jq .sbom"},
      {"test", "{}",
       "it is no test document of a known kind: type=test takes a test result in JSON; another document needs its "
       "predicate type, a URI"},
      {"sbom", "[]",
       "it is no sbom document of a known kind: type=sbom takes an SPDX 2 document or a CycloneDX document in JSON; "
       "another document needs its predicate type, a URI"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(PredicateTypeOf(row.name, row.document).status(), oci::InvalidInputError(row.message));
  }
}

TEST(PredicateTest, VersionsOfAStatementsType) {
  for (const auto& [type, name] : {std::pair("https://openvex.dev/ns/v0.2.0", "vex"),
                                   std::pair("https://in-toto.io/attestation/vulns/v0.1", "vuln"),
                                   std::pair("https://in-toto.io/Provenance/v0.1", "slsa"),
                                   std::pair("https://cyclonedx.org/bom/v1.4", "cyclonedx"),
                                   std::pair("https://spdx.dev/Document/v2.3", "spdx")}) {
    EXPECT_TRUE(HasName(type, name)) << type;
  }
  EXPECT_FALSE(HasName("https://openvex.dev/nsx", "vex"));
  EXPECT_FALSE(HasName("https://spdx.dev/Document", "cyclonedx"));
  EXPECT_FALSE(HasName("https://slsa.dev/verification_summary/v1", "slsa"));
}

}  // namespace
}  // namespace waybill::exporter::input
