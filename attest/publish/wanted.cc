// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/wanted.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/words/quote.h"

namespace waybill::attest::publish {

absl::StatusOr<Subjects> ParseSubjects(absl::string_view text) {
  if (text == "auto") return Subjects::kAuto;
  if (text == "image") return Subjects::kImage;
  if (text == "both") return Subjects::kBoth;
  if (text == "index") return Subjects::kIndex;
  return oci::InvalidInputError(
      absl::StrCat("\"", oci::words::Quoted(text, 40), "\" is not one of auto, image, both and index"));
}

}  // namespace waybill::attest::publish
