// SPDX-License-Identifier: Apache-2.0
// attest: a statement does not depend on how its predicate was cut into pieces, and is JSON. Input: one byte, the size
// of a piece, then the predicate.
#include "attest/statement.h"

#include <string>

#include "oci/io/string.h"
#include "oci/json/json.h"
#include "tools/fuzz/require.h"

namespace attest = waybill::attest;
using waybill::fuzz::Require;

namespace {

// The statement, or "" when the predicate was refused.
std::string Statement(absl::string_view predicate, size_t piece) {
  const attest::StatementHead head = {.predicate_type = "https://example.com/p",
                                      .subjects = {{.name = "_", .digests = {{"sha256", "00"}}}}};
  std::string out;
  waybill::oci::io::StringWriter to(out);
  attest::StatementWriter writer(head, to);
  for (size_t at = 0; at < predicate.size(); at += piece) {
    if (!writer.Write(predicate.substr(at, piece)).ok()) return "";
  }
  return writer.Close().ok() ? out : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const absl::string_view predicate = waybill::fuzz::View(data + 1, size - 1);
  const std::string whole = Statement(predicate, predicate.size());
  Require(Statement(predicate, data[0] + size_t{1}) == whole, "pieces do not matter");
  Require(whole.empty() != waybill::oci::json::Validate(predicate).ok(), "exactly JSON is taken");
  if (!whole.empty()) Require(waybill::oci::json::Validate(whole).ok(), "a statement is JSON");
  return 0;
}
