// SPDX-License-Identifier: Apache-2.0
// The expected statements were written by Go from in-toto-golang v0.11.0's Statement.
#include "attest/statement.h"

#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::attest {
namespace {

const StatementHead& Head() {
  static const auto& head =
      *new StatementHead{"p<>&", {{"n\"", {{"sha512", "b"}, {"sha256", "a"}}}, {.name = "_", .digests = {}}}};
  return head;
}

// The statement for a predicate that comes in pieces of `piece` bytes.
absl::StatusOr<std::string> Statement(const StatementHead& head, absl::string_view predicate, size_t piece) {
  std::string out;
  oci::io::StringWriter to(out);
  StatementWriter writer(head, to);
  for (size_t i = 0; i < predicate.size(); i += piece) {
    const absl::Status status = writer.Write(predicate.substr(i, piece));
    if (!status.ok()) return status;
  }
  const absl::Status status = writer.Close();
  if (!status.ok()) return status;
  return out;
}

TEST(StatementTest, WritesHeadAndPredicate) {
  constexpr absl::string_view kPredicate = " {\"a\" : 1.0, \"b<\":\"\xe2\x80\xa8\", \"a\":[ ]} ";
  constexpr absl::string_view kStatement =
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"p\u003c\u003e\u0026",)"
      R"("subject":[{"name":"n\"","digest":{"sha256":"a","sha512":"b"}},{"name":"_","digest":{}}],)"
      R"("predicate":{"a":1.0,"b\u003c":"\u2028","a":[]}})";
  for (size_t piece = 1; piece <= kPredicate.size(); ++piece) {
    EXPECT_EQ(Statement(Head(), kPredicate, piece).value_or("error"), kStatement) << piece;
  }
}

TEST(StatementTest, NoPredicateIsNull) {
  EXPECT_EQ(Statement({"p", {}}, "", 1).value_or("error"),
            R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[],"predicate":null})");
}

TEST(StatementTest, RefusesPredicatesThatAreNoJson) {
  const struct {
    absl::string_view predicate;
    absl::string_view problem;
  } kCases[] = {
      {" ", "unexpected end of JSON input"},
      {"{\"a\":}", "invalid character '}' looking for beginning of value"},
      {"1 2", "invalid character '2' after top-level value"},
      {"{", "unexpected end of JSON input"},
  };
  for (const auto& c : kCases) {
    for (size_t piece : {size_t{1}, size_t{100}}) {
      const absl::Status status = Statement(Head(), c.predicate, piece).status();
      EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << c.predicate;
      EXPECT_EQ(status.message(),
                "failed to marshal attestation: json: error calling MarshalJSON for type json.RawMessage: " +
                    std::string(c.problem));
    }
  }
}

class FullDisk : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view) override { return oci::StorageError("disk full"); }
  absl::Status Close() override { return absl::OkStatus(); }
};

TEST(StatementTest, ReportsWhatTheDestinationReports) {
  FullDisk disk;
  EXPECT_EQ(StatementWriter(Head(), disk).Write("1").message(), "disk full");
  EXPECT_EQ(StatementWriter(Head(), disk).Close().message(), "disk full");
}

}  // namespace
}  // namespace waybill::attest
