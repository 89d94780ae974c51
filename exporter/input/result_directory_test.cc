// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/result_directory.h"

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "exporter/input/object_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"

namespace waybill::exporter::input {
namespace {

using oci::Context;
using oci::Reason;
using oci::ReasonOf;
using ::testing::HasSubstr;

// sha256 of "blob" and of nothing, from sha256sum.
constexpr char kBlob[] = "sha256:fa2c8cc4f28176bbeed4b736df569a34c79cd3723e9ec42f9674b4d46ac6b8b8";
constexpr char kEmpty[] = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class ParseResultTest : public ::testing::Test {
 protected:
  ParseResultTest() { blobs_.Add("blob"); }

  // "BLOB" stands for the digest of the blob that is there, "NONE" for one that is not.
  absl::StatusOr<request::BuildResult> Parse(const std::string& text) {
    return ParseResult(Context(), absl::StrReplaceAll(text, {{"BLOB", kBlob}, {"NONE", kEmpty}}), blobs_);
  }
  void ExpectError(const std::string& text, const std::string& message, Reason reason = Reason::kInvalidInput) {
    const absl::Status status = Parse(text).status();
    EXPECT_EQ(ReasonOf(status), reason) << text << "\n" << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << text;
  }
  // A document with one layer, and its text changed.
  std::string WithLayer(const std::string& fields) {
    return absl::StrCat(R"({"is_map":false,"refs":{"":{"layers":[{)", fields, "}]}}}");
  }

  oci::content::store::MemoryStore blobs_;
};

TEST_F(ParseResultTest, ReadsEveryField) {
  const absl::StatusOr<request::BuildResult> result = Parse(R"({
    "is_map": true, "ref_keys": ["a", "b"],
    "metadata": {"t": {"text": "x\u00e9"}, "b": {"blob": "BLOB"}},
    "refs": {"a": {"layers": [{"media_type": "m", "digest": "BLOB", "size": 4, "diff_id": "NONE",
      "annotations": {"k": "v"}, "urls": ["u"], "created_at": "2023-11-14T22:13:20.5Z", "description": "d"}],
      "inline_cache": "BLOB"}},
    "attestations": {"a": [
      {"kind": "in-toto", "path": "p", "predicate_type": "t", "metadata": {"inline-only": "true"},
       "subjects": [{"kind": "Self", "name": "s", "digest": null}, {"kind": "Raw", "name": "", "digest": {"sha1": "00"}},
                    {"kind": "Image", "name": "i"}],
       "content": "BLOB"},
      {"kind": "bundle", "path": "", "files": {"sbom.spdx.json": "BLOB"}}], "none": []}})");
  ASSERT_EQ(result.status(), absl::OkStatus());
  EXPECT_TRUE(result->is_map);
  EXPECT_EQ(result->metadata, (std::map<std::string, std::string>{{"b", "blob"}, {"t", "xé"}}));
  ASSERT_EQ(result->refs.size(), 2U);
  EXPECT_TRUE(result->refs.at("b").layers.empty());
  EXPECT_EQ(result->refs.at("a").inline_cache, "blob");
  const request::Layer& layer = result->refs.at("a").layers.at(0);
  EXPECT_EQ(layer.blob.digest.ToString(), kBlob);
  EXPECT_EQ(layer.blob.size, 4);
  EXPECT_EQ(layer.blob.media_type, "m");
  EXPECT_EQ(layer.blob.annotations, (oci::Annotations{{"k", "v"}}));
  EXPECT_EQ(layer.blob.urls, std::vector<std::string>{"u"});
  EXPECT_EQ(layer.diff_id.ToString(), kEmpty);
  EXPECT_EQ(layer.created_at->time, absl::FromUnixMillis(1700000000500));
  EXPECT_EQ(layer.description, "d");
  ASSERT_EQ(result->attestations.at("a").size(), 2U);
  EXPECT_TRUE(result->attestations.at("none").empty());
  const request::Attestation& plain = result->attestations.at("a")[0];
  EXPECT_EQ(plain.kind, request::Attestation::Kind::kInToto);
  EXPECT_EQ(plain.content->size, 4) << "taken from the blob";
  EXPECT_EQ(plain.metadata.at("inline-only"), "true");
  ASSERT_EQ(plain.subjects.size(), 3U);
  EXPECT_EQ(plain.subjects[2].kind, request::AttestationSubject::Kind::kImage);
  EXPECT_EQ(plain.subjects[0].kind, request::AttestationSubject::Kind::kSelf);
  EXPECT_EQ(plain.subjects[1].kind, request::AttestationSubject::Kind::kRaw);
  EXPECT_EQ(plain.subjects[1].digests.at("sha1"), "00");
  const request::Attestation& bundle = result->attestations.at("a")[1];
  EXPECT_EQ(bundle.kind, request::Attestation::Kind::kBundle);
  EXPECT_EQ(bundle.files.at("sbom.spdx.json").digest.ToString(), kBlob);
}

TEST_F(ParseResultTest, TheSmallestResult) {
  const absl::StatusOr<request::BuildResult> result = Parse(R"({"is_map":false})");
  ASSERT_EQ(result.status(), absl::OkStatus());
  EXPECT_FALSE(result->is_map);
  EXPECT_TRUE(result->refs.empty());
}

TEST_F(ParseResultTest, DocumentsThatAreNone) {
  ExpectError("", "unexpected end of JSON input");
  ExpectError(R"({"is_map":false)", "unexpected end of JSON input");
  ExpectError(R"({"is_map":false}})", "after top-level value");
  ExpectError("[]", "not an object");
  ExpectError("{}", "is_map: missing");
  ExpectError(R"({"is_map":"false"})", "is_map: not true or false");
  ExpectError(R"({"is_map":false,"is_map":true})", "is_map: given twice");
  ExpectError(R"({"is_map":false,"IS_MAP":true})", "IS_MAP: unknown field");
  ExpectError(R"({"is_map":false,"a b":1})", R"(["a b"]: unknown field)");
  ExpectError(absl::StrCat(R"({"is_map":false,"metadata":)", std::string(20000, '['), std::string(20000, ']'), "}"),
              "exceeded max depth");
  ExpectError(absl::StrCat(R"({"is_map":false,"metadata":)", std::string(9000, '['), std::string(9000, ']'), "}"),
              "metadata: not an object");
}

TEST_F(ParseResultTest, Metadata) {
  ExpectError(R"({"is_map":false,"metadata":[]})", "metadata: not an object");
  ExpectError(R"({"is_map":false,"metadata":{"refs.platforms":"x"}})", R"(metadata["refs.platforms"]: not an object)");
  ExpectError(R"({"is_map":false,"metadata":{"k":{}}})", R"(metadata.k: either "text" or "blob" is expected)");
  ExpectError(R"({"is_map":false,"metadata":{"k":{"text":"","blob":"BLOB"}}})", "metadata.k: either");
  ExpectError(R"({"is_map":false,"metadata":{"k":{"text":1}}})", "metadata.k.text: not a string");
  ExpectError(R"({"is_map":false,"metadata":{"k":{"blob":"../../etc/passwd"}}})",
              R"(metadata.k.blob: invalid digest "../../etc/passwd")");
  ExpectError(R"({"is_map":false,"metadata":{"k":{"blob":"NONE"}}})", absl::StrCat("metadata.k.blob: blob ", kEmpty),
              Reason::kNotFound);
  ExpectError(R"({"is_map":false,"metadata":{"k":{"text":"1"},"k":{"text":"2"}}})", "metadata.k: given twice");
}

TEST_F(ParseResultTest, MetadataBlobsAreBounded) {
  const std::string big(kMaxMetadataBytes + 1, 'x');
  const std::string digest = blobs_.Add(big).ToString();
  ExpectError(absl::Substitute(R"({"is_map":false,"metadata":{"k":{"blob":"$0"}}})", digest),
              "metadata.k.blob: blob " + digest + ": exceeds 16777216 bytes");
}

TEST_F(ParseResultTest, Refs) {
  ExpectError(R"({"is_map":true})", "refs: a map has at least one ref");
  ExpectError(R"({"is_map":true,"refs":{"":null}})", "refs: a map's refs have keys");
  ExpectError(R"({"is_map":false,"refs":{"x":null}})", "refs: a result that is no map has one ref");
  ExpectError(R"({"is_map":true,"ref_keys":["x","x"]})", "ref_keys[1]: given twice");
  ExpectError(R"({"is_map":true,"ref_keys":[1]})", "ref_keys[0]: not a string");
  ExpectError(R"({"is_map":true,"ref_keys":["x"],"refs":{"linux/y":null}})", R"(refs["linux/y"]: not among ref_keys)");
  ExpectError(R"({"is_map":false,"refs":{"":{"layers":{}}}})", R"(refs[""].layers: not an array)");
  ExpectError(R"({"is_map":false,"refs":{"":{"inline_cache":"NONE"}}})", R"(refs[""].inline_cache: blob)",
              Reason::kNotFound);
}

TEST_F(ParseResultTest, Layers) {
  const std::string good = R"("media_type":"m","digest":"BLOB","size":4,"diff_id":"NONE")";
  const std::string at = R"(refs[""].layers[0])";
  EXPECT_EQ(Parse(WithLayer(good)).status(), absl::OkStatus());
  ExpectError(WithLayer(R"("media_type":"m","digest":"BLOB","size":4)"), at + ".diff_id: missing");
  ExpectError(WithLayer(R"("digest":"BLOB","size":4,"diff_id":"NONE")"), at + ".media_type: missing");
  ExpectError(WithLayer(R"("media_type":"m","digest":"BLOB","diff_id":"NONE")"), at + ".size: missing");
  ExpectError(WithLayer(R"("media_type":"m","digest":"BLOB","size":-4,"diff_id":"NONE")"),
              at + ".size: not a size in bytes");
  ExpectError(WithLayer(R"("media_type":"m","digest":"BLOB","size":1e99,"diff_id":"NONE")"), at + ".size: not a size");
  ExpectError(WithLayer(R"("media_type":"m","digest":"BLOB","size":5,"diff_id":"NONE")"), at + ": blob " + kBlob,
              Reason::kVerification);
  ExpectError(WithLayer(R"("media_type":"m","digest":"NONE","size":0,"diff_id":"NONE")"), at + ": blob " + kEmpty,
              Reason::kNotFound);
  ExpectError(WithLayer(R"("media_type":"m","digest":5,"size":4,"diff_id":"NONE")"), at + ".digest: not a string");
  ExpectError(WithLayer(good + R"(,"urls":["a",1])"), at + ".urls[1]: not a string");
  ExpectError(WithLayer(good + R"(,"annotations":{"a":1})"), at + ".annotations.a: not a string");
  ExpectError(WithLayer(good + R"(,"created_at":"yesterday")"), at + ".created_at: parsing time \"yesterday\"");
  ExpectError(WithLayer(good + R"(,"color":"red")"), at + ".color: unknown field");
}

TEST_F(ParseResultTest, TenThousandAnnotationsAreFine) {
  std::string annotations;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&annotations, i == 0 ? "" : ",", "\"k", i, "\":\"v\"");
  const absl::StatusOr<request::BuildResult> result = Parse(
      WithLayer(R"("media_type":"m","digest":"BLOB","size":4,"diff_id":"NONE","annotations":{)" + annotations + "}"));
  ASSERT_EQ(result.status(), absl::OkStatus());
  EXPECT_EQ(result->refs.at("").layers[0].blob.annotations.size(), 10000U);
}

TEST_F(ParseResultTest, Attestations) {
  const auto with = [](const std::string& fields) {
    return absl::StrCat(R"({"is_map":false,"attestations":{"linux/amd64":[{)", fields, "}]}}");
  };
  const std::string at = R"(attestations["linux/amd64"][0])";
  ExpectError(R"({"is_map":false,"attestations":{"p":{}}})", "attestations.p: not an array");
  ExpectError(with(""), at + ".kind: missing");
  ExpectError(with(R"("kind":"sbom")"), at + R"(.kind: "in-toto" or "bundle" is expected)");
  ExpectError(with(R"("kind":"in-toto","content":"NONE")"), at + ".content: blob", Reason::kNotFound);
  ExpectError(with(R"("kind":"in-toto","files":{})"), at + ".files: unknown field");
  ExpectError(with(R"("kind":"bundle","content":"BLOB")"), at + ".content: unknown field");
  ExpectError(with(R"("kind":"in-toto","subjects":[{"kind":"self"}])"),
              at + R"(.subjects[0].kind: "Self", "Raw" or "Image" is expected)");
  for (const char* name : {"", ".", "..", "/etc/passwd"}) {
    ExpectError(with(absl::StrCat(R"("kind":"bundle","files":{")", name, R"(":"BLOB"})")),
                absl::StrCat(at, R"(.files[")", name, R"("]: not a file name)"));
  }
  ExpectError(with(R"("kind":"bundle","files":{"a\u0000b":"BLOB"})"), "not a file name");
  ExpectError(with(R"("kind":"bundle","files":{"../p.json":"BLOB"})"), ".. is not a regular file");
  ExpectError(with(R"("kind":"bundle","files":{"d/p.json":"BLOB"})"), "d is not a regular file");
}

TEST_F(ParseResultTest, ReadsAnnotationsAndTheVersionOfAStatement) {
  const auto result =
      Parse(R"({"is_map":false,"annotations":{"":{"index":{"white space":"1"},"index_descriptor":{"r":"2"}},)"
            R"("windows(10.0)/amd64":{"manifest":{"k":"3"},"manifest_descriptor":{"d":"4"}}},)"
            R"("attestations":{"p":[{"kind":"in-toto","statement_type":"t"}]}})");
  ASSERT_EQ(result.status(), absl::OkStatus());
  EXPECT_EQ(result->annotations.at("").index, (oci::Annotations{{"white space", "1"}}));
  EXPECT_EQ(result->annotations.at("").index_descriptor, (oci::Annotations{{"r", "2"}}));
  EXPECT_EQ(result->annotations.at("windows(10.0)/amd64").manifest, (oci::Annotations{{"k", "3"}}));
  EXPECT_EQ(result->annotations.at("windows(10.0)/amd64").manifest_descriptor, (oci::Annotations{{"d", "4"}}));
  EXPECT_EQ(result->attestations.at("p")[0].statement_type, "t");
  ExpectError(R"({"is_map":false,"annotations":{"":{"layer":{}}}})", "annotations[\"\"].layer: unknown field");
  ExpectError(R"({"is_map":false,"attestations":{"p":[{"kind":"bundle","statement_type":"t"}]}})",
              "attestations.p[0].statement_type: unknown field");
}

int64_t PeakKilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Four million elements in eight megabytes.
TEST_F(ParseResultTest, ListsAreNotHeldInMemory) {
  std::string zeros = "0";
  for (int i = 0; i < 1 << 22; ++i) zeros += ",0";
  const std::pair<std::string, std::string> cases[] = {
      {R"({"is_map":false,"refs":{"":{"layers":[)" + zeros + "]}}}", "layers[0]: not an object"},
      {R"({"is_map":true,"ref_keys":[)" + zeros + "]}", "ref_keys[0]: not a string"},
      {R"({"is_map":false,"attestations":{"a":[)" + zeros + "]}}", "attestations.a[0]: not an object"},
  };
  const int64_t before = PeakKilobytes();
  for (const auto& [text, message] : cases) ExpectError(text, message);
  EXPECT_LT(PeakKilobytes() - before, 100 << 10);
}

TEST_F(ParseResultTest, MembersAreBounded) {
  std::string keys;
  std::string refs;
  for (size_t i = 0; i <= kMaxMembers; ++i) {
    absl::StrAppend(&keys, i == 0 ? "" : ",", "\"", i, "\"");
    absl::StrAppend(&refs, i == 0 ? "" : ",", "\"", i, "\":null");
  }
  ExpectError(absl::StrCat(R"({"is_map":true,"ref_keys":[)", keys, "]}"), "ref_keys: more than 100000 members");
  ExpectError(absl::StrCat(R"({"is_map":true,"refs":{)", refs, "}}"), "refs: more than 100000 members");
}

class OpenBundleTest : public ::testing::Test {
 protected:
  OpenBundleTest() {
    std::string pattern = absl::StrCat(::testing::TempDir(), "/opened.XXXXXX");
    const char* const made = mkdtemp(pattern.data());
    directory_ = made == nullptr ? "" : made;
    std::error_code error;
    std::filesystem::create_directories(directory_ + "/blobs/sha256", error);
  }
  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(absl::StrCat(directory_, "/", name), std::ios::binary) << bytes;
  }
  std::string BlobName() { return absl::StrCat("blobs/sha256/", std::string(kBlob).substr(7)); }

  std::string directory_;
};

TEST_F(OpenBundleTest, ReadsFilesAndGivesTheirBytes) {
  Write(BlobName(), "blob");
  Write("result.json", absl::Substitute(R"({"is_map":false,"metadata":{"k":{"blob":"$0"}}})", kBlob));
  const absl::StatusOr<OpenedResult> opened = OpenResultDirectory(Context(), directory_);
  ASSERT_EQ(opened.status(), absl::OkStatus());
  EXPECT_EQ(opened->result.metadata.at("k"), "blob");
  const oci::Descriptor blob{.digest = *oci::Digest::Parse(kBlob), .size = 4};
  EXPECT_EQ(*oci::content::VerifiedBytes(Context(), *opened->blobs, blob, 100), "blob");
}

TEST_F(OpenBundleTest, ErrorsNameTheFile) {
  const absl::Status missing = OpenResultDirectory(Context(), directory_).status();
  EXPECT_EQ(ReasonOf(missing), Reason::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr(directory_ + "/result.json"));

  Write("result.json", "{");
  EXPECT_EQ(OpenResultDirectory(Context(), directory_).status().message(),
            absl::StrCat(directory_, "/result.json: unexpected end of JSON input"));
}

TEST_F(OpenBundleTest, MetadataThatIsNotWhatItsDigestSaysIsRefused) {
  Write(BlobName(), "bLob");
  Write("result.json", absl::Substitute(R"({"is_map":false,"metadata":{"k":{"blob":"$0"}}})", kBlob));
  const absl::Status status = OpenResultDirectory(Context(), directory_).status();
  EXPECT_EQ(ReasonOf(status), Reason::kVerification);
  EXPECT_THAT(std::string(status.message()), HasSubstr("metadata.k.blob: blob "));
}

TEST_F(OpenBundleTest, LinksAreNotFollowed) {
  Write("secret", "blob");
  std::error_code error;
  std::filesystem::create_symlink("../../secret", absl::StrCat(directory_, "/", BlobName()), error);
  ASSERT_FALSE(error);
  Write("result.json", absl::Substitute(R"({"is_map":false,"metadata":{"k":{"blob":"$0"}}})", kBlob));
  EXPECT_FALSE(OpenResultDirectory(Context(), directory_).ok());
}

}  // namespace
}  // namespace waybill::exporter::input
