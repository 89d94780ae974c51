// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/settings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/file/settings_file.h"
#include "oci/http/curl/tls_check.h"
#include "oci/http/url.h"
#include "oci/status_macros.h"
#include "oci/words/percent.h"
#include "oci/words/quote.h"

namespace waybill::exporter::traces {
namespace {

constexpr char kTracesPath[] = "/v1/traces";
// Where collectors listen, for OTEL_TRACES_EXPORTER=otlp without an address.
constexpr char kDefaultUrl[] = "http://localhost:4318/v1/traces";
constexpr int kMaxSpans = 1 << 20;

struct Variable {
  std::string name;
  std::string value;  // "" when it is not set
};

absl::Status Wrong(const Variable& variable, absl::string_view what) {
  return oci::InvalidInputError(absl::StrCat(variable.name, ": ", what));
}

// Variables of OTLP: the one for traces goes before the one for all signals.
class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  Variable Get(absl::string_view name) const { return {std::string(name), environment_(name).value_or("")}; }
  Variable Otlp(absl::string_view name) const {
    Variable traces = Get(absl::StrCat("OTEL_EXPORTER_OTLP_TRACES_", name));
    return traces.value.empty() ? Get(absl::StrCat("OTEL_EXPORTER_OTLP_", name)) : traces;
  }
  bool IsTrue(absl::string_view name) const { return absl::EqualsIgnoreCase(Get(name).value, "true"); }

 private:
  const Environment& environment_;
};

absl::Status ReadCount(const Variable& variable, int64_t most, int64_t& count) {
  if (variable.value.empty()) return absl::OkStatus();
  if (absl::SimpleAtoi(variable.value, &count) && count > 0 && count <= most) return absl::OkStatus();
  return Wrong(variable, absl::StrCat("not a number from 1 to ", most));
}

absl::Status ReadMilliseconds(const Variable& variable, absl::Duration& duration) {
  int64_t milliseconds = absl::ToInt64Milliseconds(duration);
  ABSL_RETURN_IF_ERROR(ReadCount(variable, absl::ToInt64Milliseconds(absl::Hours(1)), milliseconds));
  duration = absl::Milliseconds(milliseconds);
  return absl::OkStatus();
}

// "key=value,key=value", values percent-encoded, as W3C Baggage has it. No error says a value.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ReadPairs(const Variable& variable) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const absl::string_view part : absl::StrSplit(variable.value, ',', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> halves = absl::StrSplit(part, absl::MaxSplits('=', 1));
    const std::string key(absl::StripAsciiWhitespace(halves.first));
    const std::optional<std::string> value = oci::words::PercentDecoded(absl::StripAsciiWhitespace(halves.second));
    if (key.empty() || !absl::StrContains(part, '=') || !value.has_value()) {
      return Wrong(variable, "not \"key=value,key=value\" with percent-encoded values");
    }
    pairs.emplace_back(key, *value);
  }
  return pairs;
}

absl::Status ReadHeaders(const Variable& variable, oci::http::Headers& headers) {
  ABSL_ASSIGN_OR_RETURN(const auto pairs, ReadPairs(variable));
  for (const auto& [name, value] : pairs) {
    for (const char c : absl::StrCat(name, value)) {
      if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return Wrong(variable, "no header fields");
    }
    headers.Add(name, value);
  }
  return absl::OkStatus();
}

// The address for traces is taken as it is; the one for all signals gets a path.
absl::StatusOr<std::string> ReadUrl(const Reader& reader) {
  const Variable traces = reader.Get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const Variable all = reader.Get("OTEL_EXPORTER_OTLP_ENDPOINT");
  const Variable& used = traces.value.empty() ? all : traces;
  if (used.value.empty()) return std::string(kDefaultUrl);
  const std::string text =
      traces.value.empty() ? absl::StrCat(absl::StripSuffix(all.value, "/"), kTracesPath) : traces.value;
  const absl::StatusOr<oci::http::Url> url = oci::http::Url::Parse(text);
  if (!url.ok()) return oci::Annotate(url.status(), used.name);
  return url->ToString();
}

absl::Status ReadTls(const Reader& reader, oci::http::TlsSettings& tls) {
  const Variable roots = reader.Otlp("CERTIFICATE");
  if (!roots.value.empty()) {
    absl::StatusOr<std::string> read = oci::file::ReadSettingsFile(roots.value);
    if (!read.ok()) return oci::Annotate(read.status(), roots.name);
    tls.extra_roots = *std::move(read);
  }
  tls.certificate_file = reader.Otlp("CLIENT_CERTIFICATE").value;
  tls.key_file = reader.Otlp("CLIENT_KEY").value;
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return oci::InvalidInputError(
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY belong together");
  }
  if (tls == oci::http::TlsSettings()) return absl::OkStatus();
  return oci::Annotate(oci::http::curl::CheckTls(tls), "OTEL_EXPORTER_OTLP certificates");
}

absl::Status ReadSampler(const Reader& reader, Sampler& sampler) {
  const Variable name = reader.Get("OTEL_TRACES_SAMPLER");
  if (name.value.empty()) return absl::OkStatus();
  absl::string_view kind = name.value;
  sampler.follow_caller = absl::ConsumePrefix(&kind, "parentbased_");
  if (kind == "always_on") return absl::OkStatus();
  if (kind == "always_off") {
    sampler.ratio = 0;
    return absl::OkStatus();
  }
  if (kind != "traceidratio") {
    return Wrong(name, absl::StrCat("no sampler ", oci::words::Quoted(name.value),
                                    ": there are always_on, always_off and traceidratio, and the same behind "
                                    "parentbased_"));
  }
  const Variable argument = reader.Get("OTEL_TRACES_SAMPLER_ARG");
  if (argument.value.empty()) return absl::OkStatus();
  if (!absl::SimpleAtod(argument.value, &sampler.ratio) || !(sampler.ratio >= 0 && sampler.ratio <= 1)) {
    return Wrong(argument, "not a number from 0 to 1");
  }
  return absl::OkStatus();
}

// What waybill does not have, and must not pass over.
absl::Status CheckProtocol(const Reader& reader) {
  const Variable protocol = reader.Otlp("PROTOCOL");
  if (!protocol.value.empty() && protocol.value != "http/protobuf") {
    return Wrong(protocol,
                 absl::StrCat("waybill sends traces by http/protobuf, not by ", oci::words::Quoted(protocol.value),
                              "; OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is for traces alone, and "
                              "OTEL_SDK_DISABLED=true turns them off"));
  }
  const Variable compression = reader.Otlp("COMPRESSION");
  if (!compression.value.empty() && compression.value != "none") {
    return Wrong(compression, "waybill sends traces without compression: none");
  }
  return absl::OkStatus();
}

// Whether anything asks for traces.
absl::StatusOr<bool> AreWanted(const Reader& reader) {
  if (reader.IsTrue("OTEL_SDK_DISABLED")) return false;
  const Variable exporter = reader.Get("OTEL_TRACES_EXPORTER");
  if (exporter.value == "none") return false;
  if (exporter.value.empty()) return !reader.Otlp("ENDPOINT").value.empty();
  if (exporter.value == "otlp") return true;
  return Wrong(exporter, absl::StrCat("waybill has otlp and none, not ", oci::words::Quoted(exporter.value)));
}

absl::Status ReadBatches(const Reader& reader, Settings& settings) {
  auto queue = static_cast<int64_t>(settings.queue), batch = static_cast<int64_t>(settings.batch);
  ABSL_RETURN_IF_ERROR(ReadCount(reader.Get("OTEL_BSP_MAX_QUEUE_SIZE"), kMaxSpans, queue));
  ABSL_RETURN_IF_ERROR(ReadCount(reader.Get("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"), kMaxSpans, batch));
  settings.queue = static_cast<size_t>(queue);
  settings.batch = static_cast<size_t>(std::min(queue, batch));
  return ReadMilliseconds(reader.Get("OTEL_BSP_SCHEDULE_DELAY"), settings.delay);
}

}  // namespace

bool Sampler::Samples(const oci::trace::SpanContext& remote, const oci::trace::TraceId& trace) const {
  if (follow_caller && remote.valid()) return remote.sampled;
  if (ratio >= 1) return true;
  // All but the last bit of the last eight bytes, as a fraction.
  uint64_t bits = 0;
  for (size_t i = 8; i < trace.size(); ++i) bits = bits << 8 | trace[i];
  return bits >> 1 < static_cast<uint64_t>(std::ldexp(ratio, 63));
}

absl::StatusOr<std::optional<Settings>> ReadSettings(const Environment& environment) {
  const Reader reader(environment);
  ABSL_ASSIGN_OR_RETURN(const bool wanted, AreWanted(reader));
  if (!wanted) return std::optional<Settings>();
  ABSL_RETURN_IF_ERROR(CheckProtocol(reader));
  Settings settings;
  ABSL_ASSIGN_OR_RETURN(settings.url, ReadUrl(reader));
  ABSL_RETURN_IF_ERROR(ReadHeaders(reader.Otlp("HEADERS"), settings.headers));
  ABSL_RETURN_IF_ERROR(ReadTls(reader, settings.tls));
  ABSL_RETURN_IF_ERROR(ReadMilliseconds(reader.Otlp("TIMEOUT"), settings.timeout));
  ABSL_RETURN_IF_ERROR(ReadSampler(reader, settings.sampler));
  ABSL_RETURN_IF_ERROR(ReadBatches(reader, settings));
  ABSL_ASSIGN_OR_RETURN(const auto attributes, ReadPairs(reader.Get("OTEL_RESOURCE_ATTRIBUTES")));
  settings.resource.insert(attributes.begin(), attributes.end());
  const Variable service = reader.Get("OTEL_SERVICE_NAME");
  if (!service.value.empty()) settings.resource["service.name"] = service.value;
  return std::optional<Settings>(std::move(settings));
}

}  // namespace waybill::exporter::traces
