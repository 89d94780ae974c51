// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "exporter/metrics/process.h"
#include "exporter/request/options.h"
#include "oci/error.h"

namespace waybill::exporter::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::Registry;

constexpr char kOther[] = "other";
constexpr char kOk[] = "ok";

// Seconds: a small image in the same machine, a large one over a slow line.
const Histogram::BucketBoundaries& Durations() {
  static const auto* const boundaries =
      new Histogram::BucketBoundaries{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800};
  return *boundaries;
}

std::string NameOf(oci::Retried::Why why) {
  switch (why) {
    case oci::Retried::Why::kRateLimit:
      return "rate_limit";
    case oci::Retried::Why::kTransient:
      return "transient";
    case oci::Retried::Why::kUnreachable:
      break;
  }
  return "unreachable";
}

std::string NameOf(const oci::FallbackTagEnded& tag) {
  if (!tag.written) return "failed";
  return tag.repaired ? "repaired" : "written";
}

std::vector<std::string> KnownTypes() {
  using request::ExporterType;
  std::vector<std::string> names;
  for (const ExporterType type :
       {ExporterType::kDocker, ExporterType::kImage, ExporterType::kLocal, ExporterType::kOci, ExporterType::kTar}) {
    names.emplace_back(request::TypeName(type));
  }
  return names;
}

std::string TypeLabel(const std::string& type) {
  for (std::string& known : KnownTypes()) {
    if (known == type) return std::move(known);
  }
  return kOther;
}

// "ok", or the reason of the failure in lower case.
std::string ResultLabel(const absl::Status& status) {
  if (status.ok()) return kOk;
  return absl::AsciiStrToLower(oci::ReasonName(oci::ReasonOf(status).value_or(oci::Reason::kInternal)));
}

Family<Counter>& NewCounter(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Histogram>& NewHistogram(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Families {
  Registry registry;
  Family<Counter>& exports = NewCounter(registry, "waybill_exports_total", "Exports that ended, by type and result.");
  Family<Histogram>& export_seconds =
      NewHistogram(registry, "waybill_export_duration_seconds", "Time from an export's request to its end, by type.");
  Family<Histogram>& stage_seconds =
      NewHistogram(registry, "waybill_export_stage_duration_seconds", "Time that a stage of an export took.");
  Family<Histogram>& wait_seconds =
      NewHistogram(registry, "waybill_export_queue_wait_seconds", "Time that an export waited for its turn.");
  Family<Counter>& blobs = NewCounter(registry, "waybill_push_blobs_total",
                                      "Blobs that pushes brought to repositories: their bytes were pushed, or mounted "
                                      "from another repository, or present.");
  Family<Counter>& blob_bytes =
      NewCounter(registry, "waybill_push_blob_bytes_total", "Sizes of the blobs in waybill_push_blobs_total.");
  Family<Counter>& retries =
      NewCounter(registry, "waybill_registry_retries_total",
                 "Requests and uploads to registries that were tried again, by host and reason.");
  Family<Counter>& fallback_tags = NewCounter(registry, "waybill_fallback_tags_total",
                                              "Fallback tags of referrers that pushes needed, by what became of them.");
  Family<Counter>& downgrades = NewCounter(
      registry, "waybill_attestation_downgrades_total",
      "Pushes whose registry refused the attestations and got the image without them or in the legacy form.");
  Family<Counter>& evictions =
      NewCounter(registry, "waybill_store_evicted_blobs_total", "Blobs that went to make room for others.");
  Family<Counter>& evicted_bytes = NewCounter(registry, "waybill_store_evicted_bytes_total",
                                              "Bytes of the blobs that went to make room for others.");
  Family<Counter>& conversions = NewCounter(registry, "waybill_layer_conversions_total", "Layers that were converted.");
  Family<Counter>& bytes_in = NewCounter(registry, "waybill_layer_conversion_input_bytes_total",
                                         "Bytes of the layers that were converted, as they came.");
  Family<Counter>& bytes_out =
      NewCounter(registry, "waybill_layer_conversion_output_bytes_total", "Bytes of the layers that conversions made.");

  Families(Program program, const std::string& version) {
    prometheus::BuildGauge()
        .Name("waybill_build_info")
        .Help("1, with the version as a label.")
        .Register(registry)
        .Add({{"version", version}}, 1);
    for (const std::string& type : KnownTypes()) {
      exports.Add({{"type", type}, {"result", kOk}});
      export_seconds.Add({{"type", type}}, Durations());
    }
    using How = oci::BlobDelivered::How;
    for (const How how : {How::kPushed, How::kMounted, How::kPresent}) {
      blobs.Add({{"how", std::string(NameOf(how))}});
      blob_bytes.Add({{"how", std::string(NameOf(how))}});
    }
    for (const char* const result : {"written", "repaired", "failed"}) fallback_tags.Add({{"result", result}});
    downgrades.Add({});
    wait_seconds.Add({}, Durations());
    stage_seconds.Add({{"stage", std::string(NameOf(oci::Stage::kDeliver))}}, Durations());
    // The daemon behind a bridge makes layers and documents.
    if (program == Program::kBridge) return;
    using oci::Stage;
    for (const Stage stage : {Stage::kLayers, Stage::kAssemble, Stage::kUnpack}) {
      stage_seconds.Add({{"stage", std::string(NameOf(stage))}}, Durations());
    }
    for (Family<Counter>* const family : {&conversions, &bytes_in, &bytes_out, &evictions, &evicted_bytes}) {
      family->Add({});
    }
  }
};

// Puts facts into the families.
class Metrics::Tally {
 public:
  explicit Tally(Metrics& metrics) : metrics_(metrics), families_(*metrics.families_) {}

  void operator()(const oci::QueueWaited& wait) const {
    families_.wait_seconds.Add({}, Durations()).Observe(absl::ToDoubleSeconds(wait.took));
  }
  void operator()(const oci::StageEnded& end) const {
    families_.stage_seconds.Add({{"stage", std::string(NameOf(end.stage))}}, Durations())
        .Observe(absl::ToDoubleSeconds(end.took));
  }
  void operator()(const oci::BlobDelivered& blob) const {
    families_.blobs.Add({{"how", std::string(NameOf(blob.how))}}).Increment();
    families_.blob_bytes.Add({{"how", std::string(NameOf(blob.how))}}).Increment(static_cast<double>(blob.bytes));
  }
  void operator()(const oci::LayerConverted& layer) const {
    families_.conversions.Add({}).Increment();
    families_.bytes_in.Add({}).Increment(static_cast<double>(layer.bytes_in));
    families_.bytes_out.Add({}).Increment(static_cast<double>(layer.bytes_out));
  }
  void operator()(const oci::Retried& retry) const {
    families_.retries.Add({{"host", metrics_.HostLabel(retry.host)}, {"reason", NameOf(retry.why)}}).Increment();
  }
  void operator()(const oci::FallbackTagEnded& tag) const {
    families_.fallback_tags.Add({{"result", NameOf(tag)}}).Increment();
  }
  void operator()(const oci::AttestationsDowngraded&) const { families_.downgrades.Add({}).Increment(); }

 private:
  Metrics& metrics_;
  Families& families_;
};

Metrics::Metrics(Program program, const std::string& version, ReadGauges read)
    : read_(std::move(read)), families_(std::make_unique<Families>(program, version)) {}

Metrics::~Metrics() = default;

void Metrics::Observe(const oci::Fact& fact) { std::visit(Tally(*this), fact); }

void Metrics::CountEvicted(int64_t blobs, int64_t bytes) {
  families_->evictions.Add({}).Increment(static_cast<double>(blobs));
  families_->evicted_bytes.Add({}).Increment(static_cast<double>(bytes));
}

void Metrics::Count(const ExportEnd& end) {
  const std::string type = TypeLabel(end.type);
  families_->exports.Add({{"type", type}, {"result", ResultLabel(end.status)}}).Increment();
  families_->export_seconds.Add({{"type", type}}, Durations()).Observe(absl::ToDoubleSeconds(end.took));
}

std::string Metrics::HostLabel(const std::string& host) {
  absl::MutexLock lock(&mutex_);
  if (hosts_.contains(host)) return host;
  if (hosts_.size() >= kMaxHosts) return kOther;
  return *hosts_.insert(host).first;
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families = families_->registry.Collect();
  const auto add = [&families](const std::vector<Gauge>& gauges, prometheus::MetricType type) {
    for (const Gauge& gauge : gauges) {
      prometheus::ClientMetric value;
      value.gauge.value = gauge.value;
      value.counter.value = gauge.value;
      families.push_back({.name = gauge.name, .help = gauge.help, .type = type, .metric = {value}});
    }
  };
  if (read_ != nullptr) add(read_(), prometheus::MetricType::Gauge);
  const ProcessValues process = ReadProcess();
  add(process.gauges, prometheus::MetricType::Gauge);
  add(process.counters, prometheus::MetricType::Counter);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace waybill::exporter::metrics
