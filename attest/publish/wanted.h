// SPDX-License-Identifier: Apache-2.0
// The forms in which the statements of an image are published besides attestation manifests, as values. Each form is
// for consumers that do not look into attestation manifests (docs/guide-sign.md has the table).
#ifndef WAYBILL_ATTEST_PUBLISH_WANTED_H_
#define WAYBILL_ATTEST_PUBLISH_WANTED_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/sign/key.h"

namespace waybill::attest::publish {

// The manifests that a form of a statement refers to, of an image that an index lists.
enum class Subjects {
  kAuto,   // the image. The index too, when it lists one image only; and for bundles of provenance
  kImage,  // the image alone
  kBoth,   // the image and the index
  kIndex,  // the index alone
};

// "auto", "image", "both", "index". Errors: INVALID_ARGUMENT naming these.
absl::StatusOr<Subjects> ParseSubjects(absl::string_view text);

// Statements that go as artifacts of one statement each.
enum class InToto { kNone, kVex, kAll };

struct Wanted {
  bool bundles = false;  // Sigstore bundles, signed by `key`
  bool raw = false;      // SPDX and CycloneDX documents, taken out of their statements
  InToto in_toto = InToto::kNone;
  bool cosign_tags = false;  // envelopes, signed by `key`, where `bundle_subjects` says
  Subjects bundle_subjects = Subjects::kAuto;
  Subjects raw_subjects = Subjects::kAuto;
  std::optional<sign::SigningKey> key;  // bundles and signatures need it
  bool signatures = false;              // bundles that sign index, images and attestation manifests themselves
  // Of statements: predicate types or their aliases (predicate_types.h). None: all.
  std::vector<std::string> types = {};
};

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_WANTED_H_
