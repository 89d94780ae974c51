// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/input_flags.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::cli::exporting {
namespace {

using ::testing::HasSubstr;

TEST(AttestFlagTest, ReadsQuotedFields) {
  const auto file = ParseAttestFlag("type=sbom,\"path=/a,b.json\",platform=linux/arm64");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->type, "sbom");
  EXPECT_EQ(file->path, "/a,b.json");
  EXPECT_EQ(file->platform, "linux/arm64");
}

TEST(AttestFlagTest, NamesWhatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"sbom", "invalid value sbom; type=T,path=FILE[,platform=P] is expected"},
      {"type=sbom", "type and path are needed"},
      {"path=x", "type and path are needed"},
      {"type=sbom,path=x,dest=y", "unknown key dest; known are type, path, platform"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(ParseAttestFlag(text).status(), oci::InvalidInputError(message)) << text;
  }
}

class OpenInputTest : public ::testing::Test {
 protected:
  OpenInputTest() : bundle_(::testing::TempDir() + "/bundle") {
    std::filesystem::create_directories(bundle_);
    std::ofstream(bundle_ + "/result.json")
        << R"({"is_map":false,"refs":{"":null},"metadata":{"containerimage.config":{"text":"{\"architecture\":\"amd64\",\"os\":\"linux\"}"}}})";
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(::testing::TempDir() + "/" + name) << text;
    return ::testing::TempDir() + "/" + name;
  }
  absl::StatusOr<exporter::request::Attestation> Attest(const std::string& flag) {
    const auto input = OpenInput(oci::Context(), {.result = bundle_, .attest = {flag}});
    if (!input.ok()) return input.status();
    EXPECT_EQ((*input)->result(false).attestations.at("linux/amd64").size(), 1u);
    return (*input)->result(false).attestations.at("linux/amd64").front();
  }

  const std::string bundle_;
};

TEST_F(OpenInputTest, ThePredicateTypeIsThatOfTheDocument) {
  const std::pair<std::string, std::pair<std::string, std::string>> cases[] = {
      {"https://spdx.dev/Document", {"sbom", R"({"spdxVersion":"SPDX-2.3"})"}},
      {"https://cyclonedx.org/bom", {"sbom", R"({"bomFormat":"CycloneDX"})"}},
      {"https://slsa.dev/provenance/v1", {"provenance", R"({"buildDefinition":{}})"}},
      {"https://slsa.dev/provenance/v0.2", {"provenance", R"({"buildType":"x"})"}},
      {"https://slsa.dev/provenance/v1", {"slsa", R"({"buildDefinition":{}})"}},
      {"https://spdx.dev/Document", {"spdx", R"({"spdxVersion":"SPDX-2.3"})"}},
      {"https://cyclonedx.org/bom", {"cyclonedx", R"({"bomFormat":"CycloneDX"})"}},
      {"https://openvex.dev/ns", {"vex", R"({"@context":"https://openvex.dev/ns/v0.2.0"})"}},
      {"https://example.com/x", {"https://example.com/x", "[1]"}},
  };
  for (const auto& [predicate_type, input] : cases) {
    const auto attestation = Attest("type=" + input.first + ",path=" + Write("document.json", input.second));
    ASSERT_TRUE(attestation.ok()) << attestation.status();
    EXPECT_EQ(attestation->predicate_type, predicate_type);
    EXPECT_EQ(attestation->path, "document.json");
    EXPECT_TRUE(attestation->subjects.empty());
    EXPECT_EQ(attestation->content->digest, oci::Digest::Of(input.second));
  }
}

TEST_F(OpenInputTest, AStatementKeepsItsSubjects) {
  const std::string path =
      Write("statement.json", R"({"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://example.com/x",)"
                              R"("subject":[{"name":"a","digest":{"sha256":"ab"}}],"predicate":{"k":1}})");
  const auto attestation = Attest("type=https://example.com/x,path=" + path);
  ASSERT_TRUE(attestation.ok()) << attestation.status();
  ASSERT_EQ(attestation->subjects.size(), 1u);
  EXPECT_EQ(attestation->subjects[0].kind, exporter::request::AttestationSubject::Kind::kRaw);
  EXPECT_EQ(attestation->subjects[0].name, "a");
  EXPECT_EQ(attestation->content->digest, oci::Digest::Of(R"({"k":1})"));
  EXPECT_THAT(std::string(Attest("type=sbom,path=" + path).status().message()),
              HasSubstr("a statement with predicate type https://example.com/x is not of type sbom"));
}

// The environment's epoch holds where the result has none.
TEST_F(OpenInputTest, SourceDateEpoch) {
  const auto epoch = [&](const std::string& environment) {
    const auto input = OpenInput(oci::Context(), {.result = bundle_, .source_date_epoch = environment});
    EXPECT_EQ(input.status(), absl::OkStatus());
    const auto& metadata = (*input)->result(false).metadata;
    const auto found = metadata.find("source.date.epoch");
    return found == metadata.end() ? std::string() : found->second;
  };
  EXPECT_EQ(epoch(""), "");
  EXPECT_EQ(epoch("1700000000"), "1700000000");
  EXPECT_THAT(
      std::string(OpenInput(oci::Context(), {.result = bundle_, .source_date_epoch = "soon"}).status().message()),
      HasSubstr("SOURCE_DATE_EPOCH of the environment, \"soon\""));
  for (const std::string key : {"source.date.epoch", "source.date.epoch/linux/amd64"}) {
    std::ofstream(bundle_ + "/result.json")
        << R"({"is_map":false,"refs":{"":null},"metadata":{")" << key
        << R"(":{"text":"1"},"containerimage.config":{"text":"{\"architecture\":\"amd64\",\"os\":\"linux\"}"}}})";
    EXPECT_EQ(epoch("1700000000"), key == "source.date.epoch" ? "1" : "");
  }
}

TEST_F(OpenInputTest, PlatformsAreThoseOfAnImage) {
  EXPECT_EQ(OpenInput(oci::Context(), {.result = bundle_, .platforms = {"linux/amd64"}}).status(),
            oci::InvalidInputError("--platform chooses platforms of --from; a result directory is exported whole"));
  EXPECT_THAT(std::string(OpenInput(oci::Context(), {.from = "oci:x", .platforms = {"a/b/c/d"}}).status().message()),
              HasSubstr("--platform a/b/c/d: "));
}

TEST_F(OpenInputTest, Faults) {
  EXPECT_EQ(OpenInput(oci::Context(), {}).status(), oci::InvalidInputError("one of --result and --from is needed"));
  EXPECT_EQ(OpenInput(oci::Context(), {.result = "a", .from = "b"}).status(),
            oci::InvalidInputError("--result and --from exclude each other"));
  const std::string sbom = Write("no.json", "{");
  EXPECT_EQ(Attest("type=urn:x,path=" + sbom).status().message(),
            "--attest type=urn:x,path=" + sbom + ": unexpected end of JSON input");
  EXPECT_EQ(Attest("type=sbon,path=" + sbom).status().message(),
            "--attest type=sbon,path=" + sbom +
                ": type sbon is neither one of sbom, spdx, cyclonedx, provenance, slsa, vex, openvex, vuln, test nor a "
                "predicate type, which is a URI; did you mean sbom?");
  EXPECT_THAT(std::string(Attest("type=sbom,path=" + Write("other.json", "{}")).status().message()),
              HasSubstr("it is no sbom document of a known kind"));
  EXPECT_THAT(std::string(Attest("type=x,platform=linux/s390x,path=" + sbom).status().message()),
              HasSubstr("the result has no platform linux/s390x"));
}

}  // namespace
}  // namespace waybill::cli::exporting
