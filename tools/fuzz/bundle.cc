// SPDX-License-Identifier: Apache-2.0
// attest/bundle and attest/spdx: what a scanner wrote is taken or refused; what is taken stays JSON.
#include "attest/bundle.h"

#include <string>

#include "attest/spdx/spdx.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/io/stream.h"
#include "oci/json/json.h"
#include "tools/fuzz/require.h"

namespace attest = waybill::attest;
namespace oci = waybill::oci;
using waybill::fuzz::Require;

namespace {

void CheckStatement(absl::string_view file) {
  const auto statement = attest::ParseStatement(file);
  if (!statement.ok()) return;
  Require(oci::json::Validate(statement->predicate).ok(), "a predicate is JSON");
  const auto normal = oci::json::Normalize(statement->predicate);
  const auto reader = attest::PredicateReader::New(statement->predicate);
  Require(reader.ok() == normal.ok(), "both normalisers take the same");
  if (!normal.ok()) return;
  const auto read = oci::io::ReadAll(oci::Context(), **reader, int64_t{1} << 30);
  Require(waybill::fuzz::Is(read, *normal), "both normalisers give the same");
}

void CheckSpdx(absl::string_view document) {
  const auto can = attest::spdx::CanSupplementSpdx(document);
  if (!can.ok() || !*can) return;
  const auto lookup = [](absl::string_view path) -> absl::StatusOr<std::optional<oci::Digest>> {
    if (path.size() % 2 == 0) return std::nullopt;
    return oci::Digest::Of(path);
  };
  std::string written;
  const absl::Status status = attest::spdx::SupplementSpdx(document, "v1", lookup, [&](absl::string_view text) {
    written.append(text.data(), text.size());
    return absl::OkStatus();
  });
  Require(status.ok(), "a document that can be supplemented is");
  Require(oci::json::Validate(written).ok(), "a supplemented document is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckStatement(waybill::fuzz::View(data, size));
  CheckSpdx(waybill::fuzz::View(data, size));
  return 0;
}
