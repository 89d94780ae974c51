// SPDX-License-Identifier: Apache-2.0
// The rules without a network: verdicts, waits, slots, error texts, endpoints, certificates, mount sources.
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/config/host_config.h"
#include "oci/registry/expect.h"
#include "oci/registry/push/push_blob.h"
#include "oci/registry/reply/reply_class.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/registry/retrier.h"
#include "oci/registry/testing/simulated_clock.h"
#include "oci/registry/throttle.h"
#include "oci/testing/recorded_facts.h"

namespace waybill::oci::registry::push {
namespace {

using testing::SimulatedClock;

http::Reply Reply(int status, std::string body = "", http::Headers headers = {}) {
  return {
      .status = status, .headers = std::move(headers), .url = "https://h/v2/a?_state=SECRET", .body = std::move(body)};
}

constexpr char kUploadUnknown[] = R"({"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]})";
constexpr char kDigestInvalid[] = R"({"errors":[{"code":"DIGEST_INVALID"}]})";

TEST(VerdictTest, Replies) {
  EXPECT_EQ(reply::ClassifyReply(Reply(201), true), reply::ReplyClass::kFinal);
  EXPECT_EQ(reply::ClassifyReply(Reply(401), true), reply::ReplyClass::kAuth);
  for (const int status : {408, 425, 499, 500, 502, 503, 504, 520, 524}) {
    EXPECT_EQ(reply::ClassifyReply(Reply(status), false), reply::ReplyClass::kTransient) << status;
  }
  for (const int status : {400, 403, 404, 405, 409, 412, 413, 415, 416, 422, 501, 505}) {
    EXPECT_EQ(reply::ClassifyReply(Reply(status), false), reply::ReplyClass::kFinal) << status;
  }
  EXPECT_EQ(reply::ClassifyReply(Reply(429), false), reply::ReplyClass::kRate);
  EXPECT_EQ(reply::ClassifyReply(Reply(503, "", {{"Retry-After", "1"}}), false), reply::ReplyClass::kRate);
  EXPECT_EQ(reply::ClassifyReply(Reply(403, "You have exceeded a secondary Rate Limit"), false),
            reply::ReplyClass::kRate);
  EXPECT_EQ(reply::ClassifyReply(Reply(416), true), reply::ReplyClass::kTransient);
  EXPECT_EQ(reply::ClassifyReply(Reply(404, kUploadUnknown), true), reply::ReplyClass::kTransient);
  EXPECT_EQ(reply::ClassifyReply(Reply(404), true), reply::ReplyClass::kFinal);
  EXPECT_EQ(reply::ClassifyReply(Reply(400, "<html>idle"), true), reply::ReplyClass::kTransient);
  EXPECT_EQ(reply::ClassifyReply(Reply(400, kDigestInvalid), true), reply::ReplyClass::kFinal);
}

TEST(VerdictTest, Errors) {
  EXPECT_EQ(reply::ClassifyError(http::NetworkError(http::kFailureConnect, 0, "x")), reply::ReplyClass::kUnreachable);
  EXPECT_EQ(reply::ClassifyError(http::NetworkError(http::kFailureResolve, 0, "x")), reply::ReplyClass::kUnreachable);
  EXPECT_EQ(reply::ClassifyError(http::NetworkError(http::kFailureProxy, 0, "x")), reply::ReplyClass::kFinal);
  EXPECT_EQ(reply::ClassifyError(http::NetworkError(http::kFailureTls, 0, "x")), reply::ReplyClass::kTransient);
  EXPECT_EQ(reply::ClassifyError(http::NetworkError(http::kFailureCertificate, 0, "x")), reply::ReplyClass::kFinal);
  EXPECT_EQ(reply::ClassifyError(http::NetworkError(http::kFailurePlain, 0, "x")), reply::ReplyClass::kFinal);
  EXPECT_EQ(reply::ClassifyError(MakeError(Reason::kTimeout, "x")), reply::ReplyClass::kTransient);
  EXPECT_EQ(reply::ClassifyError(MakeError(Reason::kInterrupted, "x")), reply::ReplyClass::kFinal);
  EXPECT_EQ(reply::ClassifyError(InvalidInputError("x")), reply::ReplyClass::kFinal);
}

TEST(VerdictTest, ARateLimitIsStillOneWhenItIsAnError) {
  const absl::Status error = reply::ReplyError("GET", Reply(429), 1);
  for (const std::optional<absl::Duration> wait : {std::optional(absl::Seconds(3)), std::optional<absl::Duration>()}) {
    const absl::Status limited = Annotate(reply::RateLimited(error, wait), "token");
    EXPECT_EQ(reply::ClassifyError(limited), reply::ReplyClass::kRate);
    EXPECT_EQ(reply::AskedWait(limited, absl::Now()), wait);
    EXPECT_EQ(MetadataOf(limited)[std::string(reply::kStatusKey)], "429");
  }
  EXPECT_EQ(reply::AskedWait(Reply(429, "", {{"Retry-After", "7"}}), absl::Now()), absl::Seconds(7));
}

TEST(RetrierTest, TransientFailuresBackOffAndEnd) {
  SimulatedClock clock;
  Throttle throttle(clock, {});
  Retrier retrier({}, clock, throttle);
  for (int i = 1; i < 6; ++i) EXPECT_TRUE(*retrier.Again(Context(), reply::ReplyClass::kTransient, std::nullopt)) << i;
  EXPECT_FALSE(*retrier.Again(Context(), reply::ReplyClass::kTransient, std::nullopt));
  EXPECT_EQ(retrier.attempts(), 6);
  absl::Duration most = absl::Milliseconds(500);
  for (const absl::Duration wait : clock.slept()) {
    EXPECT_LE(wait, most);
    most *= 2;
  }
  EXPECT_EQ(throttle.body_limit(), 1);  // halved each time
}

TEST(RetrierTest, WhoIsNotPatientDoesNotWaitForAHostThatIsNotThere) {
  SimulatedClock clock;
  Throttle throttle(clock, {});
  for (const bool patient : {true, false}) {
    Retrier retrier({.patient = patient}, clock, throttle);
    EXPECT_EQ(*retrier.Again(Context(), reply::ReplyClass::kUnreachable, std::nullopt), patient);
    EXPECT_TRUE(*retrier.Again(Context(), reply::ReplyClass::kTransient, std::nullopt));
  }
}

TEST(RetrierTest, TellsTheObserverOfEachRetry) {
  SimulatedClock clock;
  Throttle throttle(clock, {});
  oci::testing::RecordedFacts facts;
  const Context context = Context().WithObserver(&facts);
  Retrier retrier({.attempts = 3}, clock, throttle, "example.com:5000");
  for (const auto verdict :
       {reply::ReplyClass::kRate, reply::ReplyClass::kTransient, reply::ReplyClass::kUnreachable}) {
    EXPECT_TRUE(*retrier.Again(context, verdict, std::nullopt));
  }
  EXPECT_FALSE(*retrier.Again(context, reply::ReplyClass::kTransient, std::nullopt));
  EXPECT_FALSE(*retrier.Again(context, reply::ReplyClass::kFinal, std::nullopt));
  std::vector<Retried::Why> reasons;
  for (const Retried& retry : facts.Of<Retried>()) {
    EXPECT_EQ(retry.host, "example.com:5000");
    reasons.push_back(retry.why);
  }
  EXPECT_EQ(reasons, (std::vector<Retried::Why>{Retried::Why::kRateLimit, Retried::Why::kTransient,
                                                Retried::Why::kUnreachable}));
}

TEST(RetrierTest, SilenceEndsAtTwoMinutes) {
  SimulatedClock clock;
  Throttle throttle(clock, {});
  Retrier retrier({}, clock, throttle);
  retrier.AddSilence(absl::Seconds(60));
  EXPECT_TRUE(*retrier.Again(Context(), reply::ReplyClass::kTransient, std::nullopt));
  retrier.AddSilence(absl::Seconds(60));
  EXPECT_FALSE(*retrier.Again(Context(), reply::ReplyClass::kTransient, std::nullopt));
}

TEST(RetrierTest, RateLimitsWaitUpToTheBudget) {
  SimulatedClock clock;
  Throttle throttle(clock, {});
  Retrier retrier({}, clock, throttle);
  int times = 0;
  while (*retrier.Again(Context(), reply::ReplyClass::kRate, absl::Seconds(60))) {
    ++times;
    ASSERT_TRUE(throttle.Enter(Context(), Slot::kRequest, 0).ok());
  }
  EXPECT_EQ(times, 10);
  for (const absl::Duration wait : clock.slept()) {
    EXPECT_GE(wait, absl::Seconds(60));
    EXPECT_LE(wait, absl::Seconds(72));
  }
}

TEST(RetrierTest, FinalIsFinalAndCancelIsHeard) {
  SimulatedClock clock;
  Throttle throttle(clock, {});
  Retrier retrier({}, clock, throttle);
  EXPECT_FALSE(*retrier.Again(Context(), reply::ReplyClass::kFinal, std::nullopt));
  std::stop_source stop;
  stop.request_stop();
  const auto again = retrier.Again(Context().WithStop(stop.get_token()), reply::ReplyClass::kTransient, std::nullopt);
  EXPECT_EQ(ReasonOf(again.status()), Reason::kInterrupted);
}

TEST(ThrottleTest, TenSuccessesAllowOneMore) {
  SimulatedClock clock;
  Throttle throttle(clock, {.requests = 2, .bodies = 4});
  throttle.Slow();
  EXPECT_EQ(throttle.body_limit(), 2);
  for (int i = 0; i < 10; ++i) throttle.Succeed();
  EXPECT_EQ(throttle.body_limit(), 3);
  for (int i = 0; i < 100; ++i) throttle.Succeed();
  EXPECT_EQ(throttle.body_limit(), 4);
}

TEST(ThrottleTest, FullThrottleHearsTheCaller) {
  SimulatedClock clock;
  Throttle throttle(clock, {.requests = 1, .bodies = 1});
  const auto permit = throttle.Enter(Context(), Slot::kRequest, 0);
  ASSERT_TRUE(permit.ok());
  const auto second = throttle.Enter(Context().WithTimeout(absl::Milliseconds(20)), Slot::kRequest, 0);
  EXPECT_EQ(ReasonOf(second.status()), Reason::kTimeout);
  EXPECT_TRUE(throttle.Enter(Context(), Slot::kBody, int64_t{1} << 40).ok());
}

// `count` bodies enter, and the next one would have to wait.
void ExpectFit(Throttle& throttle, Slot slot, int64_t bytes, int count) {
  std::vector<Throttle::Permit> permits;
  while (static_cast<int>(permits.size()) < count) permits.push_back(*throttle.Enter(Context(), slot, bytes));
  const auto next = throttle.Enter(Context().WithTimeout(absl::Milliseconds(20)), slot, bytes);
  EXPECT_EQ(ReasonOf(next.status()), Reason::kTimeout) << bytes;
}

TEST(ThrottleTest, SmallBodiesShareASlot) {
  SimulatedClock clock;
  Throttle throttle(clock, {.requests = 5, .bodies = 6});
  ExpectFit(throttle, Slot::kBody, 2 << 20, 24);
  ExpectFit(throttle, Slot::kBody, (2 << 20) + 1, 16);
  ExpectFit(throttle, Slot::kBody, 8 << 20, 6);
  ExpectFit(throttle, Slot::kBody, int64_t{10} << 30, 6);
  ExpectFit(throttle, Slot::kSession, int64_t{10} << 30, 8);
  ExpectFit(throttle, Slot::kRequest, 8 << 20, 5);
}

TEST(ExpectTest, WaitsForLargeBodiesOnly) {
  const ExpectMemory memory;
  EXPECT_EQ(memory.WaitFor(1 << 20), absl::ZeroDuration());
  EXPECT_EQ(memory.WaitFor((16 << 20) - 1), absl::ZeroDuration());
  EXPECT_EQ(memory.WaitFor(16 << 20), absl::Milliseconds(250));
}

TEST(ExpectTest, WaitsEarlierWhereBodiesAreRefused) {
  for (const int status : {401, 413, 307, 0}) {
    ExpectMemory memory;
    memory.Learn({.bytes = 1 << 20, .status = status});
    EXPECT_EQ(memory.WaitFor(2 << 20), absl::ZeroDuration()) << status;
    memory.Learn({.bytes = 2 << 20, .status = status});
    EXPECT_EQ(memory.WaitFor(2 << 20), absl::Milliseconds(250)) << status;
    EXPECT_EQ(memory.WaitFor(1 << 20), absl::ZeroDuration()) << status;
  }
}

TEST(ExpectTest, GivesUpOnSilentHosts) {
  ExpectMemory memory;
  memory.Learn({.bytes = 20 << 20, .waited = false, .continued = false, .status = 201});
  const ExpectMemory::Outcome silent{.bytes = 20 << 20, .waited = true, .continued = false, .status = 201};
  memory.Learn(silent);
  EXPECT_EQ(memory.WaitFor(16 << 20), absl::Milliseconds(250));
  memory.Learn({.bytes = 20 << 20, .waited = true, .continued = true, .status = 201});
  memory.Learn(silent);
  EXPECT_EQ(memory.WaitFor(16 << 20), absl::Milliseconds(250));
  memory.Learn(silent);
  EXPECT_EQ(memory.WaitFor(16 << 20), absl::ZeroDuration());
  memory.Learn({.bytes = 20 << 20, .status = 413});
  EXPECT_EQ(memory.WaitFor(2 << 20), absl::Milliseconds(250));
}

TEST(ReplyErrorTest, SaysWhatWasAskedAndAnswered) {
  const absl::Status error = reply::ReplyError(
      "PUT",
      Reply(400,
            R"({"errors":[{"code":"manifest_invalid","message":"no","detail":{"a":1}},{"code":"X","detail":null}]})",
            {{"X-Request-Id", "r1"}}),
      3);
  EXPECT_EQ(ReasonOf(error), Reason::kRefused);
  EXPECT_EQ(error.message(),
            "PUT https://h/v2/a?_state=...: 400 Bad Request: MANIFEST_INVALID: no ({\"a\":1}); X [x-request-id r1] "
            "(after 3 attempts)");
  EXPECT_EQ(MetadataOf(error)[std::string(reply::kStatusKey)], "400");
  EXPECT_EQ(MetadataOf(error)[std::string(reply::kCodeKey)], "MANIFEST_INVALID");
  EXPECT_EQ(
      reply::ReplyError("PUT", Reply(413, "<html>\n<b>big"), 1).message(),
      "PUT https://h/v2/a?_state=...: 413 Content Too Large: <html> <b>big; a proxy in front of the registry limits "
      "the size of a request");
  EXPECT_EQ(ReasonOf(reply::ReplyError("PUT", Reply(400, kDigestInvalid), 1)), Reason::kVerification);
}

// What is not there is a refusal for who wants to write, and no answer of a registry is a fault of this machine's disk.
TEST(ReplyErrorTest, AReadMayFindNothingAndAWriteIsRefused) {
  for (const char* method : {"GET", "HEAD"})
    EXPECT_EQ(ReasonOf(reply::ReplyError(method, Reply(404, ""), 1)), Reason::kNotFound);
  for (const int status : {404, 405, 409, 410, 412, 501}) {
    for (const char* method : {"POST", "PATCH", "PUT", "DELETE"}) {
      EXPECT_EQ(ReasonOf(reply::ReplyError(method, Reply(status, ""), 1)), Reason::kRefused) << method << status;
    }
  }
}

TEST(ReplyErrorTest, AnythingIsABody) {
  for (const char* body : {"", "{", "[]", "{\"errors\":7}", "{\"errors\":[7,{},{\"code\":8}]}", "\x01\xff"}) {
    reply::ParseErrors(body);
    const absl::Status error = reply::ReplyError("GET", Reply(500, body), 1);
    EXPECT_EQ(MetadataOf(error)[std::string(reply::kStatusKey)], "500") << body;
  }
}

std::string Urls(absl::string_view domain, const config::HostConfig& config) {
  std::string text;
  for (const config::Endpoint& endpoint : config::EndpointsFor(domain, config)) {
    const bool unverified = endpoint.tls.skip_verify && absl::StartsWith(endpoint.base_url, "https:");
    absl::StrAppend(&text, text.empty() ? "" : " ", endpoint.base_url, unverified ? "!" : "");
  }
  return text;
}

TEST(HostConfigTest, Endpoints) {
  EXPECT_EQ(Urls("docker.io", {}), "https://registry-1.docker.io");
  EXPECT_EQ(Urls("registry.example:5000", {}), "https://registry.example:5000");
  EXPECT_EQ(Urls("localhost:5000", {}), "http://localhost:5000 https://localhost:5000");
  EXPECT_EQ(Urls("127.0.0.2:5000", {}), "http://127.0.0.2:5000 https://127.0.0.2:5000");
  EXPECT_EQ(Urls("localhost", {}), "https://localhost");
  EXPECT_EQ(Urls("localhost:443", {}), "https://localhost:443");
  EXPECT_EQ(Urls("10.0.0.1:5000", {}), "https://10.0.0.1:5000");
  EXPECT_EQ(Urls("r.example", {.plain_http = true}), "http://r.example");
  EXPECT_EQ(Urls("localhost:5000", {.plain_http = false}), "https://localhost:5000");
}

// As BuildKit's fillInsecureOpts (util/resolver/resolver.go).
TEST(HostConfigTest, EndpointsOfBuildkitdsTables) {
  EXPECT_EQ(Urls("r.example", {.insecure = true}), "https://r.example!");
  EXPECT_EQ(Urls("r.example", {.plain_http = false, .insecure = true}), "https://r.example!");
  EXPECT_EQ(Urls("r.example", {.plain_http = true, .insecure = true}), "https://r.example! http://r.example");
  EXPECT_EQ(Urls("localhost:5000", {.insecure = true}), "http://localhost:5000 https://localhost:5000!");
  EXPECT_EQ(Urls("localhost:5000", {.plain_http = false, .insecure = true}), "https://localhost:5000!");
  EXPECT_EQ(Urls("localhost:5000", {.plain_http = true}), "http://localhost:5000");
}

TEST(HostConfigTest, CertificatesOfADirectory) {
  const std::string directory = ::testing::TempDir() + "/certs";
  std::error_code error;
  std::filesystem::create_directories(directory + "/h:5000", error);
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(directory + "/h:5000/" + name) << text;
  };
  write("a.crt", "A");
  write("b.crt", "B");
  write("client.cert", "C");
  const auto half = config::ReadCertsDirectory(directory, "h:5000");
  EXPECT_EQ(ReasonOf(half.status()), Reason::kInvalidInput);
  EXPECT_EQ(half.status().message(), directory + "/h:5000/client.cert: missing client.key");
  write("client.key", "K");
  const auto tls = config::ReadCertsDirectory(directory, "h:5000");
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_EQ(tls->extra_roots, "A\nB\n");
  EXPECT_EQ(tls->key_file, directory + "/h:5000/client.key");
  EXPECT_EQ(*config::ReadCertsDirectory(directory, "h"), http::TlsSettings{});
}

TEST(MountSourceTest, SharesMostOfThePath) {
  Descriptor blob{.digest = Digest::Of("")};
  EXPECT_EQ(MountSource(blob, "h:5000", "a/b/c", {}), "");
  EXPECT_EQ(MountSource(blob, "h:5000", "a/b/c", {"a/b/c"}), "");
  EXPECT_EQ(MountSource(blob, "h:5000", "a/b/c", {"x", "a/b/d", "a/y"}), "a/b/d");
  EXPECT_EQ(MountSource(blob, "h:5000", "a/b/c", {"x", "y"}), "y");
  blob.annotations["containerd.io/distribution.source.h"] = "a/z,a/b/q";
  EXPECT_EQ(MountSource(blob, "h:5000", "a/b/c", {"x"}), "a/b/q");
  EXPECT_EQ(MountSource(blob, "other:5000", "a/b/c", {"x"}), "x");
}

}  // namespace
}  // namespace waybill::oci::registry::push
