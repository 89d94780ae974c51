// SPDX-License-Identifier: Apache-2.0
// The forms of a statement besides its place in an attestation manifest.
#ifndef WAYBILL_ATTEST_PUBLISH_FORM_H_
#define WAYBILL_ATTEST_PUBLISH_FORM_H_

#include "absl/strings/string_view.h"

namespace waybill::attest::publish {

enum class Form {
  kRaw,        // the document that the statement holds, an artifact of its own type
  kInToto,     // the statement, an artifact of one statement
  kBundle,     // the statement in a Sigstore bundle
  kCosignTag,  // the statement in an envelope that cosign v2's tag of the image lists
};

// "raw", "in-toto", "bundle", "cosign-tag".
constexpr absl::string_view FormName(Form form) {
  switch (form) {
    case Form::kRaw:
      return "raw";
    case Form::kInToto:
      return "in-toto";
    case Form::kBundle:
      return "bundle";
    case Form::kCosignTag:
      return "cosign-tag";
  }
  return "";
}

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_FORM_H_
