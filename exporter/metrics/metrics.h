// SPDX-License-Identifier: Apache-2.0
// What a service or bridge counts, as families of prometheus-cpp (docs/metrics.md lists them). The rooms below tell
// facts (oci/observer.h) and know nothing of metrics.
#ifndef WAYBILL_EXPORTER_METRICS_METRICS_H_
#define WAYBILL_EXPORTER_METRICS_METRICS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "exporter/export_end.h"
#include "oci/observer.h"

namespace waybill::exporter::metrics {

// Labels are bounded, whatever clients ask for: types that the exporter does not have, and hosts beyond kMaxHosts, are
// "other". Thread-safe.
class Metrics final : public oci::Observer {
 public:
  static constexpr size_t kMaxHosts = 50;

  // A value that is read when it is asked for.
  struct Gauge {
    std::string name;
    std::string help;
    double value = 0;
  };
  using ReadGauges = std::function<std::vector<Gauge>()>;

  // Which series there are from the start, at 0.
  enum class Program { kService, kBridge };
  // `read` may block and is called by Text; what it reads must outlive this.
  Metrics(Program program, const std::string& version, ReadGauges read);
  ~Metrics() override;

  void Observe(const oci::Fact& fact) override;
  void Count(const ExportEnd& end);
  // Of blobs that went from the store to make room for others.
  void CountEvicted(int64_t blobs, int64_t bytes);

  // All of it in Prometheus' text format, 0.0.4, with the process's own metrics. May block.
  std::string Text() const;

 private:
  struct Families;
  class Tally;

  std::string HostLabel(const std::string& host);

  const ReadGauges read_;
  const std::unique_ptr<Families> families_;
  absl::Mutex mutex_;
  std::set<std::string> hosts_ ABSL_GUARDED_BY(mutex_);
};

// The media type of Metrics::Text.
inline constexpr absl::string_view kTextType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace waybill::exporter::metrics

#endif  // WAYBILL_EXPORTER_METRICS_METRICS_H_
