// SPDX-License-Identifier: Apache-2.0
// oci/http: what a registry answers in headers (challenges, links, locations) is taken apart without trust.
#include <string>

#include "absl/time/time.h"
#include "oci/http/challenge.h"
#include "oci/http/link.h"
#include "oci/http/retry_after.h"
#include "oci/http/url.h"
#include "tools/fuzz/require.h"

namespace http = waybill::oci::http;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(waybill::fuzz::View(data, size));
  for (const http::Challenge& challenge : http::ParseChallenges({text, text})) {
    Require(!challenge.scheme.empty(), "a challenge has a scheme");
  }
  (void)http::NextLink({text});
  const auto wait = http::ParseRetryAfter(text, absl::FromUnixSeconds(1700000000));
  if (wait.has_value()) {
    Require(*wait >= absl::ZeroDuration() && *wait <= http::kMaxRetryAfter, "no server makes us wait for ever");
  }
  const auto url = http::Url::Parse(text);
  if (url.ok()) {
    const auto again = http::Url::Parse(url->ToString());
    Require(again.ok() && again->ToString() == url->ToString(), "a URL survives being printed");
  }
  const auto base = http::Url::Parse("https://registry.example.com/v2/app/blobs/uploads/?state=1");
  Require(base.ok(), "the base is a URL");
  const auto onward = http::ResolveLocation(*base, text);
  if (onward.ok()) {
    Require(onward->scheme() == "https", "an upload does not leave TLS");
    Require(!http::IsPrivateHost(onward->host()), "a public host does not send us to a private one");
    Require(http::Url::Parse(onward->ToString()).ok(), "a resolved URL parses");
  }
  return 0;
}
