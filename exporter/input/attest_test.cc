// SPDX-License-Identifier: Apache-2.0
// The predicate types that a file is known by are in attestation formats' own documents: the in-toto registry, SLSA.
#include "exporter/input/attest.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"

namespace waybill::exporter::input {
namespace {

using ::testing::HasSubstr;

// A signed statement as cosign writes it: "e30=" is "{}".
constexpr char kEnvelope[] =
    R"({"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":"YQ=="}]})";

class AddAttestationTest : public ::testing::Test {
 protected:
  absl::StatusOr<request::Attestation> Add(const std::string& type, const std::string& text) {
    const std::string path = ::testing::TempDir() + "/file.json";
    std::ofstream(path) << text;
    request::BuildResult result{.refs = {{"", {}}}};
    const AttestationPlace place{
        .host = {.architecture = "amd64", .os = "linux"}, .store = store_, .scratch_directory = ::testing::TempDir()};
    const absl::Status added =
        AddAttestation(oci::Context(), {.type = type, .path = path, .platform = ""}, place, result);
    if (!added.ok()) return added;
    return result.attestations.at("linux/amd64").at(0);
  }

  oci::content::store::MemoryStore store_;
};

std::string Statement(absl::string_view version, absl::string_view predicate_type) {
  return absl::StrCat(R"({"_type":"https://in-toto.io/Statement/)", version, R"(","predicateType":")", predicate_type,
                      R"(","subject":[],"predicate":{}})");
}

TEST_F(AddAttestationTest, SignedEnvelopesAreRefused) {
  for (const char* type : {"https://slsa.dev/provenance/v1", "https://example.com/x", "provenance", "sbom"}) {
    const absl::Status status = Add(type, kEnvelope).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kUnsupported) << type << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("signed envelope (DSSE)"));
  }
  EXPECT_TRUE(Add("https://example.com/x", R"({"payloadType":"none of DSSE's"})").ok());
  EXPECT_TRUE(Add("https://example.com/x", R"(["payloadType"])").ok());
}

TEST_F(AddAttestationTest, StatementsOfAllVersionsOfAKind) {
  for (const char* type : {"https://spdx.dev/Document", "https://spdx.dev/Document/v2.3",
                           "https://spdx.dev/Document/v3", "https://cyclonedx.org/bom/v1.4"}) {
    const auto sbom = Add("sbom", Statement("v1", type));
    ASSERT_TRUE(sbom.ok()) << sbom.status();
    EXPECT_EQ(sbom->predicate_type, type);
    EXPECT_EQ(sbom->metadata.at("reason"), "sbom");
  }
  for (const char* type : {"https://slsa.dev/provenance/v0.1", "https://in-toto.io/Provenance/v0.1"}) {
    const auto provenance = Add("provenance", Statement("v1", type));
    ASSERT_TRUE(provenance.ok()) << provenance.status();
    EXPECT_EQ(provenance->predicate_type, type);
    EXPECT_EQ(provenance->metadata.at("reason"), "provenance");
  }
  EXPECT_EQ(oci::ReasonOf(Add("sbom", Statement("v1", "https://spdx.dev/DocumentX")).status()),
            oci::Reason::kInvalidInput);
}

TEST_F(AddAttestationTest, TheStatementKeepsItsVersion) {
  for (const char* version : {"v0.1", "v1"}) {
    const auto attestation = Add("https://example.com/x", Statement(version, "https://example.com/x"));
    ASSERT_TRUE(attestation.ok()) << attestation.status();
    EXPECT_EQ(attestation->statement_type, absl::StrCat("https://in-toto.io/Statement/", version));
  }
}

}  // namespace
}  // namespace waybill::exporter::input
