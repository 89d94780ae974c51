// SPDX-License-Identifier: Apache-2.0
// The small parsers and rules: headers, Link, Retry-After, redaction, commit limits.
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "oci/http/headers.h"
#include "oci/http/link.h"
#include "oci/http/redact.h"
#include "oci/http/retry_after.h"
#include "oci/http/transport.h"

namespace waybill::oci::http {
namespace {

TEST(HeadersTest, NamesHaveNoCase) {
  Headers headers{{"Location", "a"}, {"WWW-Authenticate", "x"}, {"www-authenticate", "y"}};
  EXPECT_EQ(headers.Find("LOCATION"), "a");
  EXPECT_EQ(headers.FindAll("Www-Authenticate"), (std::vector<std::string>{"x", "y"}));
  headers.Set("www-AUTHENTICATE", "z");
  EXPECT_EQ(headers.FindAll("WWW-Authenticate"), std::vector<std::string>{"z"});
  headers.Remove("location");
  EXPECT_EQ(headers.Find("Location"), std::nullopt);
}

TEST(LinkTest, FindsNext) {
  EXPECT_EQ(NextLink({R"(</v2/a/tags/list?n=1&last=b>; rel="next")"}), "/v2/a/tags/list?n=1&last=b");
  EXPECT_EQ(NextLink({R"(<p>; rel=prev, <n>; title="x"; rel=NEXT)"}), "n");
  EXPECT_EQ(NextLink({"<a>; rel=\"prev\"", "<b>; rel=\"last next\""}), "b");
  EXPECT_EQ(NextLink({R"(<p>; rel="prev")"}), std::nullopt);
  EXPECT_EQ(NextLink({"<open", "", ">;rel=next", "rel=next"}), std::nullopt);
  EXPECT_EQ(NextLink({"<a>", "<a>; rel=nextish"}), std::nullopt);
}

TEST(RetryAfterTest, SecondsDatesAndNonsense) {
  const absl::Time now = absl::FromUnixSeconds(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(ParseRetryAfter("60", now), absl::Seconds(60));
  EXPECT_EQ(ParseRetryAfter(" 7.9s", now), absl::Seconds(7));
  EXPECT_EQ(ParseRetryAfter("0", now), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter("99999999999999999999999", now), kMaxRetryAfter);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT", now), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("Sunday, 06-Nov-94 08:50:07 GMT", now), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("Sun Nov  6 08:50:07 1994", now), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", now), absl::ZeroDuration());
  for (const char* text : {"", "soon", "-5", "Mon, 99 Foo 2020"}) EXPECT_EQ(ParseRetryAfter(text, now), std::nullopt);
}

TEST(RedactTest, UrlsKeepOnlyProtocolParameters) {
  EXPECT_EQ(RedactUrl("https://u:p@h/x?_state=SECRET&digest=sha256:1&flag#f"),
            "https://h/x?_state=...&digest=sha256:1&...");
  EXPECT_EQ(RedactUrl("https://s3/x?X-Amz-Signature=S"), "https://s3/x?X-Amz-Signature=...");
  EXPECT_EQ(RedactUrl("https://h/a@b"), "https://h/a@b");
  EXPECT_EQ(RedactUrl("https://h/x?SECRET"), "https://h/x?...");
  EXPECT_EQ(RedactUrl("https://h:5000/a@b"), "https://h:5000/a@b");
  EXPECT_EQ(RedactUrl("https://[::1]:5000/a@b"), "https://[::1]:5000/a@b");
}

// Passwords that nobody percent-encoded, as they stand in proxy settings.
TEST(RedactTest, PasswordsThatEndTheAuthorityAreHidden) {
  for (const absl::string_view password : {"p/w", "p?w", "p#w", "p@w", "p:w/"}) {
    EXPECT_EQ(RedactUrl(absl::StrCat("http://user:", password, "@proxy:3128")), "http://proxy:3128") << password;
  }
}

TEST(RedactTest, TextLosesCredentialsAndControlCharacters) {
  EXPECT_EQ(RedactText("see https://h/x?sig=S\nand Authorization: Bearer abc.def, basic Zm9v", 200),
            "see https://h/x?sig=... and Authorization: Bearer ... basic ...");
  EXPECT_EQ(RedactText("no scheme in 'socks5://user:secret@proxy:1080', a://b", 200),
            "no scheme in 'socks5://proxy:1080', a://b");
  EXPECT_EQ(RedactText("abcdef", 3), "abc");
}

TEST(CommitLimitTest, GrowsWithTheBody) {
  EXPECT_EQ(CommitLimit(0, absl::Minutes(2)), absl::Minutes(2));
  EXPECT_EQ(CommitLimit(int64_t{20} << 30, absl::Minutes(2)), absl::Seconds(120 + 1024));
}

}  // namespace
}  // namespace waybill::oci::http
