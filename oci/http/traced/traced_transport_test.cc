// SPDX-License-Identifier: Apache-2.0
#include "oci/http/traced/traced_transport.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/testing/recorded_spans.h"
#include "oci/trace/trace_context.h"

namespace waybill::oci::http::traced {
namespace {

using oci::testing::RecordedSpans;

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// Answers with one status, or one error.
class Scripted : public Transport {
 public:
  explicit Scripted(absl::StatusOr<int> answer) : answer_(std::move(answer)) {}
  absl::StatusOr<Response> Send(const Context&, const Request& request) override {
    seen.push_back(request.headers);
    if (!answer_.ok()) return answer_.status();
    Response response;
    response.status = *answer_;
    return response;
  }
  std::vector<Headers> seen;

 private:
  const absl::StatusOr<int> answer_;
};

// The span of one request, with the headers that the server got.
struct Told {
  trace::EndedSpan span;
  Headers headers;
  std::string operator[](absl::string_view key) const { return RecordedSpans::Attribute(span, key); }
};

Told Send(const Request& request, absl::StatusOr<int> answer) {
  RecordedSpans spans;
  const bool answered = answer.ok();
  Scripted inner(std::move(answer));
  const Context context = Context().WithTrace(&spans, trace::ParseTraceContext(kTraceparent, "vendor=1"));
  EXPECT_EQ(TracedTransport(inner).Send(context, request).ok(), answered);
  return {.span = spans.spans().at(0), .headers = inner.seen.at(0)};
}

TEST(TracedTransportTest, DescribesARequest) {
  const io::StringSource body("12345");
  const Told told = Send({.method = "PUT",
                          .url = "https://user.example.com:5000/v2/app/blobs/uploads/1?digest=sha256:1&_state=secret",
                          .headers = {{"Authorization", "Bearer secret"}},
                          .body = &body,
                          .resends = 2},
                         201);
  EXPECT_EQ(told.span.name, "PUT");
  EXPECT_EQ(told.span.kind, trace::SpanKind::kClient);
  EXPECT_TRUE(told.span.status.ok());
  EXPECT_EQ(told["http.request.method"], "PUT");
  EXPECT_EQ(told["url.full"], "https://user.example.com:5000/v2/app/blobs/uploads/1?digest=sha256:1&_state=...");
  EXPECT_EQ(told["server.address"], "user.example.com");
  EXPECT_EQ(told["server.port"], "5000");
  EXPECT_EQ(told["http.request.body.size"], "5");
  EXPECT_EQ(told["http.request.resend_count"], "2");
  EXPECT_EQ(told["http.response.status_code"], "201");
  for (const auto& [key, value] : told.span.attributes) EXPECT_EQ(told[key].find("secret"), std::string::npos) << key;
}

TEST(TracedTransportTest, TellsTheServerItsPlace) {
  const Told told = Send({.url = "http://example.com/v2/"}, 200);
  EXPECT_EQ(told.headers.Find("traceparent"), "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01");
  EXPECT_EQ(told.headers.Find("tracestate"), "vendor=1");
}

TEST(TracedTransportTest, StatusesFrom400OnAreErrors) {
  const Told told = Send({.method = "HEAD", .url = "http://example.com/v2/"}, 404);
  EXPECT_FALSE(told.span.status.ok());
  EXPECT_EQ(told.span.status.message(), "");
  EXPECT_EQ(told[kErrorType], "404");
  EXPECT_TRUE(Send({.url = "http://example.com/v2/"}, 399).span.status.ok());
}

TEST(TracedTransportTest, TellsWhyThereIsNoReply) {
  const Told told = Send({.url = "http://example.com/v2/"}, NetworkError(kFailureConnect, 0, "nobody there"));
  EXPECT_EQ(told.span.status.message(), "nobody there");
  EXPECT_EQ(told[kErrorType], "connect");
  EXPECT_EQ(told["http.response.status_code"], "");
  EXPECT_EQ(Send({.url = "http://example.com/v2/"}, MakeError(Reason::kInterrupted, "cancelled"))[kErrorType],
            "interrupted");
}

TEST(TracedTransportTest, IsTheInnerTransportWithoutATrace) {
  Scripted inner(200);
  ASSERT_TRUE(TracedTransport(inner).Send(Context(), {.url = "http://example.com/v2/"}).ok());
  EXPECT_TRUE(inner.seen.at(0).fields().empty());
}

}  // namespace
}  // namespace waybill::oci::http::traced
