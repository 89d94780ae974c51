// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/content.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace waybill::attest::reader {
namespace {

constexpr char kStatement[] =
    R"({"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document",)"
    R"("subject":[{"name":"a","digest":{"sha256":"00","sha512":"11"}},{"digest":{"sha256":"22"}}],)"
    R"("predicate":{"_type":"x","predicateType":"y","subject":[{"digest":{"sha256":"33"}}]}})";

Content Look(absl::string_view text, size_t piece = 1, bool whole = true) {
  ContentScanner scanner;
  for (size_t at = 0; at < text.size(); at += piece) scanner.Feed(text.substr(at, piece));
  return scanner.Finish(whole);
}

std::string Envelope(absl::string_view payload, absl::string_view type = "application/vnd.in-toto+json") {
  return absl::StrCat(R"({"payloadType":")", type, R"(","payload":")", absl::Base64Escape(payload),
                      R"(","signatures":[{"keyid":"","sig":"AA=="}]})");
}

void ExpectTheStatement(const Content& content) {
  EXPECT_EQ(content.statement_type, "https://in-toto.io/Statement/v0.1");
  EXPECT_EQ(content.predicate_type, "https://spdx.dev/Document");
  ASSERT_EQ(content.subjects.size(), 2u);
  EXPECT_EQ(content.subjects[0], (StatementSubject{.name = "a", .digests = {{"sha256", "00"}, {"sha512", "11"}}}));
  EXPECT_EQ(content.subjects[1].digests.at("sha256"), "22");
  EXPECT_FALSE(content.has_more_subjects);
  EXPECT_EQ(content.fault, "");
}

// However the bytes are cut.
TEST(ContentTest, AStatement) {
  for (size_t piece = 1; piece <= sizeof(kStatement); ++piece) {
    const Content content = Look(kStatement, piece);
    EXPECT_EQ(content.kind, ContentKind::kStatement);
    ExpectTheStatement(content);
  }
}

TEST(ContentTest, AnEnvelopeAndABundle) {
  const std::string envelope = Envelope(kStatement);
  const std::string bundle =
      absl::StrCat(R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{},)",
                   R"("dsseEnvelope":)", envelope, "}");
  for (const size_t piece : {1, 2, 3, 5, 64, 10000}) {
    const Content inside = Look(envelope, piece);
    EXPECT_EQ(inside.kind, ContentKind::kEnvelope);
    EXPECT_EQ(inside.payload_type, "application/vnd.in-toto+json");
    ExpectTheStatement(inside);
    const Content nested = Look(bundle, piece);
    EXPECT_EQ(nested.kind, ContentKind::kBundle);
    EXPECT_EQ(nested.payload_type, "application/vnd.in-toto+json");
    ExpectTheStatement(nested);
  }
}

// Other writers of JSON and base64: escaped slashes, the URL-safe alphabet, no padding.
TEST(ContentTest, SpellingsOfAPayload) {
  const std::string text = R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:?_?_?>>>~~~"})";
  std::string escaped = absl::Base64Escape(text);
  for (size_t at = 0; (at = escaped.find('/', at)) != std::string::npos; at += 2) escaped.insert(at, "\\");
  std::string coded = absl::Base64Escape(text);
  ASSERT_NE(coded.find_first_of("+/"), std::string::npos);
  for (const std::string& payload : {escaped, absl::WebSafeBase64Escape(text), absl::StrCat(coded, "\\n")}) {
    const Content content = Look(absl::StrCat(R"({"payload":")", payload, R"(","payloadType":"t","signatures":[]})"));
    EXPECT_EQ(content.predicate_type, "urn:?_?_?>>>~~~") << payload;
    EXPECT_EQ(content.kind, ContentKind::kEnvelope);
  }
}

TEST(ContentTest, OtherDocuments) {
  EXPECT_EQ(Look(R"({"critical":{"type":"cosign container image signature"},"optional":null})").kind,
            ContentKind::kSimpleSigning);
  EXPECT_EQ(Look(R"({"spdxVersion":"SPDX-2.3"})").kind, ContentKind::kSpdx);
  EXPECT_EQ(Look(R"({"bomFormat":"CycloneDX"})").kind, ContentKind::kCycloneDx);
  EXPECT_EQ(Look(R"({"_type":"https://in-toto.io/Link/v0.1"})").kind, ContentKind::kOtherJson);
  EXPECT_EQ(Look("[1,2]").kind, ContentKind::kOtherJson);
  const Content signature =
      Look(R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{}})");
  EXPECT_EQ(signature.kind, ContentKind::kBundle);
  EXPECT_TRUE(signature.is_signature);
  for (const char* text : {"", "\x1f\x8b\x08", "PK\x03\x04", "<html>"}) {
    EXPECT_EQ(Look(text).kind, ContentKind::kNotJson) << text;
  }
}

// Only the keys of the document itself count, and only in arrays where an array belongs.
TEST(ContentTest, LookalikesInside) {
  const Content inside =
      Look(R"({"a":{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","payloadType":"t"}})");
  EXPECT_EQ(inside.kind, ContentKind::kOtherJson);
  EXPECT_EQ(inside.predicate_type, "");
  const Content object = Look(
      R"({"_type":"https://in-toto.io/Statement/v1","subject":{"[]":{"digest":{"sha256":"00"}}},"predicateType":"p"})");
  EXPECT_EQ(object.kind, ContentKind::kStatement);
  EXPECT_TRUE(object.subjects.empty());
}

// Readers differ in which of two members counts.
TEST(ContentTest, WhatIsAmbiguousIsAFault) {
  EXPECT_EQ(Look(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"a","predicateType":"b"})").fault,
            R"("predicateType" is given twice)");
  EXPECT_EQ(Look(R"({"payloadType":"t","payload":"e30=","payload":"e30="})").fault, R"("payload" is given twice)");
  const Content both = Look(absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1",)", Envelope("{}").substr(1)));
  EXPECT_EQ(both.fault, "it is a statement and an envelope");
}

TEST(ContentTest, FaultsAreToldAndWhatWasSeenStays) {
  const Content cut = Look(absl::string_view(kStatement).substr(0, sizeof(kStatement) - 5));
  EXPECT_EQ(cut.kind, ContentKind::kStatement);
  EXPECT_EQ(cut.predicate_type, "https://spdx.dev/Document");
  EXPECT_EQ(cut.fault, "unexpected end of JSON input");
  EXPECT_EQ(Look(Envelope("no json")).fault.substr(0, 23), "the payload is no JSON:");
  EXPECT_EQ(Look(Envelope("no json", "text/plain")).fault, "");
  EXPECT_EQ(Look(R"({"payloadType":"t","payload":"a*b="})").fault, "the payload is no base64");
  EXPECT_EQ(Look(R"({"payloadType":"t","payload":"e30=e30="})").fault, "the payload is no base64");
}

TEST(ContentTest, ItSaysWhenItHasEnough) {
  const std::string text = kStatement;
  ContentScanner scanner;
  scanner.Feed(text.substr(0, text.find("\"predicate\"") - 1));
  EXPECT_FALSE(scanner.has_enough()) << "another subject may come";
  scanner.Feed(",\"predicate\":{");
  EXPECT_TRUE(scanner.has_enough());
  const Content content = scanner.Finish(/*whole=*/false);
  EXPECT_EQ(content.kind, ContentKind::kStatement);
  ExpectTheStatement(content);
}

TEST(ContentTest, HostileSizesAreCut) {
  std::string many = R"({"_type":"https://in-toto.io/Statement/v1","subject":[)";
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&many, i > 0 ? "," : "", R"({"digest":{"sha256":"00"}})");
  const Content subjects = Look(many + "]}", 4096);
  EXPECT_EQ(subjects.subjects.size(), kMaxKeptSubjects);
  EXPECT_TRUE(subjects.has_more_subjects);
  const Content name = Look(absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")",
                                         std::string(1 << 20, 'x'), R"("})"),
                            65536);
  EXPECT_EQ(name.predicate_type.size(), kMaxStringBytes);
  EXPECT_EQ(Look(std::string(20000, '[')).fault, "invalid character '[' exceeded max depth");
}

}  // namespace
}  // namespace waybill::attest::reader
