// SPDX-License-Identifier: Apache-2.0
// What the golden cases are run against: the export in this process, a service, a command line.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_EXPORTER_UNDER_TEST_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_EXPORTER_UNDER_TEST_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exporter/request/export_request.h"

namespace waybill::golden::recorded {

// The version string with which the recordings were made; SBOM creators name it.
inline constexpr char kRecordedVersion[] = "v0.0.0+unknown";

struct Job {
  std::string bundle;  // a result bundle's directory
  exporter::request::ExportRequest request;
  // Where the archive is to be written, or the directory for "tar=false". A push goes to a registry that stands for
  // all the recorded ones and keeps each repository as an OCI layout below this directory. Does not exist yet; an image
  // without push writes nothing.
  std::string destination;
  absl::Time now;  // the clock of the export
};

class ExporterUnderTest {
 public:
  virtual ~ExporterUnderTest() = default;
  // The exporter's response. A host of linux/amd64 and kRecordedVersion are part of the recordings.
  virtual absl::StatusOr<std::map<std::string, std::string>> Export(const Job& job) = 0;
};

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_EXPORTER_UNDER_TEST_H_
