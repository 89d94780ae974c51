// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/tags.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/testing/scripted_server.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::transfer {
namespace {

using http::testing::Exchange;

// A registry whose answers a test writes.
class TagsTest : public ::testing::Test {
 protected:
  absl::StatusOr<content::TagList> List(std::function<void(Exchange&)> answer, size_t limit) {
    http::testing::ScriptedServer server(std::move(answer));
    http::curl::CurlTransport transport({});
    testing::FixedCredentials credentials({});
    testing::SimulatedClock clock;
    Host host({.transport = transport, .credentials = credentials, .clock = clock},
              absl::StrCat("127.0.0.1:", server.port()), {});
    Traffic traffic;
    absl::StatusOr<content::TagList> list = Tags(host, "app", traffic).ListTags(Context(), limit);
    requests_ = server.requests();
    return list;
  }

  std::vector<http::testing::ReceivedRequest> requests_;
};

// Two pages; the second is the last.
void AnswerPages(Exchange& exchange) {
  if (absl::StrContains(exchange.request.target, "last=b")) {
    exchange.Reply(200, {}, R"({"name":"app","tags":["c"]})");
  } else {
    exchange.Reply(200, {{"Link", R"(</v2/app/tags/list?n=2&last=b>; rel="next")"}},
                   R"({"name":"app","tags":["b","a"]})");
  }
}

TEST_F(TagsTest, PagesAreReadAsFarAsNeeded) {
  const auto all = List(&AnswerPages, 10);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->tags, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(all->is_cut);
  EXPECT_EQ(requests_.back().target, "/v2/app/tags/list?n=2&last=b");
  const auto some = List(&AnswerPages, 1);
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_EQ(some->tags, std::vector<std::string>{"a"});
  EXPECT_TRUE(some->is_cut);
}

TEST_F(TagsTest, NoTagsAreNull) {
  const auto list = List([](Exchange& exchange) { exchange.Reply(200, {}, R"({"name":"app","tags":null})"); }, 10);
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_TRUE(list->tags.empty());
}

TEST_F(TagsTest, ListsThatAreNone) {
  const auto circle = [](Exchange& exchange) {
    exchange.Reply(200, {{"Link", R"(</v2/app/tags/list?n=1000>; rel="next")"}}, R"({"tags":["a"]})");
  };
  EXPECT_EQ(ReasonOf(List(circle, 10).status()), Reason::kRefused);
  for (const char* body : {"<html>", R"({"tags":[1]})", R"({"tags":[""]})", R"({"tags":"a"})"}) {
    const auto answer = [body](Exchange& exchange) { exchange.Reply(200, {}, body); };
    EXPECT_EQ(ReasonOf(List(answer, 10).status()), Reason::kRefused) << body;
  }
  const auto absent = [](Exchange& exchange) { exchange.Reply(404, {}, R"({"errors":[{"code":"NAME_UNKNOWN"}]})"); };
  EXPECT_EQ(ReasonOf(List(absent, 10).status()), Reason::kNotFound);
}

}  // namespace
}  // namespace waybill::oci::registry::transfer
