// SPDX-License-Identifier: Apache-2.0
// The export: options and a build result in, an image or files delivered to one output. ARCHITECTURE.md, "Life of an
// export".
#ifndef WAYBILL_EXPORTER_EXPORTER_H_
#define WAYBILL_EXPORTER_EXPORTER_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exporter/deliver.h"
#include "exporter/files/files.h"
#include "exporter/layers/encoders.h"
#include "exporter/layers/made.h"
#include "exporter/plan/files_plan.h"
#include "exporter/plan/plan.h"
#include "exporter/request/build_result.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/platform.h"

namespace waybill::exporter {

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

  // Plans the result and exports the image. Errors: those of MakePlan too.
  absl::StatusOr<Report> Export(const oci::Context& context, const request::BuildResult& result,
                                const request::ExportOptions& options, oci::content::Fetcher& source,
                                oci::content::Store& staging, Output& output,
                                const layers::LayerStore* layers = nullptr) const;

  // `plan` is that of `options`. `source` has the result's blobs; statements, configs and manifests made here go to
  // `staging`, and so do converted layers, unless `layers` is given. All must outlive the output's use of the image.
  // Nothing is delivered when anything before delivery fails.
  absl::StatusOr<Report> Export(const oci::Context& context, plan::Plan plan, const request::ExportOptions& options,
                                oci::content::Fetcher& source, oci::content::Store& staging, Output& output,
                                const layers::LayerStore* layers = nullptr) const;

  // The same for types that write files. Errors: those of MakeFilesPlan too.
  absl::StatusOr<Report> ExportFiles(const oci::Context& context, const request::BuildResult& result,
                                     const request::ExportOptions& options, oci::content::Fetcher& source,
                                     oci::content::Store& staging, files::FilesOutput& output) const;

  // Statements go to `staging`, and layers that `source` has on another machine.
  absl::StatusOr<Report> ExportFiles(const oci::Context& context, const plan::FilesPlan& plan,
                                     const request::ExportOptions& options, oci::content::Fetcher& source,
                                     oci::content::Store& staging, files::FilesOutput& output) const;

 private:
  Deps deps_;
  // Shared by all exports; exports themselves do not change the exporter.
  const std::unique_ptr<layers::Encoders> encoders_ = std::make_unique<layers::Encoders>();
};

}  // namespace waybill::exporter

#endif  // WAYBILL_EXPORTER_EXPORTER_H_
