// SPDX-License-Identifier: Apache-2.0
#include "oci/http/challenge.h"

#include <string>

#include "gtest/gtest.h"

namespace waybill::oci::http {
namespace {

std::string Show(const std::vector<Challenge>& challenges) {
  std::string text;
  for (const Challenge& challenge : challenges) {
    text += "[" + challenge.scheme;
    for (const auto& [name, value] : challenge.parameters) text += " " + name + "=" + value;
    text += "]";
  }
  return text;
}

struct Row {
  std::vector<std::string> fields;
  const char* expected;
};

TEST(ChallengeTest, Table) {
  const Row kRows[] = {
      {{}, ""},
      {{"Basic"}, "[basic]"},
      {{R"(Basic realm="a b")"}, "[basic realm=a b]"},
      {{R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")"},
       "[bearer realm=https://auth.docker.io/token scope=repository:a/b:pull,push service=registry.docker.io]"},
      {{R"(Basic realm="a", Bearer realm="b",service="c",scope="d,e f")"},
       "[basic realm=a][bearer realm=b scope=d,e f service=c]"},
      {{R"(Basic realm="a")", R"(BEARER Realm = "b" , SERVICE=c)"}, "[basic realm=a][bearer realm=b service=c]"},
      {{"Negotiate, Basic realm=x"}, "[negotiate][basic realm=x]"},
      {{"Negotiate YII/abc==, Bearer realm=\"r\""}, "[negotiate][bearer realm=r]"},
      {{R"(Bearer realm="quo\"te\\d",error=invalid_token)"}, "[bearer error=invalid_token realm=quo\"te\\d]"},
      {{R"(Bearer realm="open)"}, "[bearer]"},
      {{R"(Bearer realm="first",realm="second")"}, "[bearer realm=first]"},
      {{", ,Basic realm=a,,"}, "[basic realm=a]"},
      {{"=bad"}, ""},
      {{"Digest qop=\"auth, auth-int\", nonce=1"}, "[digest nonce=1 qop=auth, auth-int]"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(Show(ParseChallenges(row.fields)), row.expected) << (row.fields.empty() ? "" : row.fields.front());
  }
}

// Every prefix of a valid field is read without going out of bounds or looping.
TEST(ChallengeTest, TruncatedFieldsEnd) {
  const std::string field = R"(Negotiate a==, Bearer realm="x\"y", scope="a,b", Basic realm=z)";
  for (size_t n = 0; n <= field.size(); ++n) EXPECT_LE(ParseChallenges({field.substr(0, n)}).size(), 3u);
}

}  // namespace
}  // namespace waybill::oci::http
