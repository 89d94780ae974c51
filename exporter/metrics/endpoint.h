// SPDX-License-Identifier: Apache-2.0
// Metrics over HTTP.
#ifndef WAYBILL_EXPORTER_METRICS_ENDPOINT_H_
#define WAYBILL_EXPORTER_METRICS_ENDPOINT_H_

#include <variant>

#include "exporter/http/message.h"
#include "exporter/metrics/metrics.h"

namespace waybill::exporter::metrics {

// Serves GET and HEAD of /metrics, with any query. Thread-safe.
class Endpoint final : public http::Handler {
 public:
  // `metrics` must outlive this.
  explicit Endpoint(const Metrics& metrics) : metrics_(metrics) {}
  std::variant<http::Answer, http::Work> Take(const http::Request& request) override;

 private:
  const Metrics& metrics_;
};

}  // namespace waybill::exporter::metrics

#endif  // WAYBILL_EXPORTER_METRICS_ENDPOINT_H_
