// SPDX-License-Identifier: Apache-2.0
// The export: options and a build result in, an image delivered to one output. ARCHITECTURE.md, "Life of an export".
#ifndef WAYBILL_EXPORTER_EXPORTER_H_
#define WAYBILL_EXPORTER_EXPORTER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exporter/answers/delivery.h"
#include "exporter/layers/encoders.h"
#include "exporter/request/build_result.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace waybill::exporter {

// A finished image: its root, the names it goes by and everything it reaches.
struct Image {
  oci::Descriptor root;                    // with the annotations that the exporter type gives it
  std::vector<oci::Descriptor> referrers;  // attestation manifests that no index lists (attestation-placement=referrer)
  std::vector<std::string> names;
  oci::content::Fetcher& content;  // every blob under `root` and `referrers`
  // Repositories that have a blob already, with their hosts but no ports ("docker.io/library/alpine"), where registries
  // can take it from.
  std::map<oci::Digest, std::vector<std::string>> origins = {};
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
  oci::Descriptor root;  // as delivered (DeliveredRoot)
  // "containerimage.digest", "containerimage.descriptor", "image.name", ... as BuildKit answers them.
  std::map<std::string, std::string> response;
};

// Thread-safe: one Exporter serves any number of exports at once.
class Exporter {
 public:
  struct Deps {
    std::function<absl::Time()> now;
    std::string version;  // BuildKit's version as SPDX creators name it: "v0.32.2" gives "Tool: buildkit-v0.32.2"
    oci::Platform host;   // for results that do not say what they are for
    std::string scratch_directory;  // for unlinked temporary files
  };
  explicit Exporter(Deps deps) : deps_(std::move(deps)) {}

  // `source` has the result's blobs; layers, statements, configs and manifests made here go to `staging`. Both must outlive
  // the output's use of the image. Nothing is delivered when anything before delivery fails.
  absl::StatusOr<Report> Export(const oci::Context& context, const request::BuildResult& result,
                                const request::ExportOptions& options, oci::content::Fetcher& source,
                                oci::content::Store& staging, Output& output) const;

 private:
  Deps deps_;
  // Shared by all exports; exports themselves do not change the exporter.
  const std::unique_ptr<layers::Encoders> encoders_ = std::make_unique<layers::Encoders>();
};

}  // namespace waybill::exporter

#endif  // WAYBILL_EXPORTER_EXPORTER_H_
