// SPDX-License-Identifier: Apache-2.0
// Servers that mean ill: whatever they send without end, the client ends it.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/testing/scripted_server.h"
#include "oci/http/transport.h"

namespace waybill::oci::http::curl {
namespace {

using testing::Exchange;
using testing::ScriptedServer;

// Sends `head`, and `part` until the client has had enough.
absl::StatusOr<Reply> AskOneThatSends(const std::string& head, const std::string& part, int64_t limit) {
  ScriptedServer server([&](Exchange& exchange) {
    exchange.Write(head);
    while (!exchange.closed()) exchange.Write(part);
  });
  CurlTransport transport{CurlTransport::Options{}};
  absl::StatusOr<Response> response = transport.Send(Context(), {.url = server.url("/")});
  if (!response.ok()) return response.status();
  return ReadReply(Context(), *std::move(response), limit);
}

TEST(HostileServerTest, HeadersWithoutEnd) {
  const std::string field = absl::StrCat("X-Filler: ", std::string(1000, 'x'), "\r\n");
  const auto reply = AskOneThatSends("HTTP/1.1 200 X\r\n", field, 1000);
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kNetwork) << reply.status();
}

TEST(HostileServerTest, AFieldWithoutEnd) {
  const auto reply = AskOneThatSends("HTTP/1.1 200 X\r\nX-Filler: ", std::string(1000, 'x'), 1000);
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kNetwork) << reply.status();
}

TEST(HostileServerTest, InterimRepliesWithoutEnd) {
  const auto reply = AskOneThatSends("", "HTTP/1.1 103 Early Hints\r\nLink: <a>; rel=preload\r\n\r\n", 1000);
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kNetwork) << reply.status();
}

TEST(HostileServerTest, BodyWithoutEnd) {
  const std::string chunked = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = absl::StrCat("3e8\r\n", std::string(1000, 'x'), "\r\n");
  const auto reply = AskOneThatSends(chunked, chunk, 5000);
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kRefused);
  EXPECT_EQ(reply.status().message(), "the reply exceeds 5000 bytes");
}

TEST(HostileServerTest, RefusalWithoutEndIsCut) {
  const auto reply = AskOneThatSends("HTTP/1.1 500 X\r\n\r\n", std::string(1000, 'x'), 5000);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 500);
  EXPECT_EQ(reply->body, std::string(5000, 'x'));
}

TEST(HostileServerTest, WhatIsNoHttp) {
  const auto reply = AskOneThatSends("SSH-2.0-OpenSSH\r\n", std::string(1000, 'x'), 5000);
  EXPECT_EQ(ReasonOf(reply.status()), Reason::kNetwork) << reply.status();
}

// Proxies are set with user and password in the URL, by hand.
TEST(ProxySecretsTest, StayOutOfMessages) {
  ScriptedServer refusing([](Exchange& exchange) { exchange.Reply(407, {{"Proxy-Authenticate", "Basic"}}, "who?"); });
  const std::vector<std::string> proxies = {
      "http://user:hunter2@127.0.0.1:1",        "user:hunter2@127.0.0.1:1",
      "http://user:hunter2@proxy.invalid:3128", "http://user:hun/hunter2@127.0.0.1:1",
      "http://user:hun#hunter2@127.0.0.1:1",    "ftp://user:hunter2@127.0.0.1:1",
      "nonsense://user:hunter2@127.0.0.1:1",    "socks5://user:hunter2@127.0.0.1:1",
      "http://user:hunter2@127.0.0.1:port",     absl::StrCat("http://user:hunter2@127.0.0.1:", refusing.port()),
  };
  for (const std::string& proxy : proxies) {
    CurlTransport transport({.proxy = {.http_proxy = proxy, .https_proxy = proxy}});
    for (const std::string url : {"http://registry.example/v2/", "https://registry.example/v2/"}) {
      const absl::Status status = transport.Send(Context(), {.url = url}).status();
      if (status.ok()) continue;  // the proxy's own answer
      EXPECT_EQ(ReasonOf(status), Reason::kNetwork) << status;
      EXPECT_FALSE(absl::StrContains(status.ToString(), "hunter2")) << status;
    }
  }
}

}  // namespace
}  // namespace waybill::oci::http::curl
