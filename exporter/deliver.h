// SPDX-License-Identifier: Apache-2.0
// The end of an export: a finished image, the output that takes it, and the report. Every export ends in Deliver: those
// that the Exporter assembles and those that a BuildKit daemon assembled for the bridge.
#ifndef WAYBILL_EXPORTER_DELIVER_H_
#define WAYBILL_EXPORTER_DELIVER_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/answers/delivery.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::exporter {

// A finished image: its root, the names it goes by and everything it reaches.
struct Image {
  oci::Descriptor root;                    // with the annotations that the exporter type gives it
  std::vector<oci::Descriptor> referrers;  // attestation manifests that no index lists (attestation-placement=referrer)
  // Manifests about the image besides attestation manifests, in the order in which they shall be listed: bundles,
  // documents (attest/publish). Some are about `root`.
  std::vector<oci::Descriptor> artifacts = {};
  // Signed statements that are added to cosign's tags, by the manifest that they are about; registries have such tags.
  std::map<oci::Digest, std::vector<oci::Descriptor>> envelopes = {};
  std::vector<std::string> names;
  oci::content::Fetcher& content;  // every blob under `root`, `referrers` and `artifacts`, and the envelopes
  // Repositories that have a blob already, with their hosts but no ports ("docker.io/library/alpine"), where registries
  // can take it from.
  std::map<oci::Digest, std::vector<std::string>> origins = {};
  std::optional<oci::Digest> config = {};  // the config's digest, if the root is a manifest
};

// Where an image goes. Deliver is called once per export; when it fails, nothing half-written is visible. What several
// registries got before one of them failed is in the error (WithPushed).
class Output {
 public:
  virtual ~Output() = default;
  virtual absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                                    const request::ExportOptions& options) = 0;
};

// What a client is told at the end.
struct Report {
  std::optional<oci::Descriptor> root;  // as delivered (DeliveredRoot); an export of files has none
  // "containerimage.digest", "containerimage.descriptor", "image.name", ... as BuildKit answers them.
  std::map<std::string, std::string> response;
  std::vector<std::string> names = {};
  answers::Delivery delivery = {};  // empty in a report that came over gRPC; `response` has its text there
};

// Gives the image to the output. Errors: the output's.
absl::StatusOr<Report> Deliver(const oci::Context& context, const Image& image, const request::ExportOptions& options,
                               Output& output);

}  // namespace waybill::exporter

#endif  // WAYBILL_EXPORTER_DELIVER_H_
