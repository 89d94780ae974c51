// SPDX-License-Identifier: Apache-2.0
// Statements and error texts are from recordings of BuildKit (gw-att-bundle, gw-att-custom, err-att-*), or follow its
// rules where nothing was recorded.
#include "exporter/statements/attestations.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"

namespace waybill::exporter::statements {
namespace {

constexpr absl::string_view kManifest = "sha256:030b6be1122a378254aab36e7a1a659c692851d5b15108a60cf636f10a0a1bca";
constexpr absl::string_view kPurl = "pkg:docker/example.com/foo/bar@1?platform=linux%2Famd64";
constexpr absl::string_view kSpdx = "https://spdx.dev/Document";

const oci::Platform kAmd64{.architecture = "amd64", .os = "linux"};

// The statement that BuildKit writes, with its usual subject.
std::string Statement(absl::string_view type, absl::string_view predicate) {
  return absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")", type,
                      R"(","subject":[{"name":")", kPurl, R"(","digest":{"sha256":")", kManifest.substr(7),
                      R"("}}],"predicate":)", predicate, "}");
}

class AttestationsTest : public ::testing::Test {
 protected:
  oci::Descriptor Add(std::string bytes) {
    const int64_t size = static_cast<int64_t>(bytes.size());
    return {.digest = source_.Add(std::move(bytes)), .size = size};
  }
  request::Attestation InToto(std::string path, std::string type, std::string content) {
    return {.path = std::move(path), .predicate_type = std::move(type), .content = Add(std::move(content))};
  }
  request::Attestation OpenedResult(std::string path, std::map<std::string, std::string> files) {
    request::Attestation bundle{.kind = request::Attestation::Kind::kBundle, .path = std::move(path)};
    for (auto& [name, bytes] : files) bundle.files.emplace(name, Add(std::move(bytes)));
    return bundle;
  }

  absl::StatusOr<std::vector<oci::Descriptor>> Make() {
    StatementInputs inputs{.attestations = attestations_,
                           .layers = layers_,
                           .has_ref = has_ref_,
                           .manifest = oci::Digest::Parse(kManifest).value(),
                           .version = "v9",
                           .content_limit = limit_,
                           .scratch_directory = ::testing::TempDir()};
    absl::StatusOr<std::vector<attest::StatementSubject>> subjects = DefaultSubjects(names_, kAmd64, inputs.manifest);
    if (!subjects.ok()) return subjects.status();
    inputs.default_subjects = *std::move(subjects);
    return MakeStatements(context_, inputs, source_, staging_);
  }
  // The text of every statement.
  std::vector<std::string> Texts() {
    const absl::StatusOr<std::vector<oci::Descriptor>> statements = Make();
    EXPECT_TRUE(statements.ok()) << statements.status();
    std::vector<std::string> texts;
    if (!statements.ok()) return texts;
    for (const oci::Descriptor& statement : *statements) {
      EXPECT_EQ(statement.media_type, oci::image::kInToto);
      texts.push_back(oci::content::VerifiedBytes(context_, staging_, statement, 1 << 20).value_or("error"));
    }
    return texts;
  }
  std::string Message() {
    const absl::Status status = Make().status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
    return std::string(status.message());
  }

  oci::Context context_;
  oci::content::store::MemoryStore source_;
  oci::content::store::MemoryStore staging_;
  std::vector<request::Attestation> attestations_;
  std::vector<oci::Descriptor> layers_;
  std::vector<std::string> names_ = {"example.com/foo/bar:1"};
  bool has_ref_ = true;
  int64_t limit_ = 0;
};

TEST_F(AttestationsTest, WritesContentAsItCame) {
  attestations_ = {InToto("/p.json", "https://example.com/p<>&",
                          "{ \"z\": 1.0,\n\t\"a\": \"<>&\xe2\x80\xa8\\u0041\\/\", \"z\": [ ] , \"n\": 1E5 }\n"),
                   InToto("/empty.json", "t", "")};
  EXPECT_EQ(Texts(),
            (std::vector<std::string>{Statement("https://example.com/p\\u003c\\u003e\\u0026",
                                                R"({"z":1.0,"a":"\u003c\u003e\u0026\u2028\u0041\/","z":[],"n":1E5})"),
                                      Statement("t", "null")}));
}

// As BuildKit wrote them before v0.31.
TEST_F(AttestationsTest, KeepsTheTypeOfAStatement) {
  attestations_ = {InToto("/p.json", "t", "1")};
  attestations_[0].statement_type = "https://in-toto.io/Statement/v0.1";
  EXPECT_EQ(Texts(), std::vector<std::string>{absl::StrReplaceAll(Statement("t", "1"), {{"/v1", "/v0.1"}})});
  attestations_[0].statement_type = "Statement";
  EXPECT_EQ(Message(), "attestation /p.json: statement type \"Statement\" is none of in-toto's");
}

TEST_F(AttestationsTest, DescribesStatements) {
  attestations_ = {InToto("/p.json", "https://example.com/p<>&", "1")};
  const std::vector<oci::Descriptor> statements = Make().value();
  ASSERT_EQ(statements.size(), 1u);
  const std::string text = Statement("https://example.com/p\\u003c\\u003e\\u0026", "1");
  EXPECT_EQ(statements[0],
            (oci::Descriptor{.media_type = "application/vnd.in-toto+json",
                             .digest = oci::Digest::Of(text),
                             .size = static_cast<int64_t>(text.size()),
                             .annotations = {{"in-toto.io/predicate-type", "https://example.com/p<>&"}}}));
}

TEST_F(AttestationsTest, OpensBundlesInFileNameOrder) {
  attestations_ = {OpenedResult(
      "/d",
      {{"b.json",
        R"({"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://example.com/b","subject":[{"name":"s1",)"
        R"("digest":{"sha256":"aa","sha1":"bb"}},{"name":"","digest":{}}],"predicate":{"z":1.0,"a":1e21}})"},
       {"c.other", R"({"predicateType":"https://example.com/c"})"},
       {"a.json", " {\"predicateType\":\"https://example.com/a\",\"predicate\":[1,2,{\"b\":null,\"a\":true}]} \n"}})};
  EXPECT_EQ(Texts(), (std::vector<std::string>{
                         Statement("https://example.com/a", R"([1,2,{"a":true,"b":null}])"),
                         R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://example.com/b",)"
                         R"("subject":[{"name":"s1","digest":{"sha1":"bb","sha256":"aa"}},{"name":"_","digest":{}}],)"
                         R"("predicate":{"a":1e+21,"z":1}})",
                         Statement("https://example.com/c", "null")}));
}

TEST_F(AttestationsTest, PutsTheCoreSbomFirst) {
  request::Attestation other = InToto("/z.json", "z", "1");
  other.metadata = {{"sbom-core", "sbom"}};
  request::Attestation core = InToto("sbom.cdx.json", "cdx", "2");
  core.metadata = {{"sbom-core", "sbom"}};
  request::Attestation bundle =
      OpenedResult("", {{"a.json", R"({"predicateType":"a"})"}, {"sbom.json", R"({"predicateType":"b"})"}});
  bundle.metadata = {{"sbom-core", "sbom"}};
  request::Attestation elsewhere = OpenedResult("/", {{"sbom.json", R"({"predicateType":"c"})"}});
  elsewhere.metadata = {{"sbom-core", "sbom"}};
  attestations_ = {other, core, bundle, elsewhere};
  EXPECT_EQ(Texts(), (std::vector<std::string>{Statement("cdx", "2"), Statement("b", "null"), Statement("z", "1"),
                                               Statement("a", "null"), Statement("c", "null")}));
}

TEST_F(AttestationsTest, SupplementsTheCoreSbomOnly) {
  constexpr absl::string_view kDocument = R"({"spdxVersion":"SPDX-2.3", "x":1.0})";
  constexpr absl::string_view kPlain = R"({"spdxVersion":"SPDX-2.3","x":1.0})";
  constexpr absl::string_view kSupplemented =
      R"({"spdxVersion":"SPDX-2.3","x":1.0,"creationInfo":{"creators":["Tool: buildkit-v9"]}})";
  request::Attestation core = InToto("/any/sbom.spdx.json", std::string(kSpdx), std::string(kDocument));
  core.metadata = {{"sbom-core", "sbom"}};
  request::Attestation other_name = core;
  other_name.path = "/extra.spdx.json";
  request::Attestation other_type = core;
  other_type.predicate_type = "https://spdx.dev/Document/v2.3";
  request::Attestation no_core = core;
  no_core.metadata = {{"reason", "sbom"}};
  request::Attestation no_spdx = core;
  no_spdx.content = Add(R"({"spdxVersion":"SPDX-3.0"})");
  attestations_ = {core, other_name, other_type, no_core, no_spdx};
  const std::vector<std::string> expected = {
      Statement(kSpdx, kSupplemented), Statement(kSpdx, kPlain), Statement("https://spdx.dev/Document/v2.3", kPlain),
      Statement(kSpdx, kPlain), Statement(kSpdx, R"({"spdxVersion":"SPDX-3.0"})")};
  EXPECT_EQ(Texts(), expected);
  has_ref_ = false;
  EXPECT_EQ(Texts()[0], Statement(kSpdx, kPlain));
}

TEST_F(AttestationsTest, SupplementsBundledSboms) {
  attestations_ = {
      OpenedResult("", {{"sbom.spdx.json", absl::StrCat(R"({"predicateType":")", kSpdx, R"(","predicate":)",
                                                        R"({"x":1.0,"spdxVersion":"SPDX-2.3"}})")}})};
  attestations_[0].metadata = {{"sbom-core", "sbom"}};
  EXPECT_EQ(Texts(),
            std::vector<std::string>{Statement(
                kSpdx, R"({"spdxVersion":"SPDX-2.3","x":1,"creationInfo":{"creators":["Tool: buildkit-v9"]}})")});
}

TEST_F(AttestationsTest, LayersThatCannotBeReadFailTheSbom) {
  layers_ = {{.digest = oci::Digest::Of("absent"), .size = 6}};
  attestations_ = {
      InToto("/sbom.json", std::string(kSpdx), R"({"spdxVersion":"SPDX-2.3","files":[{"fileName":"a"}]})")};
  attestations_[0].metadata = {{"sbom-core", "sbom"}};
  const absl::Status status = Make().status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  EXPECT_EQ(status.message().substr(0, 54),
            "attestation /sbom.json: list files of layer sha256:" + layers_[0].digest.ToString().substr(7, 3));
}

TEST_F(AttestationsTest, SubjectsAreNamesAndWhatTheAttestationSays) {
  request::Attestation attestation = InToto("/p", "t", "1");
  attestation.subjects = {
      {.name = "self"},
      {.name = "_"},
      {.kind = request::AttestationSubject::Kind::kRaw, .name = "raw", .digests = {{"sha512", "cc"}}},
      {.kind = request::AttestationSubject::Kind::kRaw}};
  attestations_ = {attestation};
  names_ = {"a", "", "b:2"};
  const std::string digest = absl::StrCat(R"(","digest":{"sha256":")", kManifest.substr(7), R"("}},)");
  const std::string a = absl::StrCat(R"({"name":"pkg:docker/a@latest?platform=linux%2Famd64)", digest);
  const std::string b = absl::StrCat(R"({"name":"pkg:docker/b@2?platform=linux%2Famd64)", digest);
  const std::string self = absl::StrCat(R"({"name":"self)", digest);
  EXPECT_EQ(Texts(),
            std::vector<std::string>{absl::StrCat(
                R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"t","subject":[)", a, self, b, self, a, b,
                R"({"name":"raw","digest":{"sha512":"cc"}},{"name":"_","digest":{}}],"predicate":1})")});
}

TEST_F(AttestationsTest, NoStatementIsWithoutSubject) {
  names_ = {""};
  attestations_ = {InToto("/p", "t", "1"), InToto("/q", "t", "2")};
  attestations_[1].subjects = {{.name = "self"}};
  attestations_.push_back(InToto("/r", "t", "3"));
  attestations_[2].subjects = {{.kind = request::AttestationSubject::Kind::kImage, .name = "own"}};
  const auto named = [](absl::string_view name, absl::string_view predicate) {
    return absl::StrReplaceAll(Statement("t", predicate), {{kPurl, name}});
  };
  EXPECT_EQ(Texts(), (std::vector<std::string>{named("_", "1"), named("_", "2"), named("own", "3")}));
}

TEST_F(AttestationsTest, RefusesAttestationsWithoutPathOrContent) {
  attestations_ = {InToto("", "t", "1")};
  EXPECT_EQ(Message(), "attestation does not have set path");
  attestations_ = {{.path = "/p"}};
  EXPECT_EQ(Message(), "attestation does not have available content");
  attestations_ = {OpenedResult("", {})};
  EXPECT_TRUE(Texts().empty());
}

TEST_F(AttestationsTest, ProvenanceIsTheDaemonsToMake) {
  constexpr char kProvenance[] = "https://slsa.dev/provenance/v1";
  attestations_ = {InToto("/p.json", kProvenance, "1")};
  EXPECT_EQ(Message(),
            "frontend may not set provenance attestations: the build daemon's own have the metadata reason=provenance");
  attestations_[0].metadata = {{"reason", "provenance"}};
  EXPECT_EQ(Texts(), std::vector<std::string>{Statement(kProvenance, "1")});
  attestations_ = {OpenedResult("/", {{"p.json", absl::StrCat(R"({"predicateType":")", kProvenance, "\"}")}})};
  attestations_[0].metadata = {{"reason", "provenance"}};
  EXPECT_EQ(Message(), "frontend may not bundle provenance attestations");
}

TEST_F(AttestationsTest, RefusesBadContent) {
  attestations_ = {InToto("/p.json", "x", "{\"a\":}")};
  EXPECT_EQ(Message(),
            "attestation /p.json: failed to marshal attestation: json: error calling MarshalJSON for type "
            "json.RawMessage: invalid character '}' looking for beginning of value");
  attestations_ = {OpenedResult("/", {{"p.json", "not json"}})};
  EXPECT_EQ(Message(),
            "attestation /p.json: cannot decode in-toto statement: invalid character 'o' in literal null (expecting "
            "'u')");
  attestations_ = {OpenedResult("/", {{"p.json", R"({"predicateType":"https://example.com/b"})"}})};
  attestations_[0].predicate_type = "https://example.com/a";
  EXPECT_EQ(Message(),
            "bundle entry https://example.com/b does not match required predicate type https://example.com/a");
  attestations_ = {OpenedResult("/", {{"p.json", R"({"predicate":[1e999]})"}})};
  EXPECT_EQ(Message(),
            "attestation /p.json: cannot decode in-toto statement: json: cannot unmarshal number 1e999 into Go value "
            "of type float64");
  attestations_ = {InToto("/sbom.spdx.json", std::string(kSpdx),
                          R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["Tool:"]}})")};
  attestations_[0].metadata = {{"sbom-core", "sbom"}};
  EXPECT_EQ(Message(),
            "attestation /sbom.spdx.json: unable to encode spdx: json: error calling MarshalJSON for type "
            "common.Creator: unexpected end of JSON input");
}

TEST_F(AttestationsTest, NamesThatAreNoReferencesFail) {
  names_ = {"foo/UPPER"};
  EXPECT_EQ(Message(),
            "failed to parse ref \"foo/UPPER\": invalid reference format: repository name (foo/UPPER) must be "
            "lowercase");
}

TEST_F(AttestationsTest, TheLimitHoldsForEveryFile) {
  attestations_ = {InToto("/p.json", "x", "12345"), OpenedResult("/b", {{"s.json", "null"}})};
  limit_ = 5;
  EXPECT_EQ(Texts().size(), 2u);
  limit_ = 4;
  EXPECT_EQ(Message(), "/p.json exceeds 4 bytes");
  limit_ = 3;
  attestations_.erase(attestations_.begin());
  EXPECT_EQ(Message(), "/b/s.json exceeds 3 bytes");
}

TEST_F(AttestationsTest, BoundsFilesAndSubjects) {
  request::Attestation bundle{.kind = request::Attestation::Kind::kBundle};
  const oci::Descriptor file = Add("null");
  for (int i = 0; i <= 10000; ++i) bundle.files.emplace(absl::StrCat(i), file);
  attestations_ = {bundle};
  EXPECT_EQ(Message(), "more than 10000 files in an attestation bundle");
  attestations_ = {InToto("/p", "t", "1")};
  attestations_[0].subjects.resize(100001);
  EXPECT_EQ(Message(), "more than 100000 subjects");
  attestations_[0].subjects.resize(50001);
  names_ = {"a", "b"};
  EXPECT_EQ(Message(), "more than 100000 subjects");
}

TEST_F(AttestationsTest, StopsWhenAsked) {
  attestations_ = {InToto("/p", "t", "1")};
  std::stop_source stop;
  stop.request_stop();
  context_ = context_.WithStop(stop.get_token());
  EXPECT_EQ(oci::ReasonOf(Make().status()), oci::Reason::kInterrupted);
}

}  // namespace
}  // namespace waybill::exporter::statements
