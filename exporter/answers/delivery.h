// SPDX-License-Identifier: Apache-2.0
// What came of delivering an image, as values and in the words of the response.
#ifndef WAYBILL_EXPORTER_ANSWERS_DELIVERY_H_
#define WAYBILL_EXPORTER_ANSWERS_DELIVERY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::exporter::answers {

// What one name stands for in its registry now.
struct PushedName {
  std::string name;          // as it was given
  oci::Descriptor root;      // the image's, or what went instead where the registry refused its attestations
  std::string attestations;  // where they are found: "referrers API", "fallback tag", ...; "" when nothing refers to it
  std::vector<std::string> warnings;
};

// An image that keeps the attestations which it had in a registry (attestations=reuse).
struct ReusedAttestations {
  std::string platform;      // as users write it
  oci::Digest image;         // the image's manifest
  oci::Digest attestations;  // the attestation manifest
};

struct Delivery {
  std::vector<PushedName> pushed = {};       // registry by registry; empty but for pushes
  std::optional<oci::Descriptor> root = {};  // that was delivered in place of the image's, with `reused`
  std::vector<ReusedAttestations> reused = {};
};

// The key of PushedJson in a response (there in base64) and in the metadata of an error.
inline constexpr absl::string_view kPushedKey = "waybill.pushed";

// The key of ReusedJson in a response (there in base64).
inline constexpr absl::string_view kReusedKey = "waybill.reused-attestations";

// The root under which the image was delivered: what was pushed when all registries agree on it, else the delivery's,
// else `asked`.
oci::Descriptor DeliveredRoot(const oci::Descriptor& asked, const Delivery& delivery);

// {"<name>": {"containerimage.digest": ..., "attestations": ..., "warnings": [...]}, ...} without what is empty; an
// object, so that clients show it as JSON.
std::string PushedJson(const Delivery& delivery);

// {"<digest of the image>": {"platform": "linux/amd64", "attestations": "<digest>"}, ...}; an object, as PushedJson.
std::string ReusedJson(const Delivery& delivery);

// `failure` with what was pushed all the same under kPushedKey in its metadata, without the warnings; unchanged when
// that is more than an error carries to a client (2 KiB).
absl::Status WithPushed(const absl::Status& failure, Delivery delivery);

}  // namespace waybill::exporter::answers

#endif  // WAYBILL_EXPORTER_ANSWERS_DELIVERY_H_
