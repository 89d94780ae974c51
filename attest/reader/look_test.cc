// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/look.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::attest::reader {
namespace {

using testing::MemoryPlace;

constexpr char kHead[] =
    R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:p","subject":[],"predicate":)";

std::string Envelope(absl::string_view statement) {
  return absl::StrCat(R"({"payloadType":"application/vnd.in-toto+json","payload":")", absl::Base64Escape(statement),
                      R"(","signatures":[]})");
}

// A large document of which nothing is ever whole in memory: head, filler, tail.
class LargeBlob : public oci::content::Fetcher {
 public:
  LargeBlob(std::string head, int64_t filler, std::string tail)
      : head_(std::move(head)), filler_(filler), tail_(std::move(tail)) {}
  int64_t size() const { return static_cast<int64_t>(head_.size() + tail_.size()) + filler_; }
  int64_t read() const { return read_; }

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context&, const oci::Descriptor&) override {
    return std::make_unique<Source>(*this);
  }

 private:
  class Reader : public oci::io::Reader {
   public:
    explicit Reader(LargeBlob& blob) : blob_(blob) {}
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
      const int64_t size = std::min<int64_t>(buffer.size(), blob_.size() - at_);
      for (int64_t i = 0; i < size; ++i, ++at_) {
        const int64_t tail = at_ - static_cast<int64_t>(blob_.head_.size()) - blob_.filler_;
        buffer[i] = at_ < static_cast<int64_t>(blob_.head_.size()) ? blob_.head_[at_]
                    : tail >= 0                                    ? blob_.tail_[tail]
                                                                   : 'x';
      }
      blob_.read_ = std::max(blob_.read_, at_);
      return size;
    }

   private:
    LargeBlob& blob_;
    int64_t at_ = 0;
  };
  class Source : public oci::io::Source {
   public:
    explicit Source(LargeBlob& blob) : blob_(blob) {}
    int64_t size() const override { return blob_.size(); }
    absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context&, int64_t) const override {
      return std::make_unique<Reader>(blob_);
    }

   private:
    LargeBlob& blob_;
  };

  const std::string head_;
  const int64_t filler_;
  const std::string tail_;
  int64_t read_ = 0;
};

oci::Descriptor Described(const LargeBlob& blob) { return {.digest = oci::Digest::Of("any"), .size = blob.size()}; }

TEST(LookTest, ALargeStatementIsReadAsFarAsNeeded) {
  LargeBlob blob(absl::StrCat(kHead, "\""), 400 << 20, "\"}");
  const auto content = LookAt(oci::Context(), blob, Described(blob), kLookBytes);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->kind, ContentKind::kStatement);
  EXPECT_EQ(content->predicate_type, "urn:p");
  EXPECT_FALSE(content->is_whole);
  EXPECT_LE(blob.read(), 1 << 20);
}

// The predicate before its type, as writers with sorted keys have it.
TEST(LookTest, ItGivesUpWhereTheTypeIsTooFar) {
  LargeBlob blob(R"({"_type":"https://in-toto.io/Statement/v1","predicate":")", 8 << 20,
                 R"(","predicateType":"urn:p"})");
  const auto content = LookAt(oci::Context(), blob, Described(blob), kLookBytes);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->kind, ContentKind::kStatement);
  EXPECT_EQ(content->predicate_type, "");
  EXPECT_LE(blob.read(), 2 << 20);
}

TEST(LookTest, TheDigestOfWhatIsReadToTheEnd) {
  MemoryPlace place;
  const oci::Descriptor blob = place.Add("a/b", absl::StrCat(kHead, "{}}"));
  const auto content = LookAt(oci::Context(), place, blob, kLookBytes);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_TRUE(content->is_whole);
  place.Replace(blob.digest, absl::StrCat(kHead, "[]}"));
  EXPECT_EQ(oci::ReasonOf(LookAt(oci::Context(), place, blob, kLookBytes).status()), oci::Reason::kVerification);
  place.Replace(blob.digest, absl::StrCat(kHead, "{}}", std::string(1000, ' ')));
  const absl::Status longer = LookAt(oci::Context(), place, blob, kLookBytes).status();
  EXPECT_EQ(oci::ReasonOf(longer), oci::Reason::kVerification);
  EXPECT_NE(longer.message().find("has more than"), absl::string_view::npos) << longer;
}

std::string Written(MemoryPlace& place, const std::string& bytes, ContentKind kind, Part part) {
  std::string out;
  oci::io::StringWriter writer(out);
  const absl::Status status = WritePart(oci::Context(), place, place.Add("a/b", bytes), kind, part, writer);
  return status.ok() ? out : std::string(status.message());
}

TEST(WritePartTest, StatementsAndPredicates) {
  MemoryPlace place;
  const std::string document = R"({"a":[1, 2],"predicate":{"b":"\"}"}})";
  const std::string statement = absl::StrCat(kHead, document, "}");
  EXPECT_EQ(Written(place, statement, ContentKind::kStatement, Part::kPredicate), document);
  EXPECT_EQ(Written(place, statement, ContentKind::kStatement, Part::kStatement), statement);
  const std::string bundle = absl::StrCat(R"({"dsseEnvelope":)", Envelope(statement), R"(,"mediaType":"m"})");
  for (const auto& [kind, bytes] :
       {std::pair(ContentKind::kEnvelope, Envelope(statement)), std::pair(ContentKind::kBundle, bundle)}) {
    EXPECT_EQ(Written(place, bytes, kind, Part::kBlob), bytes);
    EXPECT_EQ(Written(place, bytes, kind, Part::kStatement), statement);
    EXPECT_EQ(Written(place, bytes, kind, Part::kPredicate), document);
  }
  // Values of every kind, last or not, with white space.
  for (const char* value : {"null", "12.5", "\"x,}\"", "[]", "{}"}) {
    EXPECT_EQ(Written(place, absl::StrCat(R"({"predicate":)", value, R"(,"z":1})"), ContentKind::kStatement,
                      Part::kPredicate),
              value);
    EXPECT_EQ(
        Written(place, absl::StrCat(R"({"z":1, "predicate": )", value, "}"), ContentKind::kStatement, Part::kPredicate),
        value);
  }
}

TEST(WritePartTest, WhatHasNoSuchPart) {
  MemoryPlace place;
  EXPECT_EQ(Written(place, R"({"a":1})", ContentKind::kStatement, Part::kPredicate), "the statement has no predicate");
  EXPECT_EQ(Written(place, R"({"predicate":1,"predicate":2})", ContentKind::kStatement, Part::kPredicate),
            "the statement has two predicates");
  EXPECT_EQ(Written(place, R"({"payloadType":"t"})", ContentKind::kEnvelope, Part::kStatement),
            "the envelope has no payload");
  EXPECT_EQ(Written(place, R"({"payload":"","payload":""})", ContentKind::kEnvelope, Part::kStatement),
            "the envelope has two payloads");
  EXPECT_NE(Written(place, "{}", ContentKind::kOtherJson, Part::kStatement).find("has no statement"),
            std::string::npos);
}

TEST(WritePartTest, WhatIsNotTheBlobIsAnError) {
  MemoryPlace place;
  const oci::Descriptor blob = place.Add("a/b", "{}");
  place.Replace(blob.digest, "[]");
  std::string out;
  oci::io::StringWriter writer(out);
  EXPECT_EQ(oci::ReasonOf(WritePart(oci::Context(), place, blob, ContentKind::kStatement, Part::kBlob, writer)),
            oci::Reason::kVerification);
}

}  // namespace
}  // namespace waybill::attest::reader
