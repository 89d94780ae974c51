// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/build_reports.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "exporter/bridge/remote/status_reader.h"
#include "exporter/bridge/solve/exporter_roots.h"
#include "exporter/bridge/solve/written_images.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::builds {
namespace {

// How long the daemon's report of a finished exporter may be behind its answer.
constexpr absl::Duration kReportDelay = absl::Seconds(10);

}  // namespace

void BuildReports::SetMetadata(request::Metadata metadata) {
  absl::MutexLock lock(&mutex_);
  metadata_ = std::move(metadata);
}

std::optional<request::Metadata> BuildReports::metadata() const {
  absl::MutexLock lock(&mutex_);
  return metadata_;
}

bool BuildReports::Observe(const moby::buildkit::v1::StatusResponse& status) {
  absl::MutexLock lock(&mutex_);
  reports_.Observe(status);
  return reports_.Completed();
}

bool BuildReports::OneImageWriter() const {
  absl::MutexLock lock(&mutex_);
  return reports_.all().size() == 1;
}

absl::StatusOr<oci::Digest> BuildReports::RootOf(const oci::Context& context, int exporter, BuildContent& content) {
  // The statuses that the client has watched may be all.
  if (!Observe({})) {
    remote::ReadStatus(context.WithDeadline(clock_.Now() + kReportDelay), daemon_, ref_,
                       [this](const moby::buildkit::v1::StatusResponse& status) { return Observe(status); });
  }
  std::vector<solve::ExporterReports::Report> reports;
  {
    absl::MutexLock lock(&mutex_);
    reports = reports_.all();
  }
  solve::WrittenImages images;
  for (const auto& [digest, count] : content.copies()) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                          oci::content::VerifiedBytes(context, content.documents(), {.digest = digest, .size = -1},
                                                      oci::image::kMaxManifestBytes));
    images.Add(digest, bytes, count);
  }
  const std::map<int, oci::Digest> roots = solve::RootsOfExporters(reports, images.All());
  const auto found = roots.find(exporter);
  if (found != roots.end()) return found->second;
  return oci::NotFoundError(
      absl::StrCat("several images in one build: the daemon did not report which one exporter ", exporter, " wrote"));
}

}  // namespace waybill::exporter::bridge::builds
