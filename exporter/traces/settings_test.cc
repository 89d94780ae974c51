// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/settings.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/trace/trace_context.h"

namespace waybill::exporter::traces {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

using Variables = std::map<std::string, std::string, std::less<>>;

absl::StatusOr<std::optional<Settings>> Read(const Variables& variables) {
  return ReadSettings([&variables](absl::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

// Settings of an environment that asks for traces.
Settings ReadWith(Variables variables) {
  variables.emplace("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
  const absl::StatusOr<std::optional<Settings>> settings = Read(variables);
  if (!settings.ok() || !settings->has_value()) {
    ADD_FAILURE() << settings.status();
    return {};
  }
  return **settings;
}

std::string RefusalOf(Variables variables) {
  variables.emplace("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
  const absl::Status refusal = Read(variables).status();
  EXPECT_EQ(oci::ReasonOf(refusal), oci::Reason::kInvalidInput);
  return std::string(refusal.message());
}

TEST(SettingsTest, NothingIsTracedUnlessAsked) {
  for (const Variables& variables : {
           Variables{},
           Variables{{"OTEL_SERVICE_NAME", "x"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}},
           Variables{{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}},
           Variables{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"}, {"OTEL_SDK_DISABLED", "True"}},
           Variables{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"}, {"OTEL_TRACES_EXPORTER", "none"}},
       }) {
    const absl::StatusOr<std::optional<Settings>> settings = Read(variables);
    ASSERT_TRUE(settings.ok()) << settings.status();
    EXPECT_FALSE(settings->has_value());
  }
}

TEST(SettingsTest, TheAddressForTracesIsTakenAsItIs) {
  EXPECT_EQ(ReadWith({}).url, "http://collector:4318/v1/traces");
  EXPECT_EQ(ReadWith({{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector/otlp/"}}).url,
            "https://collector/otlp/v1/traces");
  EXPECT_EQ(ReadWith({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces/in?x=1"}}).url, "https://traces/in?x=1");
  EXPECT_EQ(ReadWith({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces"}}).url, "http://traces/");
  EXPECT_EQ((*Read({{"OTEL_TRACES_EXPORTER", "otlp"}}))->url, "http://localhost:4318/v1/traces");
}

TEST(SettingsTest, HasTheDefaultsOfTheSpecification) {
  const Settings settings = ReadWith({});
  EXPECT_EQ(settings.timeout, absl::Seconds(10));
  EXPECT_EQ(settings.queue, 2048u);
  EXPECT_EQ(settings.batch, 512u);
  EXPECT_EQ(settings.delay, absl::Seconds(5));
  EXPECT_TRUE(settings.sampler.follow_caller);
  EXPECT_EQ(settings.sampler.ratio, 1);
}

TEST(SettingsTest, ReadsNumbers) {
  const Settings settings = ReadWith(
      {{"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"}, {"OTEL_BSP_MAX_QUEUE_SIZE", "100"}, {"OTEL_BSP_SCHEDULE_DELAY", "200"}});
  EXPECT_EQ(settings.timeout, absl::Milliseconds(1500));
  EXPECT_EQ(settings.queue, 100u);
  EXPECT_EQ(settings.batch, 100u);
  EXPECT_EQ(settings.delay, absl::Milliseconds(200));
  EXPECT_EQ(ReadWith({{"OTEL_EXPORTER_OTLP_TIMEOUT", "1"}, {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"}}).timeout,
            absl::Milliseconds(2));
  for (const char* const wrong : {"0", "-1", "x", "1s", "99999999999999999999"}) {
    EXPECT_THAT(RefusalOf({{"OTEL_BSP_SCHEDULE_DELAY", wrong}}), HasSubstr("OTEL_BSP_SCHEDULE_DELAY"));
  }
}

TEST(SettingsTest, ReadsHeadersAndNeverSaysThem) {
  EXPECT_THAT(ReadWith({{"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%2Cb==, x = y"}}).headers.fields(),
              ElementsAre(Pair("api-key", "a,b=="), Pair("x", "y")));
  for (const char* const wrong : {"secret", "k=secret%2", "k=secret%zz", "=secret", "k=secret%0a"}) {
    const std::string refusal = RefusalOf({{"OTEL_EXPORTER_OTLP_HEADERS", wrong}});
    EXPECT_THAT(refusal, HasSubstr("OTEL_EXPORTER_OTLP_HEADERS"));
    EXPECT_THAT(refusal, Not(HasSubstr("secret")));
  }
}

TEST(SettingsTest, NamesTheService) {
  const Settings settings = ReadWith({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,deployment=caf%C3%A9"}});
  EXPECT_THAT(settings.resource, ElementsAre(Pair("deployment", "caf\xc3\xa9"), Pair("service.name", "a")));
  EXPECT_EQ(
      ReadWith({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a"}, {"OTEL_SERVICE_NAME", "b"}}).resource["service.name"],
      "b");
}

TEST(SettingsTest, RefusesWhatItCannotDo) {
  EXPECT_THAT(RefusalOf({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}), HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL: "));
  EXPECT_THAT(RefusalOf({{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"}}), HasSubstr("http/protobuf"));
  EXPECT_THAT(RefusalOf({{"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"}}), HasSubstr("OTEL_EXPORTER_OTLP_COMPRESSION"));
  EXPECT_THAT(RefusalOf({{"OTEL_TRACES_EXPORTER", "console"}}), HasSubstr("console"));
  EXPECT_THAT(RefusalOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"}}), HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT"));
  EXPECT_THAT(RefusalOf({{"OTEL_TRACES_SAMPLER", "jaeger_remote"}}), HasSubstr("jaeger_remote"));
  EXPECT_THAT(RefusalOf({{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "1.5"}}),
              HasSubstr("OTEL_TRACES_SAMPLER_ARG"));
  EXPECT_THAT(RefusalOf({{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "nan"}}),
              HasSubstr("OTEL_TRACES_SAMPLER_ARG"));
  EXPECT_THAT(RefusalOf({{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"}}), HasSubstr("CLIENT_CERTIFICATE"));
  EXPECT_EQ(
      ReadWith({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"}}).url,
      "http://collector:4318/v1/traces");
}

TEST(SettingsTest, MissingCertificatesAreNamed) {
  const absl::Status missing = Read({{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector"},
                                     {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"}})
                                   .status();
  EXPECT_EQ(oci::ReasonOf(missing), oci::Reason::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("OTEL_EXPORTER_OTLP_CERTIFICATE"));
}

Sampler SamplerOf(const std::string& name, const std::string& argument = "") {
  return ReadWith({{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", argument}}).sampler;
}

TEST(SamplerTest, FollowsTheCallerOrDoesNot) {
  const auto parsed = [](absl::string_view flags) {
    return oci::trace::ParseTraceContext(absl::StrCat("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-", flags),
                                         "");
  };
  const oci::trace::SpanContext sampled = parsed("01"), unsampled = parsed("00"), none;
  const oci::trace::TraceId id = sampled.trace;
  struct Case {
    const char* name;
    bool of_sampled, of_unsampled, of_none;
  };
  for (const Case& expected : {Case{"", true, false, true}, Case{"parentbased_always_on", true, false, true},
                               Case{"parentbased_always_off", true, false, false}, Case{"always_on", true, true, true},
                               Case{"always_off", false, false, false}}) {
    const Sampler sampler = SamplerOf(expected.name);
    EXPECT_EQ(sampler.Samples(sampled, id), expected.of_sampled) << expected.name;
    EXPECT_EQ(sampler.Samples(unsampled, id), expected.of_unsampled) << expected.name;
    EXPECT_EQ(sampler.Samples(none, id), expected.of_none) << expected.name;
  }
}

// What go.opentelemetry.io/otel/sdk/trace v1.44.0 says, by TraceIDRatioBased(...).ShouldSample.
TEST(SamplerTest, TakesTheSharesOfTracesThatGoTakes) {
  const auto id = [](uint8_t ninth, uint8_t rest) {
    oci::trace::TraceId trace;
    trace.fill(rest);
    trace[8] = ninth;
    return trace;
  };
  const Sampler half = SamplerOf("traceidratio", "0.5"), most = SamplerOf("parentbased_traceidratio", "0.9");
  EXPECT_TRUE(half.Samples({}, id(0x7f, 0xff)));
  EXPECT_FALSE(half.Samples({}, id(0x80, 0x00)));
  EXPECT_TRUE(most.Samples({}, id(0xe6, 0x00)));
  EXPECT_FALSE(most.Samples({}, id(0xe7, 0x00)));
  EXPECT_TRUE(SamplerOf("traceidratio").Samples({}, id(0xff, 0xff)));
  EXPECT_FALSE(SamplerOf("traceidratio", "0").Samples({}, id(0x00, 0x00)));
}

}  // namespace
}  // namespace waybill::exporter::traces
