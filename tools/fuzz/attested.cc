// SPDX-License-Identifier: Apache-2.0
// attest/reader: what a blob of an attestation is, and the parts that are cut out of it, do not depend on how its bytes
// come; and the streaming reader agrees with the one that has the whole text. Input: one byte, the size of a piece,
// then the blob.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "attest/reader/content.h"
#include "attest/reader/part_writer.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/json/text.h"
#include "tools/fuzz/require.h"

namespace json = waybill::oci::json;
namespace reader = waybill::attest::reader;
using waybill::fuzz::Require;

namespace {

reader::Content Look(absl::string_view blob, size_t piece) {
  reader::ContentScanner scanner;
  for (size_t at = 0; at < blob.size(); at += piece) scanner.Feed(blob.substr(at, piece));
  return scanner.Finish(/*whole=*/true);
}

// What is written, or "" when the blob has no such part.
template <typename Writer>
std::string Part(absl::string_view blob, size_t piece) {
  std::string out;
  waybill::oci::io::StringWriter to(out);
  Writer writer(to);
  for (size_t at = 0; at < blob.size(); at += piece) {
    if (!writer.Write(blob.substr(at, piece)).ok()) return "";
  }
  return writer.Close().ok() ? out : "";
}

// The members of that name, exactly.
std::vector<absl::string_view> Find(absl::string_view blob, absl::string_view name) {
  std::vector<absl::string_view> found;
  if (json::KindOf(blob) != json::Kind::kObject) return found;
  const auto members = json::Members(blob);
  Require(members.ok(), "the members of an object");
  for (const json::Member& member : *members) {
    if (member.key == name) found.push_back(member.value);
  }
  return found;
}

void Compare(absl::string_view blob, const reader::Content& content) {
  const std::vector<absl::string_view> types = Find(blob, "predicateType");
  const bool outside = content.kind == reader::ContentKind::kStatement && Find(blob, "payload").empty();
  if (outside && types.size() == 1 && json::KindOf(types[0]) == json::Kind::kString && types[0].size() < 1000) {
    Require(content.predicate_type == *json::DecodeString(types[0]), "the predicate type is the document's");
  }
  const std::vector<absl::string_view> predicates = Find(blob, "predicate");
  const std::string predicate = Part<reader::PredicateWriter>(blob, blob.size());
  if (predicates.size() == 1) {
    Require(json::Trim(predicate) == json::Trim(predicates[0]), "the predicate is the document's");
  } else {
    Require(predicate.empty(), "there is one predicate or none");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t piece = data[0] + size_t{1};
  const absl::string_view blob = waybill::fuzz::View(data + 1, size - 1);
  const reader::Content whole = Look(blob, blob.size()), cut = Look(blob, piece);
  Require(whole.kind == cut.kind && whole.fault == cut.fault, "pieces do not matter for the kind");
  Require(whole.predicate_type == cut.predicate_type && whole.subjects == cut.subjects, "nor for the fields");
  Require(whole.subjects.size() <= reader::kMaxKeptSubjects, "subjects are bounded");
  Require(Part<reader::PayloadWriter>(blob, blob.size()) == Part<reader::PayloadWriter>(blob, piece),
          "nor for payloads");
  Require(Part<reader::PredicateWriter>(blob, blob.size()) == Part<reader::PredicateWriter>(blob, piece),
          "nor for predicates");
  if (json::Validate(blob).ok()) Compare(blob, whole);
  return 0;
}
