// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/values/publishing.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "attest/reader/choose.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::request::values {
namespace {

using attest::publish::InToto;
using attest::publish::Subjects;
using attest::publish::Wanted;
using oci::InvalidInputError;

constexpr absl::string_view kProfilesKey = "attestation-profiles";

}  // namespace

bool Publishing::MakesReferrers() const {
  return wanted.bundles || wanted.raw || wanted.signatures || wanted.in_toto != InToto::kNone;
}

bool Publishing::IsNeeded() const { return MakesReferrers() || !required.empty() || require_signed; }

absl::Status ParseProfiles(absl::string_view value, Publishing& publishing) {
  Wanted& wanted = publishing.wanted;
  bool docker = false;
  publishing.has_profiles = true;
  for (const absl::string_view word : absl::StrSplit(value, ',')) {
    if (word == "docker") {
      docker = true;
    } else if (word == "bundle") {
      wanted.bundles = true;
    } else if (word == "raw") {
      wanted.raw = true;
    } else if (word == "in-toto") {
      wanted.in_toto = InToto::kAll;
    } else if (word == "cosign-tag") {
      // cosign v3 ignores the tag of an image that has any bundle.
      wanted.cosign_tags = wanted.bundles = true;
    } else {
      return InvalidInputError(absl::StrCat("invalid ", kProfilesKey, " \"", oci::words::Quoted(word, 40),
                                            "\": one of docker, bundle, raw, in-toto, cosign-tag is expected"));
    }
  }
  if (docker) return absl::OkStatus();
  return InvalidInputError(
      absl::StrCat("exporter option \"", kProfilesKey, "\" lacks docker: the index always has attestation manifests"));
}

absl::Status ParseRequired(absl::string_view value, Publishing& publishing) {
  for (const absl::string_view word : absl::StrSplit(value, ',')) {
    if (word == kSignedWord) {
      publishing.require_signed = true;
    } else {
      publishing.required.emplace_back(word);
    }
  }
  return oci::Annotate(attest::reader::CheckTypes(publishing.required), "exporter option \"require\"");
}

absl::Status FinishPublishing(Publishing& publishing) {
  Wanted& wanted = publishing.wanted;
  const bool has_key = !publishing.key.empty();
  if (has_key && !publishing.has_profiles) wanted.bundles = wanted.raw = true;
  if (!has_key && wanted.bundles) {
    return InvalidInputError(
        "exporter option \"attestation-profiles=bundle\" needs \"sign\": a bundle has a signature");
  }
  if (!has_key && wanted.signatures) {
    return InvalidInputError("exporter option \"sign-image\" needs \"sign\"");
  }
  if (has_key && !wanted.bundles && !wanted.signatures) {
    return InvalidInputError("exporter option \"sign\" needs the profile bundle or \"sign-image=true\"");
  }
  if (publishing.require_signed && !wanted.bundles) {
    return InvalidInputError("exporter option \"require=signed\" needs \"sign\" and the profile bundle");
  }
  if (wanted.bundle_subjects != Subjects::kAuto && !wanted.bundles) {
    return InvalidInputError("exporter option \"bundle-subject\" needs the profile bundle");
  }
  if (wanted.raw_subjects == Subjects::kIndex) {
    return InvalidInputError("invalid raw-subject \"index\": one of auto, image, both is expected");
  }
  if (wanted.raw_subjects != Subjects::kAuto && !wanted.raw) {
    return InvalidInputError("exporter option \"raw-subject\" needs the profile raw");
  }
  // A VEX statement is found in this form alone.
  const bool others = wanted.bundles || wanted.raw;
  if (others && wanted.in_toto == InToto::kNone) wanted.in_toto = InToto::kVex;
  return absl::OkStatus();
}

}  // namespace waybill::exporter::request::values
