// SPDX-License-Identifier: Apache-2.0
// Prometheus' own parser reads the whole text in tools/e2e/service/metrics_test.sh.
#include "exporter/metrics/metrics.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "exporter/metrics/endpoint.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"

namespace waybill::exporter::metrics {
namespace {

using Program = Metrics::Program;

// The value of a series; -1 without one.
double ValueOf(const std::string& text, absl::string_view series) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    double value = 0;
    if (absl::ConsumePrefix(&line, absl::StrCat(series, " ")) && absl::SimpleAtod(line, &value)) return value;
  }
  return -1;
}

int SeriesOf(const std::string& text, absl::string_view name) {
  int count = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) count += absl::StartsWith(line, name) ? 1 : 0;
  return count;
}

TEST(MetricsTest, EachFactMovesItsSeries) {
  Metrics metrics(Program::kService, "v1.2.3", nullptr);
  const std::string before = metrics.Text();
  metrics.Observe(oci::QueueWaited{.took = absl::Milliseconds(20)});
  metrics.Observe(oci::StageEnded{.stage = oci::Stage::kAssemble, .took = absl::Seconds(2)});
  metrics.Observe(oci::BlobDelivered{.how = oci::BlobDelivered::How::kMounted, .bytes = 7});
  metrics.Observe(oci::LayerConverted{.bytes_in = 100, .bytes_out = 30});
  metrics.Observe(oci::Retried{.host = "localhost:5000", .why = oci::Retried::Why::kRateLimit});
  metrics.Observe(oci::FallbackTagEnded{.written = true, .repaired = true});
  metrics.Observe(oci::AttestationsDowngraded());
  metrics.CountEvicted(/*blobs=*/2, /*bytes=*/300);
  const std::string after = metrics.Text();
  const std::vector<std::pair<std::string, double>> moved = {
      {"waybill_export_queue_wait_seconds_count", 1},
      {"waybill_export_queue_wait_seconds_bucket{le=\"0.01\"}", 0},
      {"waybill_export_queue_wait_seconds_bucket{le=\"0.05\"}", 1},
      {"waybill_export_stage_duration_seconds_count{stage=\"assemble\"}", 1},
      {"waybill_export_stage_duration_seconds_sum{stage=\"assemble\"}", 2},
      {"waybill_push_blobs_total{how=\"mounted\"}", 1},
      {"waybill_push_blob_bytes_total{how=\"mounted\"}", 7},
      {"waybill_layer_conversions_total", 1},
      {"waybill_layer_conversion_input_bytes_total", 100},
      {"waybill_layer_conversion_output_bytes_total", 30},
      {"waybill_fallback_tags_total{result=\"repaired\"}", 1},
      {"waybill_attestation_downgrades_total", 1},
      {"waybill_store_evicted_blobs_total", 2},
      {"waybill_store_evicted_bytes_total", 300}};
  for (const auto& [series, value] : moved) {
    EXPECT_EQ(ValueOf(before, series), 0) << series;
    EXPECT_EQ(ValueOf(after, series), value) << series << "\n" << after;
  }
  EXPECT_EQ(ValueOf(after, "waybill_registry_retries_total{host=\"localhost:5000\",reason=\"rate_limit\"}"), 1);
  EXPECT_EQ(ValueOf(after, "waybill_build_info{version=\"v1.2.3\"}"), 1);
}

TEST(MetricsTest, ExportsByTypeAndResult) {
  Metrics metrics(Program::kService, "v1", nullptr);
  metrics.Count({.type = "image", .names = "a", .status = absl::OkStatus(), .took = absl::Seconds(3)});
  metrics.Count({.type = "image", .names = "a", .status = oci::MakeError(oci::Reason::kAuth, "no"), .took = {}});
  metrics.Count({.type = "oci", .names = "", .status = absl::UnavailableError("elsewhere"), .took = {}});
  for (const char* const type : {"", "-", "IMAGE", "\"}\nx 1"}) {
    metrics.Count({.type = type, .names = "", .status = oci::InvalidInputError("no such type"), .took = {}});
  }
  const std::string text = metrics.Text();
  EXPECT_EQ(ValueOf(text, "waybill_exports_total{result=\"ok\",type=\"image\"}"), 1);
  EXPECT_EQ(ValueOf(text, "waybill_exports_total{result=\"auth\",type=\"image\"}"), 1);
  EXPECT_EQ(ValueOf(text, "waybill_exports_total{result=\"network\",type=\"oci\"}"), 1);
  EXPECT_EQ(ValueOf(text, "waybill_exports_total{result=\"invalid_input\",type=\"other\"}"), 4);
  EXPECT_EQ(ValueOf(text, "waybill_export_duration_seconds_sum{type=\"image\"}"), 3);
}

TEST(MetricsTest, HostsAreBounded) {
  Metrics metrics(Program::kService, "v1", nullptr);
  for (int i = 0; i < 1000; ++i) metrics.Observe(oci::Retried{.host = absl::StrCat("host", i)});
  metrics.Observe(oci::Retried{.host = "host0"});
  const std::string text = metrics.Text();
  EXPECT_EQ(SeriesOf(text, "waybill_registry_retries_total{"), static_cast<int>(Metrics::kMaxHosts) + 1);
  EXPECT_EQ(ValueOf(text, "waybill_registry_retries_total{host=\"host0\",reason=\"transient\"}"), 2);
  EXPECT_EQ(ValueOf(text, "waybill_registry_retries_total{host=\"other\",reason=\"transient\"}"),
            1000 - static_cast<double>(Metrics::kMaxHosts));
}

TEST(MetricsTest, ABridgeHasNoSeriesThatItsDaemonMoves) {
  const std::string text = Metrics(Program::kBridge, "v1", nullptr).Text();
  EXPECT_EQ(SeriesOf(text, "waybill_layer_conversions_total"), 0) << text;
  EXPECT_EQ(ValueOf(text, "waybill_export_stage_duration_seconds_count{stage=\"deliver\"}"), 0);
  EXPECT_EQ(ValueOf(text, "waybill_export_stage_duration_seconds_count{stage=\"layers\"}"), -1);
}

TEST(MetricsTest, GaugesAreReadEachTime) {
  double value = 1;
  Metrics metrics(Program::kService, "v1", [&value] {
    return std::vector<Metrics::Gauge>{{.name = "waybill_x", .help = "X.", .value = value}};
  });
  EXPECT_EQ(ValueOf(metrics.Text(), "waybill_x"), 1);
  value = 5;
  EXPECT_EQ(ValueOf(metrics.Text(), "waybill_x"), 5);
  EXPECT_TRUE(absl::StrContains(metrics.Text(), "# HELP waybill_x X.\n# TYPE waybill_x gauge\nwaybill_x 5\n"));
}

TEST(MetricsTest, TheProcessAsTheKernelSeesIt) {
  Metrics metrics(Program::kService, "v1", nullptr);
  const std::string before = metrics.Text();
  const std::vector<oci::file::Fd> more = [] {
    std::vector<oci::file::Fd> fds;
    for (int i = 0; i < 3; ++i) fds.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    return fds;
  }();
  const std::string after = metrics.Text();
  EXPECT_EQ(ValueOf(after, "process_open_fds"), ValueOf(before, "process_open_fds") + 3);
  EXPECT_EQ(ValueOf(after, "process_max_fds"), static_cast<double>(sysconf(_SC_OPEN_MAX)));
  EXPECT_GT(ValueOf(after, "process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(ValueOf(after, "process_virtual_memory_bytes"), ValueOf(after, "process_resident_memory_bytes"));
  EXPECT_GE(ValueOf(after, "process_cpu_seconds_total"), 0);
  const double age =
      absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) - ValueOf(after, "process_start_time_seconds");
  EXPECT_GT(age, -2);
  EXPECT_LT(age, 3600);
  EXPECT_TRUE(absl::StrContains(after, "# TYPE process_cpu_seconds_total counter\n"));
}

TEST(EndpointTest, ServesOnePath) {
  const Metrics metrics(Program::kService, "v1", nullptr);
  Endpoint endpoint(metrics);
  const auto status = [&endpoint](const std::string& method, const std::string& target) {
    const auto taken = endpoint.Take({.method = method, .target = target, .headers = {}});
    const auto* const answer = std::get_if<http::Answer>(&taken);
    return answer == nullptr ? 200 : answer->status;
  };
  EXPECT_EQ(status("GET", "/metrics"), 200);
  EXPECT_EQ(status("HEAD", "/metrics?x=y"), 200);
  EXPECT_EQ(status("POST", "/metrics"), 405);
  EXPECT_EQ(status("GET", "/"), 404);
  EXPECT_EQ(status("GET", "/metrics/"), 404);
}

}  // namespace
}  // namespace waybill::exporter::metrics
