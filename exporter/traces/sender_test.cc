// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/sender.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::exporter::traces {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Answers one after the other, the last one again and again, and reads what it is sent.
class Collector : public oci::http::Transport {
 public:
  struct Answer {
    int status = 200;  // 0: no connection
    oci::http::Headers headers;
    std::string body;
  };
  explicit Collector(std::vector<Answer> answers) : answers_(std::move(answers)) {}

  absl::StatusOr<oci::http::Response> Send(const oci::Context& context, const oci::http::Request& request) override {
    requests.push_back(request);
    bodies.push_back(*oci::io::ReadAll(context, *request.body, 1 << 20));
    const Answer& answer = answers_[std::min(requests.size(), answers_.size()) - 1];
    if (answer.status == 0) return oci::http::NetworkError(oci::http::kFailureConnect, 0, "nobody there");
    oci::http::Response response;
    response.status = answer.status;
    response.headers = answer.headers;
    response.body = std::make_unique<oci::io::StringReader>(answer.body);
    return response;
  }

  std::vector<oci::http::Request> requests;
  std::vector<std::string> bodies;

 private:
  const std::vector<Answer> answers_;
};

// Counts seconds, and never waits.
class Waits : public oci::Clock {
 public:
  absl::Time Now() override { return now_; }
  absl::Status Sleep(const oci::Context& context, absl::Duration wait) override {
    waits.push_back(absl::ToInt64Milliseconds(wait));
    if (stop_at_wait != nullptr) stop_at_wait->request_stop();
    now_ += wait;
    return context.Check();
  }
  double Random() override { return 0.5; }
  std::vector<int64_t> waits;
  std::stop_source* stop_at_wait = nullptr;

 private:
  absl::Time now_ = absl::UnixEpoch();
};

class SenderTest : public ::testing::Test {
 protected:
  absl::StatusOr<Rejection> Send(std::vector<Collector::Answer> answers, absl::Duration timeout = absl::Hours(1)) {
    collector_ = std::make_unique<Collector>(std::move(answers));
    Sender sender(*collector_, clock_,
                  {.url = "http://collector:4318/v1/traces?key=secret",
                   .headers = {{"api-key", "secret"}},
                   .tls = {},
                   .timeout = timeout});
    return sender.Send(oci::Context(), "spans");
  }

  Waits clock_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(SenderTest, PostsProtobuf) {
  const absl::StatusOr<Rejection> sent = Send({{}});
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->spans, 0);
  ASSERT_EQ(collector_->requests.size(), 1u);
  EXPECT_EQ(collector_->requests[0].method, "POST");
  EXPECT_EQ(collector_->requests[0].headers.Find("Content-Type"), "application/x-protobuf");
  EXPECT_EQ(collector_->requests[0].headers.Find("api-key"), "secret");
  EXPECT_THAT(collector_->bodies, ElementsAre("spans"));
}

TEST_F(SenderTest, SendsAgainWhatMayFareBetter) {
  for (const int status : {429, 502, 503, 504, 0}) {
    EXPECT_TRUE(Send({{.status = status}, {}}).ok()) << status;
    EXPECT_THAT(collector_->bodies, ElementsAre("spans", "spans"));
  }
}

TEST_F(SenderTest, GivesUpOnAllOthers) {
  for (const int status : {301, 400, 401, 404, 413, 500, 501}) {
    EXPECT_FALSE(Send({{.status = status}, {}}).ok()) << status;
    EXPECT_EQ(collector_->requests.size(), 1u);
  }
}

TEST_F(SenderTest, WaitsLongerEachTime) {
  EXPECT_FALSE(Send({{.status = 503}}).ok());
  EXPECT_EQ(collector_->requests.size(), 5u);
  EXPECT_THAT(clock_.waits, ElementsAre(1250, 2500, 5000, 10000));
}

TEST_F(SenderTest, WaitsAsLongAsItIsAsked) {
  EXPECT_TRUE(Send({{.status = 429, .headers = {{"Retry-After", "30"}}}, {}}).ok());
  EXPECT_THAT(clock_.waits, ElementsAre(30000));
}

TEST_F(SenderTest, DoesNotWaitBeyondItsTime) {
  EXPECT_FALSE(Send({{.status = 429, .headers = {{"Retry-After", "30"}}}, {}}, absl::Seconds(10)).ok());
  EXPECT_THAT(clock_.waits, ElementsAre());
}

TEST_F(SenderTest, SaysWhatTheCollectorAnswered) {
  const absl::Status refused = Send({{.status = 401}}).status();
  EXPECT_EQ(refused.message(),
            "sending spans to http://collector:4318/v1/traces?key=...: the collector answers 401 Unauthorized");
  EXPECT_THAT(std::string(Send({{.status = 0}}).status().message()), HasSubstr("nobody there"));
}

TEST_F(SenderTest, TellsWhatWasRejected) {
  const absl::StatusOr<Rejection> sent = Send({{.body = "\x0a\x06\x08\x05\x12\x02no"}});
  ASSERT_TRUE(sent.ok());
  EXPECT_EQ(sent->spans, 5);
  EXPECT_EQ(sent->why, "no");
}

TEST_F(SenderTest, ItsContextEndsTheWait) {
  Collector collector(std::vector<Collector::Answer>{{.status = 503}});
  Sender sender(collector, clock_, {.url = "http://c/", .headers = {}, .tls = {}, .timeout = absl::Hours(1)});
  std::stop_source stop;
  clock_.stop_at_wait = &stop;
  const absl::Status refused = sender.Send(oci::Context().WithStop(stop.get_token()), "spans").status();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("503"));
  EXPECT_EQ(collector.requests.size(), 1u);
}

}  // namespace
}  // namespace waybill::exporter::traces
