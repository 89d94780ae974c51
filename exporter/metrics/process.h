// SPDX-License-Identifier: Apache-2.0
// The process's own values, under the names that Prometheus' client libraries have for them
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/, "Process metrics").
#ifndef WAYBILL_EXPORTER_METRICS_PROCESS_H_
#define WAYBILL_EXPORTER_METRICS_PROCESS_H_

#include <vector>

#include "exporter/metrics/metrics.h"

namespace waybill::exporter::metrics {

struct ProcessValues {
  std::vector<Metrics::Gauge> gauges;
  std::vector<Metrics::Gauge> counters;
};

// As /proc tells them now. What it does not tell is left out.
ProcessValues ReadProcess();

}  // namespace waybill::exporter::metrics

#endif  // WAYBILL_EXPORTER_METRICS_PROCESS_H_
