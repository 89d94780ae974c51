// SPDX-License-Identifier: Apache-2.0
// oci/json: every reader agrees on what is JSON, and what is written is JSON again.
#include "oci/json/json.h"

#include "tools/fuzz/require.h"

namespace json = waybill::oci::json;
using waybill::fuzz::Is;
using waybill::fuzz::Require;

namespace {

void CheckValue(absl::string_view raw) {
  switch (json::KindOf(raw)) {
    case json::Kind::kObject:
      Require(json::Members(raw).ok(), "a valid object has members");
      break;
    case json::Kind::kArray:
      Require(json::Elements(raw).ok(), "a valid array has elements");
      break;
    case json::Kind::kString: {
      const auto text = json::DecodeString(raw);
      Require(text.ok(), "a valid string decodes");
      Require(Is(json::DecodeString(json::Quote(*text)), *text), "a quoted string decodes to itself");
      break;
    }
    default:
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view raw = waybill::fuzz::View(data, size);
  if (raw.empty()) return 0;  // no value at all reads as null
  const bool valid = json::Validate(raw).ok();
  const auto compact = json::Compact(raw);
  Require(compact.ok() == valid, "Compact and Validate agree");
  Require(json::Fields::Parse(raw).ok() <= valid, "only valid text has fields");
  Require(json::DecodeStringMap(raw).ok() <= valid, "only valid text is a map");
  Require(json::DecodeInt(raw).ok() <= valid, "only valid text is a number");
  const auto normal = json::Normalize(raw);
  Require(normal.ok() <= valid, "only valid text is normalised");
  if (normal.ok()) Require(Is(json::Normalize(*normal), *normal), "Normalize is stable");
  if (!valid) return 0;
  Require(Is(json::Compact(*compact), *compact), "Compact is stable");
  Require(Is(json::Compact(json::Indent(*compact)), *compact), "Indent adds white space only");
  CheckValue(raw);
  return 0;
}
