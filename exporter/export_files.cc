// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "exporter/exporter.h"
#include "exporter/files/collisions.h"
#include "exporter/files/statement_files.h"
#include "exporter/files/unpack.h"
#include "oci/error.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter {
namespace {

absl::StatusOr<std::unique_ptr<files::PlatformFiles>> MakePlatform(const oci::Context& context,
                                                                   const plan::PlatformPlan& plan,
                                                                   const request::ExportOptions& options, int64_t now,
                                                                   const files::Places& places) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<files::PlatformFiles> platform,
                        files::Unpack(context, plan, options.source_path, places));
  ABSL_RETURN_IF_ERROR(files::AddStatements(context, plan, options, now, places, *platform));
  return platform;
}

absl::StatusOr<files::Files> MakeAll(const oci::Context& context, const plan::FilesPlan& plan,
                                     const request::ExportOptions& options, int64_t now, const files::Places& places) {
  files::Files all;
  for (const plan::PlatformPlan& platform : plan.platforms) {
    absl::StatusOr<std::unique_ptr<files::PlatformFiles>> made = MakePlatform(context, platform, options, now, places);
    if (!made.ok()) {
      return plan.platforms.size() > 1 ? oci::Annotate(made.status(), absl::StrCat("platform ", platform.platform.id))
                                       : made.status();
    }
    all.push_back(*std::move(made));
  }
  ABSL_RETURN_IF_ERROR(files::CheckCollisions(context, all));
  // Directories of platforms come in the order of their names, as those within a platform.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->folder < b->folder; });
  return all;
}

absl::StatusOr<files::Files> UnpackAll(const oci::Context& context, const plan::FilesPlan& plan,
                                       const request::ExportOptions& options, int64_t now,
                                       const files::Places& places) {
  oci::StageTimer timer(context, oci::Stage::kUnpack);
  return timer.Close(MakeAll(timer.context(), plan, options, now, places));
}

}  // namespace

absl::StatusOr<Report> Exporter::ExportFiles(const oci::Context& context, const request::BuildResult& result,
                                             const request::ExportOptions& options, oci::content::Fetcher& source,
                                             oci::content::Store& staging, files::FilesOutput& output) const {
  ABSL_ASSIGN_OR_RETURN(const plan::FilesPlan plan, plan::MakeFilesPlan(result, options, deps_.host));
  return ExportFiles(context, plan, options, source, staging, output);
}

absl::StatusOr<Report> Exporter::ExportFiles(const oci::Context& context, const plan::FilesPlan& plan,
                                             const request::ExportOptions& options, oci::content::Fetcher& source,
                                             oci::content::Store& staging, files::FilesOutput& output) const {
  for (const std::string& warning : plan.warnings) {
    context.Report({.state = oci::ProgressEvent::State::kWarning, .detail = warning});
  }
  const int64_t now = absl::ToUnixSeconds(deps_.now());
  const files::Places places{.source = source, .staging = staging, .scratch_directory = deps_.scratch_directory};
  ABSL_ASSIGN_OR_RETURN(files::Files all, UnpackAll(context, plan, options, now, places));
  oci::StageTimer timer(context, oci::Stage::kDeliver);
  ABSL_RETURN_IF_ERROR(timer.Close(output.Deliver(timer.context(), all, options)));
  return Report{.root = std::nullopt, .response = {}};
}

}  // namespace waybill::exporter
