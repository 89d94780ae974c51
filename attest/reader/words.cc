// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/words.h"

namespace waybill::attest::reader {

absl::string_view Word(NodeKind kind) {
  switch (kind) {
    case NodeKind::kIndex:
      return "index";
    case NodeKind::kImage:
      return "image";
    case NodeKind::kAttestation:
      return "attestation";
    case NodeKind::kArtifact:
      return "artifact";
    case NodeKind::kUnread:
      return "unread";
  }
  return "unread";
}

absl::string_view Word(ContentKind kind) {
  switch (kind) {
    case ContentKind::kUnknown:
      return "unknown";
    case ContentKind::kNotJson:
      return "not-json";
    case ContentKind::kOtherJson:
      return "json";
    case ContentKind::kStatement:
      return "statement";
    case ContentKind::kEnvelope:
      return "dsse";
    case ContentKind::kBundle:
      return "sigstore-bundle";
    case ContentKind::kSimpleSigning:
      return "simple-signing";
    case ContentKind::kSpdx:
      return "spdx";
    case ContentKind::kCycloneDx:
      return "cyclonedx";
  }
  return "unknown";
}

absl::string_view Word(SubjectMatch match) {
  switch (match) {
    case SubjectMatch::kNone:
      return "";
    case SubjectMatch::kMatches:
      return "matches";
    case SubjectMatch::kOtherDigest:
      return "other-digest";
    case SubjectMatch::kOtherSize:
      return "other-size";
  }
  return "";
}

}  // namespace waybill::attest::reader
