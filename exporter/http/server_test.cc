// SPDX-License-Identifier: Apache-2.0
// What the server does for any handler. Its limits are tested with a handler of many answers, in
// exporter/attestations/http/endpoint_test.cc.
#include "exporter/http/server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"

namespace waybill::exporter::http {
namespace {

// Answers /here at once, /fails and /works by a worker.
class Pages : public Handler {
 public:
  std::variant<Answer, Work> Take(const Request& request) override {
    if (request.target == "/here") return Answer{.body = "here"};
    if (request.target == "/fails") {
      return Work([](const oci::Context&, Reply&) { return oci::NotFoundError("no such page"); });
    }
    return Work([](const oci::Context&, Reply& reply) { return reply.Send({.body = "works"}); });
  }
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    char name[] = "/tmp/waybill-XXXXXX";
    path_ = absl::StrCat(mkdtemp(name), "/s");
    auto server =
        Server::Start({.name = "pages", .listen = {{rpc::listen::Address::Kind::kUnix, path_}}, .group = ""}, pages_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~ServerTest() override {
    server_ = nullptr;
    EXPECT_FALSE(std::filesystem::exists(path_));
    std::filesystem::remove(std::filesystem::path(path_).parent_path());
  }

  std::string Ask(const std::string& line) const {
    const oci::file::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(at.sun_path, path_.c_str(), sizeof(at.sun_path) - 1);
    EXPECT_EQ(connect(fd.number(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
    const std::string request = absl::StrCat(line, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(send(fd.number(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::string answer;
    char bytes[1000];
    for (ssize_t got = 1; got > 0;) {
      got = recv(fd.number(), bytes, sizeof(bytes), 0);
      if (got > 0) answer.append(bytes, static_cast<size_t>(got));
    }
    return answer;
  }

  Pages pages_;
  std::string path_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, GivesTheHandlersAnswers) {
  EXPECT_TRUE(absl::EndsWith(Ask("GET /here"), "\r\n\r\nhere"));
  EXPECT_TRUE(absl::EndsWith(Ask("GET /works"), "\r\n\r\nworks"));
  EXPECT_TRUE(absl::EndsWith(Ask("HEAD /works"), "\r\n\r\n"));
  const std::string failed = Ask("GET /fails");
  EXPECT_TRUE(absl::StartsWith(failed, "HTTP/1.1 404 Not Found\r\n")) << failed;
  EXPECT_TRUE(absl::EndsWith(failed, "{\"message\":\"no such page\"}\n")) << failed;
}

}  // namespace
}  // namespace waybill::exporter::http
