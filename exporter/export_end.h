// SPDX-License-Identifier: Apache-2.0
// How one export of a service or bridge ended, for whoever keeps a log or counts.
#ifndef WAYBILL_EXPORTER_EXPORT_END_H_
#define WAYBILL_EXPORTER_EXPORT_END_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace waybill::exporter {

struct ExportEnd {
  // Of a service the id that it gave the request, and told the client (waybill-request-id); of a bridge the reference
  // of the build, which the client chose.
  std::string id = {};
  std::string type;   // as the request has it, which may be anything; "-" for a request that was not read
  std::string names;  // as the request has them, separated by commas
  absl::Status status;
  absl::Duration took;  // of a service from the request on, of a bridge from the turn of the exporter on
};
// Called from several threads at once.
using ExportEndSink = std::function<void(const ExportEnd&)>;

}  // namespace waybill::exporter

#endif  // WAYBILL_EXPORTER_EXPORT_END_H_
