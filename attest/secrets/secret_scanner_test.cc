// SPDX-License-Identifier: Apache-2.0
#include "attest/secrets/secret_scanner.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/file/file.h"
#include "oci/io/stream.h"

namespace waybill::attest::secrets {
namespace {

using Found = std::vector<std::pair<std::string, std::string>>;

Found Look(absl::string_view statement, size_t piece) {
  SecretScanner scanner;
  for (size_t at = 0; at < statement.size(); at += piece) {
    EXPECT_EQ(scanner.Feed(statement.substr(at, piece)), absl::OkStatus());
  }
  EXPECT_EQ(scanner.Finish(), absl::OkStatus());
  Found found;
  for (const Place& place : scanner.places()) found.emplace_back(place.path, place.looks_like);
  return found;
}

const std::string kToken = absl::StrCat("ghp", "_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX");
constexpr char kByName[] = "a secret, by its name";

// The members that BuildKit v0.34 writes with mode=max; the paths are jq's.
TEST(SecretScannerTest, ProvenanceOfSlsaV1) {
  const std::string dockerfile = absl::Base64Escape(absl::StrCat("FROM scratch\nENV GIT=", kToken, "\n"));
  const std::string statement = absl::StrCat(
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1",)",
      R"("subject":[{"name":")", kToken, R"(","digest":{"sha256":"00"}}],"predicate":{"buildDefinition":{)",
      R"("externalParameters":{"configSource":{"path":"Dockerfile"},"request":{"frontend":"dockerfile.v0","args":{)",
      R"("build-arg:NPM_TOKEN":"hunter2","build-arg:VERSION":"1","build-arg:GIT":"x )", kToken,
      R"(","build-arg:OLD_TOKEN":"***","label:secret":"public","build-arg:\u003cKEY\u003e":"a\u003cb"},)",
      R"("secrets":[{"id":"npm_token"}]}},"internalParameters":{"buildConfig":{"llbDefinition":[{"id":"step0","op":)",
      R"({"Op":{"exec":{"meta":{"args":["/bin/sh","-c","npm --token )", kToken,
      R"("],"env":["PATH=/bin","GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D","DB_PASSWORD=p","AUTH=short",)",
      R"("AUTH=q3Vn0sJ8xPzE1bYt5uRkWm2LhGdC7oAf"]}}}}}]}}},"runDetails":{"metadata":{"buildkit_metadata":{"source":)",
      R"({"infos":[{"filename":"Dockerfile","data":")", dockerfile, R"("}]}}}}}})");
  const std::string args = "predicate.buildDefinition.externalParameters.request.args";
  const std::string meta = "predicate.buildDefinition.internalParameters.buildConfig.llbDefinition[0].op.Op.exec.meta";
  const Found expected = {{absl::StrCat(args, R"(["build-arg:NPM_TOKEN"])"), kByName},
                          {absl::StrCat(args, R"(["build-arg:GIT"])"), "a GitHub token"},
                          {absl::StrCat(args, R"(["build-arg:\u003cKEY\u003e"])"), kByName},
                          {absl::StrCat(meta, ".args[2]"), "a GitHub token"},
                          {absl::StrCat(meta, ".env[2]"), kByName},
                          {absl::StrCat(meta, ".env[4]"), kByName},
                          {"predicate.runDetails.metadata.buildkit_metadata.source.infos[0].data", "a GitHub token"}};
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{64}, statement.size()}) {
    EXPECT_EQ(Look(statement, piece), expected) << piece;
  }
}

TEST(SecretScannerTest, ProvenanceOfSlsaV02) {
  EXPECT_EQ(
      Look(R"({"predicateType":"https://slsa.dev/provenance/v0.2","predicate":{"invocation":{"parameters":{"args":)"
           R"({"build-arg:API_KEY":"k","build-arg:API_KEY_FILE":"/run/k","target":"token"}},)"
           R"("environment":{"platform":"linux/amd64","CI_PASSWORD":"p"}}}})",
           7),
      (Found{{R"(predicate.invocation.parameters.args["build-arg:API_KEY"])", kByName},
             {"predicate.invocation.environment.CI_PASSWORD", kByName}}));
}

TEST(SecretScannerTest, AKeyThatIsASecretIsNotTold) {
  EXPECT_EQ(Look(absl::StrCat(R"({"predicate":{"args":{"build-arg:TOKEN )", kToken, R"(":"hunter2"}}})"), 9),
            (Found{{"a place with a secret among its keys", kByName}}));
}

TEST(SecretScannerTest, ManyPlacesAreCounted) {
  std::string statement = R"({"predicate":{"args":{)";
  for (size_t i = 0; i < kMaxPlaces + 5; ++i) absl::StrAppend(&statement, i == 0 ? "" : ",", "\"token_", i, "\":\"v\"");
  SecretScanner scanner;
  ASSERT_EQ(scanner.Feed(absl::StrCat(statement, "}}}")), absl::OkStatus());
  EXPECT_EQ(scanner.places().size(), kMaxPlaces);
  EXPECT_EQ(scanner.left_out(), 5u);
}

TEST(SecretScannerTest, OtherBytesAreNoStatement) {
  SecretScanner scanner;
  EXPECT_FALSE(scanner.Feed("{]").ok());
  SecretScanner cut;
  EXPECT_EQ(cut.Feed("{\"predicate\":"), absl::OkStatus());
  EXPECT_FALSE(cut.Finish().ok());
}

// The recordings of BuildKit have no secrets.
TEST(SecretScannerTest, RecordedProvenanceHasNone) {
  int statements = 0;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/golden/blobs")) {
    const auto source = oci::file::FileSource::Open(entry.path().string(), oci::file::Links::kFollow);
    ASSERT_TRUE(source.ok()) << source.status();
    const absl::StatusOr<std::string> bytes = oci::io::ReadAll(oci::Context(), **source, 64 << 20);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    if (!absl::StrContains(*bytes, "\"predicateType\":\"https://slsa.dev/provenance/")) continue;
    ++statements;
    EXPECT_EQ(Look(*bytes, 1000), Found()) << entry.path();
  }
  EXPECT_GT(statements, 10);
}

}  // namespace
}  // namespace waybill::attest::secrets
