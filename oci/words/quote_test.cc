// SPDX-License-Identifier: Apache-2.0
#include "oci/words/quote.h"

#include "gtest/gtest.h"
#include "oci/words/secrets.h"

namespace waybill::oci::words {
namespace {

TEST(QuoteTest, EscapesWhatChangesHowTextIsShown) {
  EXPECT_EQ(Escaped("plain \xc3\xa4 \xe5\xb1\x81 \xf0\x9f\x90\xb3 \\"),
            "plain \xc3\xa4 \xe5\xb1\x81 \xf0\x9f\x90\xb3 \\");
  EXPECT_EQ(Escaped("a\x1b[31m\n\x7f"), "a\\x1b[31m\\x0a\\x7f");
  // U+009B is a terminal's CSI; U+202E turns the direction; U+2028 ends a line; U+2066 isolates; U+FEFF has no width.
  EXPECT_EQ(Escaped("\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6\xef\xbb\xbf\xd8\x9c"),
            "\\u009b\\u202e\\u2028\\u2066\\ufeff\\u061c");
  // A lone continuation, an overlong "/", a surrogate, a character cut short.
  EXPECT_EQ(Escaped("\x9b|\xc0\xaf|\xed\xa0\x80|\xe5\xb1"), "\\x9b|\\xc0\\xaf|\\xed\\xa0\\x80|\\xe5\\xb1");
  EXPECT_EQ(Escaped(Escaped("\x1b")), "\\x1b");
}

TEST(QuoteTest, BoundsAtACharacter) {
  EXPECT_EQ(Quoted(std::string(15 << 20, 'x')), std::string(1024, 'x'));
  EXPECT_EQ(Quoted("\xc3\xa4\xc3\xa4", 3), "\xc3\xa4");
  EXPECT_EQ(Quoted(" a\r\nb\t", 9), "a  b");
}

TEST(QuoteTest, LeavesOutHeldSecretsInTheFormsThatPeersSend) {
  {
    HeldSecrets secrets;
    secrets.AddPassword("ann", "s3cret\"/pass");
    secrets.Add("eyJhbGciOiJSUzI1NiJ9.payload.signature");
    secrets.Add("abc");
    // printf 'ann:s3cret"/pass' | base64
    EXPECT_EQ(Quoted("got YW5uOnMzY3JldCIvcGFzcw== and ann:s3cret\"/pass"), "got ...== and ...");
    EXPECT_EQ(Quoted(R"({"detail":"s3cret\"/pass"} password=s3cret%22%2Fpass abc)"),
              R"({"detail":"..."} password=... abc)");
    EXPECT_EQ(Quoted("token eyJhbGciOiJSUzI1NiJ9.payl (cut)"), "token ... (cut)");
  }
  EXPECT_EQ(Quoted("s3cret\"/pass"), "s3cret\"/pass") << "nobody holds it any more";
}

}  // namespace
}  // namespace waybill::oci::words
