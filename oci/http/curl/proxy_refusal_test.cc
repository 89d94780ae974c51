// SPDX-License-Identifier: Apache-2.0
// A proxy that says no, on the wire.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/testing/scripted_server.h"
#include "oci/http/transport.h"
#include "oci/words/quote.h"

namespace waybill::oci::http::curl {
namespace {

using testing::ScriptedServer;

// By the name of a host that is not looked up: the proxy does that.
TEST(ProxyRefusalTest, ARefusalOfTheProxyIsFinalAndNamesIt) {
  for (const int status : {407, 403, 502}) {
    ScriptedServer proxy([status](auto& exchange) { exchange.Reply(status, {}, ""); });
    const std::string url = absl::StrCat("http://user:secret@127.0.0.1:", proxy.port());
    CurlTransport transport({.proxy = {.http_proxy = url, .https_proxy = url}});
    for (const char* scheme : {"https", "http"}) {
      if (status != 407 && std::string(scheme) == "http") continue;  // the server's, for all that is known
      const absl::Status error =
          transport.Send(Context(), {.url = absl::StrCat(scheme, "://registry.example/v2/")}).status();
      EXPECT_EQ(FailureOf(error), status == 502 ? kFailureConnect : kFailureProxy) << error;
      const std::string expected = absl::StrCat(
          "the proxy http://127.0.0.1:", proxy.port(),
          " does not let us reach registry.example:", std::string(scheme) == "https" ? 443 : 80, ": ", status);
      EXPECT_EQ(error.message().substr(0, expected.size()), expected);
      EXPECT_EQ(error.message().find("secret"), absl::string_view::npos);
      if (status == 403) {
        EXPECT_NE(error.message().find("NO_PROXY=registry.example"), absl::string_view::npos) << error;
      }
    }
  }
}

// A proxy that sends back what it got. libcurl writes the header by itself, so that nothing else has the password.
TEST(ProxyRefusalTest, WhatItSendsBackIsRedacted) {
  ScriptedServer proxy([](auto& exchange) {
    const std::string got = exchange.request.headers.Find("Proxy-Authorization").value_or("nothing");
    exchange.Reply(403, {}, absl::StrCat("you are ", got));
  });
  const std::string url = absl::StrCat("http://user:pr0xy-secret@127.0.0.1:", proxy.port());
  CurlTransport transport({.proxy = {.http_proxy = url, .https_proxy = url}});
  auto response = transport.Send(Context(), {.url = "http://registry.example/v2/"});
  ASSERT_TRUE(response.ok()) << response.status();
  const auto reply = ReadReply(Context(), *std::move(response), 1000);
  ASSERT_TRUE(reply.ok()) << reply.status();
  // "user:pr0xy-secret" by base64(1).
  EXPECT_EQ(reply->body, "you are Basic dXNlcjpwcjB4eS1zZWNyZXQ=");
  EXPECT_EQ(words::Quoted(reply->body), "you are Basic ...=");
}

}  // namespace
}  // namespace waybill::oci::http::curl
