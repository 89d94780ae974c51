// SPDX-License-Identifier: Apache-2.0
// What an export publishes besides attestation manifests, and what it insists on. All of it is waybill's own.
#ifndef WAYBILL_EXPORTER_REQUEST_VALUES_PUBLISHING_H_
#define WAYBILL_EXPORTER_REQUEST_VALUES_PUBLISHING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attest/publish/wanted.h"

namespace waybill::exporter::request::values {

// The word of `require` for images whose statements are all signed.
inline constexpr absl::string_view kSignedWord = "signed";

struct Publishing {
  attest::publish::Wanted wanted;     // its key is that of `key`, which whoever has the keys finds
  std::string key;                    // the name of the key that signs; "": none signs
  std::vector<std::string> required;  // of each image: predicate types or their aliases
  bool require_signed = false;
  bool has_profiles = false;  // "attestation-profiles" was given

  // Whether the image gets artifacts.
  bool MakesReferrers() const;
  // Whether the export differs from one without these options.
  bool IsNeeded() const;
};

// "docker,bundle,raw,in-toto,cosign-tag", a comma list; the last brings bundles. Errors: INVALID_ARGUMENT for another
// word, and for a list without docker, whose attestation manifests are in the index of every export.
absl::Status ParseProfiles(absl::string_view value, Publishing& publishing);

// "sbom,provenance,signed", a comma list. Errors: INVALID_ARGUMENT for a word that is no predicate type.
absl::Status ParseRequired(absl::string_view value, Publishing& publishing);

// After all options were parsed: a key brings bundles and raw documents, unless profiles were named. Errors:
// INVALID_ARGUMENT for options that would be ignored, and for those that need another.
absl::Status FinishPublishing(Publishing& publishing);

}  // namespace waybill::exporter::request::values

#endif  // WAYBILL_EXPORTER_REQUEST_VALUES_PUBLISHING_H_
