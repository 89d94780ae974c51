// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/curl_transport.h"

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/http/curl/redirect.h"
#include "oci/http/testing/scripted_server.h"
#include "oci/io/string.h"

namespace waybill::oci::http::curl {
namespace {

using testing::Exchange;
using testing::ScriptedServer;

constexpr int64_t kLimit = 64 << 20;

class CurlTransportTest : public ::testing::Test {
 protected:
  absl::StatusOr<Reply> Exchange(const Context& context, const Request& request) {
    absl::StatusOr<Response> response = SendFollowing(context, transport_, request);
    if (!response.ok()) return response.status();
    return ReadReply(context, *std::move(response), kLimit);
  }

  CurlTransport transport_{CurlTransport::Options{}};
  Context context_;
};

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

TEST_F(CurlTransportTest, GetReturnsStatusHeadersAndBody) {
  ScriptedServer server([](auto& exchange) { exchange.Reply(404, {{"X-A", "1"}, {"X-a", "2"}}, "gone"); });
  const auto reply = Exchange(context_, {.url = server.url("/v2/%2F?x=+"), .headers = {{"Accept", "a/b"}}});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(reply->body, "gone");
  EXPECT_EQ(reply->headers.FindAll("x-a"), (std::vector<std::string>{"1", "2"}));
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].target, "/v2/%2F?x=+");
  EXPECT_EQ(server.requests()[0].headers.FindAll("Accept"), std::vector<std::string>{"a/b"});
}

TEST_F(CurlTransportTest, HeadHasNoBodyAndKeepsTheConnection) {
  ScriptedServer server([](auto& exchange) { exchange.Reply(200, {}, "12345"); });
  for (int i = 0; i < 3; ++i) {
    const auto reply = Exchange(context_, {.method = "HEAD", .url = server.url("/")});
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->headers.Find("content-length"), "5");
    EXPECT_EQ(reply->body, "");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlTransportTest, PostWithoutBodySendsLengthZero) {
  ScriptedServer server([](auto& exchange) { exchange.Reply(202, {}, ""); });
  ASSERT_TRUE(Exchange(context_, {.method = "POST", .url = server.url("/u/")}).ok());
  EXPECT_EQ(server.requests()[0].headers.Find("Content-Length"), "0");
  EXPECT_EQ(server.requests()[0].headers.Find("Content-Type"), std::nullopt);
}

TEST_F(CurlTransportTest, PutStreamsTheBodyAndReportsIt) {
  const std::string bytes = Pattern(5 << 20);
  std::string got;
  ScriptedServer server([&got](auto& exchange) {
    got = exchange.ReadBody();
    exchange.Reply(201, {}, "");
  });
  const io::StringSource source(bytes);
  std::vector<int64_t> sent;
  const auto reply = Exchange(context_, {.method = "PUT",
                                         .url = server.url("/b"),
                                         .headers = {{"Content-Type", "application/octet-stream"}},
                                         .body = &source,
                                         .bulk = true,
                                         .on_sent = [&sent](int64_t n) { sent.push_back(n); }});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 201);
  EXPECT_TRUE(got == bytes);
  EXPECT_EQ(reply->bytes_sent, 5 << 20);
  ASSERT_FALSE(sent.empty());
  EXPECT_TRUE(std::is_sorted(sent.begin(), sent.end()));
  EXPECT_EQ(sent.back(), 5 << 20);
  EXPECT_EQ(server.requests()[0].headers.Find("Expect"), std::nullopt);
  EXPECT_EQ(server.requests()[0].headers.Find("Content-Length"), absl::StrCat(5 << 20));
}

// A kept connection that breaks when a body goes out: curl would send the request again by itself, without what it had
// taken of the body. It arrives whole or not at all, and nobody waits for the rest.
TEST_F(CurlTransportTest, BrokenConnectionNeverSendsHalfABody) {
  const std::string bytes = Pattern(100'000);
  std::atomic<int> number = 0;
  std::atomic<int> spoilt = 0;
  ScriptedServer server([&](auto& exchange) {
    if (exchange.request.method == "PUT" && number++ % 2 == 0) return exchange.Close(true);
    if (exchange.request.method == "PUT" && exchange.ReadBody() != bytes) ++spoilt;
    exchange.Reply(201, {}, "");
  });
  const io::StringSource source(bytes);
  // A wait for the rest would end in another error; a slow machine does not come near.
  const Limits limits{.stall_window = absl::Seconds(60), .reply = absl::Seconds(60)};
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(Exchange(context_, {.url = server.url("/")}).ok());
    const auto reply =
        Exchange(context_, {.method = "PUT", .url = server.url("/b"), .body = &source, .limits = limits});
    if (!reply.ok()) {
      ASSERT_EQ(ReasonOf(reply.status()), Reason::kNetwork) << i << ": " << reply.status();
    }
  }
  EXPECT_EQ(spoilt, 0);
}

TEST_F(CurlTransportTest, ZeroLengthBody) {
  ScriptedServer server([](auto& exchange) { exchange.Reply(201, {}, ""); });
  const io::StringSource source("");
  const auto reply = Exchange(context_, {.method = "PUT", .url = server.url("/b"), .body = &source});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(server.requests()[0].headers.Find("Content-Length"), "0");
}

TEST_F(CurlTransportTest, RefusalBeforeContinueCostsNoBody) {
  ScriptedServer server([](auto& exchange) {
    exchange.Reply(401, {{"Connection", "close"}}, "who?");
    exchange.Close(false);
  });
  const io::StringSource source(Pattern(3 << 20));
  const auto reply = Exchange(
      context_,
      {.method = "PUT", .url = server.url("/b"), .body = &source, .bulk = true, .expect_continue = absl::Seconds(30)});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 401);
  EXPECT_EQ(reply->bytes_sent, 0);
  EXPECT_EQ(reply->body, "who?");
  EXPECT_EQ(server.requests()[0].headers.Find("Expect"), "100-continue");
}

TEST_F(CurlTransportTest, ContinueIsReported) {
  ScriptedServer server([](auto& exchange) {
    exchange.Write("HTTP/1.1 100 Continue\r\n\r\n");
    exchange.ReadBody();
    exchange.Reply(201, {}, "");
  });
  const io::StringSource source(Pattern(1 << 20));
  const auto reply = Exchange(
      context_,
      {.method = "PUT", .url = server.url("/b"), .body = &source, .bulk = true, .expect_continue = absl::Seconds(30)});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 201);
  EXPECT_TRUE(reply->continued);
}

// A server that answers early and does not read on must not hang the upload (moby/buildkit#4320).
TEST_F(CurlTransportTest, EarlyRefusalEndsTheUpload) {
  absl::Notification done;
  ScriptedServer server([&done](auto& exchange) {
    exchange.ReadBody(1000);
    exchange.Reply(413, {}, "too large");
    done.WaitForNotification();
    exchange.Close(true);
  });
  const io::StringSource source(Pattern(32 << 20));
  const auto reply = Exchange(context_, {.method = "PUT", .url = server.url("/b"), .body = &source, .bulk = true});
  done.Notify();
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(reply->body, "too large");
  EXPECT_LT(reply->bytes_sent, 32 << 20);
}

TEST_F(CurlTransportTest, ResetIsATransferFailureThatSaysWhatWasSent) {
  ScriptedServer server([](auto& exchange) {
    exchange.ReadBody(1 << 20);
    exchange.Close(true);
  });
  const io::StringSource source(Pattern(32 << 20));
  const auto reply = Exchange(context_, {.method = "PUT", .url = server.url("/b"), .body = &source, .bulk = true});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kNetwork);
  EXPECT_EQ(FailureOf(reply.status()), kFailureTransfer);
  EXPECT_NE(MetadataOf(reply.status())[std::string(kSentKey)], "0");
}

TEST_F(CurlTransportTest, NobodyThereIsAConnectFailure) {
  std::string url;
  {
    ScriptedServer server([](auto&) {});
    url = server.url("/");
  }
  const auto reply = Exchange(context_, {.url = url});
  EXPECT_EQ(FailureOf(reply.status()), kFailureConnect) << reply.status();
  const auto tls = Exchange(context_, {.url = "http://no-such-host.invalid/"});
  EXPECT_EQ(FailureOf(tls.status()), kFailureResolve) << tls.status();
}

TEST_F(CurlTransportTest, PlainServerFailsTheTlsHandshake) {
  ScriptedServer server([](auto& exchange) { exchange.Reply(400, {}, ""); });
  const auto reply = Exchange(context_, {.url = absl::StrCat("https://127.0.0.1:", server.port(), "/")});
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kNetwork);
  EXPECT_EQ(FailureOf(reply.status()), kFailurePlain) << reply.status();
  EXPECT_EQ(reply.status().message(), "the server speaks plain HTTP");
}

// The server never answers, so that only the cancellation can end the wait, long before the limit for a reply does.
TEST_F(CurlTransportTest, CancelEndsAWait) {
  absl::Notification arrived, done;
  ScriptedServer server([&](auto& exchange) {
    arrived.Notify();
    done.WaitForNotification();
    exchange.Close(false);
  });
  std::stop_source stop;
  const std::jthread canceller([&] {
    arrived.WaitForNotification();
    stop.request_stop();
  });
  const auto reply =
      Exchange(context_.WithStop(stop.get_token()),
               {.url = server.url("/"), .limits = {.stall_window = absl::Hours(1), .reply = absl::Hours(1)}});
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kInterrupted);
  done.Notify();
}

TEST_F(CurlTransportTest, DeadlineAndPhaseLimits) {
  absl::Notification done;
  ScriptedServer server([&done](auto& exchange) {
    if (exchange.request.target == "/stall") exchange.Write("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nabc");
    done.WaitForNotification();
    exchange.Close(false);
  });
  const Context soon = context_.WithTimeout(absl::Milliseconds(50));
  EXPECT_EQ(ReasonOf(Exchange(soon, {.url = server.url("/")}).status()), Reason::kTimeout);

  const Limits limits{.stall_window = absl::Milliseconds(50), .reply = absl::Milliseconds(50)};
  const auto reply = Exchange(context_, {.url = server.url("/"), .limits = limits});
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kTimeout);
  EXPECT_EQ(reply.status().message(), "timed out waiting for the reply");

  const Limits patient{.stall_window = absl::Milliseconds(50), .reply = absl::Seconds(60)};
  const auto stalled = Exchange(context_, {.url = server.url("/stall"), .limits = patient});
  EXPECT_EQ(stalled.status().message(), "timed out receiving: the server stalled");

  // More than the socket buffers hold, to a server that does not read.
  const io::StringSource source(Pattern(32 << 20));
  const auto sending =
      Exchange(context_, {.method = "PUT", .url = server.url("/"), .body = &source, .bulk = true, .limits = limits});
  EXPECT_EQ(sending.status().message(), "timed out sending: the connection stalled");
  done.Notify();
}

TEST_F(CurlTransportTest, SilenceIsToldAndMeasured) {
  absl::Notification done;
  ScriptedServer server([&done](auto& exchange) {
    exchange.ReadBody();
    done.WaitForNotification();
    exchange.Close(false);
  });
  std::vector<absl::Duration> told;
  const Limits limits{.reply = absl::Milliseconds(100), .tell_every = absl::Milliseconds(20)};
  const auto reply = Exchange(
      context_, {.url = server.url("/"), .limits = limits, .on_silence = [&](absl::Duration d) { told.push_back(d); }});
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kTimeout);
  EXPECT_GE(SilenceOf(reply.status()), absl::Milliseconds(100));
  ASSERT_FALSE(told.empty());
  EXPECT_GE(told.front(), absl::Milliseconds(20));
  done.Notify();
}

// The time a registry needs to commit does not count as a stall.
TEST_F(CurlTransportTest, SlowCommitIsNoStall) {
  ScriptedServer server([](auto& exchange) {
    exchange.ReadBody();
    absl::Notification never;
    never.WaitForNotificationWithTimeout(absl::Milliseconds(400));
    exchange.Reply(201, {}, "");
  });
  const io::StringSource source(Pattern(100));
  const auto reply = Exchange(context_, {.method = "PUT",
                                         .url = server.url("/"),
                                         .body = &source,
                                         .bulk = true,
                                         .limits = {.stall_window = absl::Milliseconds(50)}});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 201);
}

TEST_F(CurlTransportTest, SlowReaderHoldsTheServerBack) {
  const std::string bytes = Pattern(24 << 20);
  std::atomic<bool> all_written = false;
  ScriptedServer server([&](auto& exchange) {
    exchange.Reply(200, {}, bytes);
    all_written = true;
  });
  auto response = transport_.Send(context_, {.url = server.url("/")});
  ASSERT_TRUE(response.ok()) << response.status();
  std::string chunk(1000, '\0');
  ASSERT_TRUE(response->body->Read(absl::MakeSpan(chunk)).ok());
  EXPECT_FALSE(all_written);
  auto rest = io::ReadAll(context_, *response->body, kLimit);
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_EQ(rest->size() + 1000, bytes.size());
}

TEST_F(CurlTransportTest, TruncatedBodyIsATransferFailure) {
  ScriptedServer server([](auto& exchange) {
    exchange.Write("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nabc");
    exchange.Close(false);
  });
  EXPECT_EQ(FailureOf(Exchange(context_, {.url = server.url("/")}).status()), kFailureTransfer);
}

TEST_F(CurlTransportTest, BodyOfAnotherSizeIsRefused) {
  class Short : public io::StringSource {
   public:
    Short() : StringSource("abc") {}
    int64_t size() const override { return 5; }
  };
  ScriptedServer server([](auto& exchange) { exchange.ReadBody(); });
  const Short source;
  const auto reply = Exchange(context_, {.method = "PUT", .url = server.url("/"), .body = &source});
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kVerification);
  EXPECT_EQ(reply.status().message(), "the body has fewer than its 5 bytes");
}

TEST_F(CurlTransportTest, HeaderInjectionIsRefused) {
  const auto reply = Exchange(context_, {.url = "http://127.0.0.1:1/", .headers = {{"X", "a\r\nEvil: 1"}}});
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kInvalidInput);
}

TEST_F(CurlTransportTest, RedirectsDropCredentialsForAnotherOrigin) {
  std::string resent;
  ScriptedServer storage([&resent](auto& exchange) {
    resent = exchange.ReadBody();
    exchange.Reply(201, {}, "");
  });
  ScriptedServer server([&storage](auto& exchange) {
    exchange.ReadBody();
    if (exchange.request.target == "/same") return exchange.Reply(307, {{"Location", "/next"}}, "");
    exchange.Reply(307, {{"Location", storage.url("/x?sig=1")}}, "");
  });
  const io::StringSource source("body");
  const Request request{
      .method = "PUT", .url = server.url("/same"), .headers = {{"Authorization", "Bearer secret"}}, .body = &source};
  const auto reply = Exchange(context_, request);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->url, storage.url("/x?sig=1"));
  EXPECT_EQ(resent, "body");
  EXPECT_EQ(server.requests()[1].headers.Find("Authorization"), "Bearer secret");
  EXPECT_EQ(storage.requests()[0].headers.Find("Authorization"), std::nullopt);
}

TEST_F(CurlTransportTest, ASecretBodyStaysOnItsOrigin) {
  ScriptedServer other([](auto& exchange) { exchange.Reply(200, {}, ""); });
  ScriptedServer server([&other](auto& exchange) {
    exchange.ReadBody();
    if (exchange.request.target == "/same") return exchange.Reply(308, {{"Location", "/here"}}, "");
    if (exchange.request.target == "/here") return exchange.Reply(200, {}, "token");
    exchange.Reply(307, {{"Location", other.url("/token")}}, "");
  });
  const io::StringSource source("refresh_token=secret");
  const auto post = [&](absl::string_view path) {
    return Exchange(context_, {.method = "POST", .url = server.url(path), .body = &source, .secret_body = true});
  };
  EXPECT_EQ(post("/same")->body, "token");
  const auto refused = post("/other");
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kRefused);
  EXPECT_EQ(refused.status().message(),
            absl::StrCat("127.0.0.1 sends a credential on to 127.0.0.1:", other.port(), ": refused"));
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(CurlTransportTest, AFailureBehindARedirectNamesWhereItHappened) {
  std::string gone;
  {
    ScriptedServer nobody([](auto&) {});
    gone = nobody.url("/blob?X-Amz-Signature=SECRET");
  }
  ScriptedServer server([&gone](auto& exchange) { exchange.Reply(307, {{"Location", gone}}, ""); });
  const auto reply = Exchange(context_, {.url = server.url("/")});
  EXPECT_EQ(FailureOf(reply.status()), kFailureConnect);
  const std::string expected = absl::StrCat("redirected to ", gone.substr(0, gone.find('=')), "=...: ");
  EXPECT_EQ(reply.status().message().substr(0, expected.size()), expected);
}

TEST_F(CurlTransportTest, RedirectLoopsEndAndBodiesDoNotFollow303) {
  ScriptedServer server([](auto& exchange) {
    exchange.ReadBody();
    exchange.Reply(exchange.request.method == "PUT" ? 303 : 302, {{"Location", "/again"}}, "");
  });
  const auto loop = Exchange(context_, {.url = server.url("/")});
  EXPECT_EQ(ReasonOf(loop.status()), Reason::kRefused);
  EXPECT_EQ(loop.status().message(), "127.0.0.1 redirects more than 5 times");
  const io::StringSource source("body");
  const auto put = Exchange(context_, {.method = "PUT", .url = server.url("/"), .body = &source});
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put->status, 303);
}

TEST_F(CurlTransportTest, ManyThreadsShareTheTransport) {
  ScriptedServer server([](auto& exchange) {
    const std::string body = exchange.ReadBody();
    exchange.Reply(200, {}, body);
  });
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string bytes = absl::StrCat(t, ":", i, Pattern(i * 1000));
        const io::StringSource source(bytes);
        const auto reply =
            Exchange(context_, {.method = "PUT", .url = server.url("/"), .body = &source, .bulk = i % 2 == 0});
        if (reply.ok() && reply->body == bytes) ++good;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 160);
}

TEST_F(CurlTransportTest, BodiesUseTheOpenConnectionsOfHttp11) {
  ScriptedServer server([](auto& exchange) {
    exchange.ReadBody();
    exchange.Reply(200, {}, "");
  });
  const std::string bytes = Pattern(3 << 20);
  const io::StringSource source(bytes);
  const Request body{.method = "PUT", .url = server.url("/b"), .body = &source, .bulk = true};
  ASSERT_TRUE(Exchange(context_, body).ok());
  ASSERT_TRUE(Exchange(context_, {.url = server.url("/a")}).ok());
  EXPECT_EQ(server.connections(), 2);  // nothing was known at first
  ASSERT_TRUE(Exchange(context_, body).ok());
  ASSERT_TRUE(Exchange(context_, {.url = server.url("/a")}).ok());
  EXPECT_EQ(server.connections(), 2);
}

// A body that is all there but for the answer is looked up instead of sent again: its bytes must not be forgotten.
TEST_F(CurlTransportTest, LostAnswerOnAnOpenConnectionTellsWhatWasSent) {
  ScriptedServer server([](auto& exchange) {
    exchange.ReadBody();
    if (exchange.request.target == "/lost") return exchange.Close(false);
    exchange.Reply(200, {}, "");
  });
  const std::string bytes = Pattern(3 << 20);
  const io::StringSource source(bytes);
  for (const bool bulk : {false, true}) {
    ASSERT_TRUE(Exchange(context_, {.method = "PUT", .url = server.url("/"), .body = &source, .bulk = bulk}).ok());
    const auto lost = Exchange(context_, {.method = "PUT", .url = server.url("/lost"), .body = &source, .bulk = bulk});
    EXPECT_EQ(ReasonOf(lost.status()), Reason::kNetwork);
    EXPECT_EQ(MetadataOf(lost.status())[std::string(kSentKey)], absl::StrCat(bytes.size()));
    EXPECT_EQ(lost.status().message(), "the connection broke while a body was on its way");
  }
}

}  // namespace
}  // namespace waybill::oci::http::curl
