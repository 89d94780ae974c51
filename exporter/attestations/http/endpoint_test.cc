// SPDX-License-Identifier: Apache-2.0
// The endpoint over real sockets, on a layout that this test writes. moby's own client is in
// tools/e2e/audit/endpoint_test.sh.
#include "exporter/attestations/http/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "exporter/attestations/listing.h"
#include "exporter/attestations/policy.h"
#include "exporter/http/server.h"
#include "exporter/rpc/listen/address.h"
#include "gtest/gtest.h"
#include "oci/content/copy_graph.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/testing/files.h"
#include "oci/layout/directory.h"

namespace waybill::exporter::attestations::http {
namespace {

using attest::reader::testing::MemoryPlace;
using exporter::http::Server;

// A client that writes and reads bytes. The kernel ends a read after a minute.
class Client {
 public:
  explicit Client(const rpc::listen::Address& address) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval minute = {.tv_sec = 60, .tv_usec = 0};
    setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.Port(), &port));
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_.number(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
  }
  void Send(absl::string_view bytes) {
    // The server may have closed already: what it said is what counts.
    (void)send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // Until the server closes.
  std::string ReadAll() {
    std::string all;
    while (ReadSome(all)) {
    }
    return all;
  }
  pollfd ToPoll() const { return {.fd = socket_.number(), .events = POLLIN, .revents = 0}; }
  // What has come.
  std::string ReadOnce() {
    std::string some;
    ReadSome(some);
    return some;
  }
  std::string ReadUntil(absl::string_view end) {
    std::string all;
    while (!absl::EndsWith(all, end) && ReadSome(all)) {
    }
    return all;
  }

 private:
  bool ReadSome(std::string& all) {
    char bytes[4096];
    const ssize_t got = recv(socket_.number(), bytes, sizeof(bytes), 0);
    if (got > 0) all.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }
  oci::file::Fd socket_;
};

// allowed/app is a layout of two platforms with one statement each; that of amd64 is no JSON in allowed/bad.
class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = oci::file::testing::NewTempDir();
    WriteLayout("bad",
                R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://spdx.dev/Document"}}],[{"a":1)");
    amd64_ = WriteLayout("app", "").digest.ToString();
    auto policy = Policy::Create({.layouts = {root_}});
    ASSERT_TRUE(policy.ok()) << policy.status();
    lister_ = std::make_unique<Lister>(*std::move(policy), [] { return oci::NotFoundError("no client"); });
    endpoint_ = std::make_unique<Endpoint>(*lister_, "1.2.3");
    Start({});
  }

  void Start(Server::Options options) {
    server_ = nullptr;
    options.listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")};
    auto server = Server::Start(options, *endpoint_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // The descriptor of the statement about amd64. With `instead`, a blob of these bytes is listed for it.
  oci::Descriptor WriteLayout(const std::string& name, const std::string& instead) {
    namespace images = attest::reader::testing;
    MemoryPlace place;
    std::vector<oci::Descriptor> manifests;
    std::vector<oci::Descriptor> statements;
    for (const char* architecture : {"amd64", "arm64"}) {
      const oci::Descriptor image = images::AddImage(place, architecture);
      oci::Descriptor statement = images::AddStatement(place, image, "https://spdx.dev/Document");
      if (!instead.empty()) {
        oci::Descriptor other = place.Add(statement.media_type, instead);
        other.annotations = statement.annotations;
        statement = other;
      }
      manifests.push_back(image);
      manifests.push_back(images::AddAttestation(place, attest::AttestationForm::kArtifact, image, {statement}));
      statements.push_back(statement);
    }
    const oci::Descriptor index = images::AddIndex(place, manifests);
    auto layout = oci::layout::Directory::Open(absl::StrCat(root_, "/", name));
    EXPECT_TRUE(layout.ok()) << layout.status();
    EXPECT_EQ(oci::content::CopyGraph({}, place, **layout, index, {}), absl::OkStatus());
    EXPECT_EQ((*layout)->Tag({}, index, "1"), absl::OkStatus());
    auto bytes = oci::content::VerifiedBytes({}, place, statements.front(), 1 << 20);
    EXPECT_TRUE(bytes.ok());
    statement_ = *bytes;
    return statements.front();
  }

  rpc::listen::Address address() const { return server_->addresses().front(); }
  // The whole answer to a request line with headers.
  std::string Ask(absl::string_view line, absl::string_view headers = "") {
    Client client(address());
    client.Send(absl::StrCat(line, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", headers, "\r\n"));
    return client.ReadAll();
  }
  // Its status and the error in it.
  std::string Refusal(absl::string_view line, absl::string_view headers = "") {
    const std::string answer = Ask(line, headers);
    const size_t message = answer.find("{\"message\":");
    return absl::StrCat(answer.substr(9, 3), " ", message == answer.npos ? "" : answer.substr(message));
  }

  std::string root_;
  std::string statement_;  // of the layout that was written last
  std::string amd64_;      // the digest of the statement about it in app
  std::unique_ptr<Lister> lister_;
  std::unique_ptr<Endpoint> endpoint_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, PingAndVersionOnOneConnection) {
  Client client(address());
  client.Send("HEAD /_ping HTTP/1.1\r\nHost: localhost:80\r\n\r\nGET /_ping HTTP/1.1\r\nHost: [::1]\r\n\r\n");
  const std::string both = client.ReadUntil("\r\n\r\nOK");
  EXPECT_TRUE(absl::StartsWith(both, "HTTP/1.1 200 OK\r\nApi-Version: 1.55\r\nOstype: linux\r\n")) << both;
  EXPECT_EQ(both.find("\r\n\r\nHTTP/1.1 200 OK\r\n"), both.find("\r\n\r\n")) << both;
  client.Send("GET /v1.55/version HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(
      absl::StrContains(client.ReadAll(), R"({"Platform":{"Name":"waybill"},"Version":"1.2.3","ApiVersion":"1.55",)"));
}

TEST_F(ServerTest, ListsByPlatform) {
  const std::string amd64 = Ask("GET /v1.55/images/oci:app/attestations?platform=linux/amd64");
  EXPECT_TRUE(absl::StartsWith(amd64, "HTTP/1.1 200 OK")) << amd64;
  EXPECT_TRUE(absl::StrContains(amd64, absl::StrCat("\"digest\":\"", amd64_, "\""))) << amd64;
  EXPECT_TRUE(absl::StrContains(amd64, "\"PredicateType\":\"https://spdx.dev/Document\",\"Content\":\"statement\""))
      << amd64;
  EXPECT_FALSE(absl::StrContains(amd64, "\"Statement\"")) << amd64;
  EXPECT_FALSE(absl::StrContains(amd64, "arm64")) << amd64;
  const std::string all = Ask("GET /images/oci:app:1/attestations?platform=all");
  EXPECT_TRUE(absl::StrContains(all, "\"architecture\":\"amd64\"") &&
              absl::StrContains(all, "\"architecture\":\"arm64\""));
  EXPECT_TRUE(absl::EndsWith(Ask("GET /images/oci:app/attestations?platform=all&type=vex"), "\r\n\r\n[]\n"));
}

TEST_F(ServerTest, StatementsAreVerbatim) {
  const std::string answer = Ask("GET /images/oci:app/attestations?platform=linux/amd64&statement=1");
  EXPECT_TRUE(absl::StrContains(answer, "Transfer-Encoding: chunked\r\n")) << answer;
  EXPECT_TRUE(absl::StrContains(answer, absl::StrCat("\r\n", absl::Hex(statement_.size()), "\r\n", statement_, "\r\n")))
      << answer;
  EXPECT_TRUE(absl::EndsWith(answer, "3\r\n}]\n\r\n0\r\n\r\n")) << answer;
}

TEST_F(ServerTest, AStatementThatIsNoJsonCannotForgeEntries) {
  EXPECT_TRUE(absl::StrContains(Ask("GET /images/oci:bad/attestations?platform=linux/amd64"), "\"Fault\":"));
  EXPECT_EQ(Refusal("GET /images/oci:bad/attestations?platform=linux/amd64&statement=1").substr(0, 3), "500");
}

TEST_F(ServerTest, ConditionsByDigest) {
  const std::string first = Ask("GET /images/oci:app/attestations?platform=all&statement=1");
  const size_t etag = first.find("ETag: ");
  ASSERT_NE(etag, first.npos) << first;
  const std::string tag = first.substr(etag + 6, first.find("\r\n", etag) - etag - 6);
  const std::string again =
      Ask("GET /images/oci:app/attestations?platform=all&statement=1", absl::StrCat("If-None-Match: ", tag, "\r\n"));
  EXPECT_TRUE(absl::StartsWith(again, "HTTP/1.1 304 ")) << again;
  EXPECT_TRUE(absl::EndsWith(again, "\r\n\r\n")) << again;
  // The list without statements is another.
  EXPECT_TRUE(absl::StartsWith(
      Ask("GET /images/oci:app/attestations?platform=all", absl::StrCat("If-None-Match: ", tag, "\r\n")),
      "HTTP/1.1 200 "));
}

TEST_F(ServerTest, BlobsAndRanges) {
  const std::string path = absl::StrCat("/images/oci:app/attestations/", amd64_);
  const std::string whole = Ask(absl::StrCat("GET ", path));
  EXPECT_TRUE(absl::EndsWith(whole, absl::StrCat("\r\n\r\n", statement_))) << whole;
  EXPECT_TRUE(absl::StrContains(whole, absl::StrCat("Content-Length: ", statement_.size(), "\r\n"))) << whole;
  const std::string part = Ask(absl::StrCat("GET ", path), "Range: bytes=3-6\r\n");
  EXPECT_TRUE(absl::StartsWith(part, "HTTP/1.1 206 ")) << part;
  EXPECT_TRUE(absl::StrContains(part, absl::StrCat("Content-Range: bytes 3-6/", statement_.size(), "\r\n"))) << part;
  EXPECT_TRUE(absl::EndsWith(part, absl::StrCat("\r\n\r\n", statement_.substr(3, 4)))) << part;
  EXPECT_EQ(Refusal(absl::StrCat("GET ", path), "Range: bytes=100000-\r\n").substr(0, 3), "416");
  EXPECT_TRUE(absl::StartsWith(Ask(absl::StrCat("GET ", path), "Range: bytes=3-6\r\nIf-Range: \"other\"\r\n"),
                               "HTTP/1.1 200 "));
  EXPECT_TRUE(absl::EndsWith(Ask(absl::StrCat("HEAD ", path)), "\r\n\r\n"));
  // A blob of the image that is no attestation.
  EXPECT_EQ(Refusal(absl::StrCat("GET /images/oci:app/attestations/sha256:", std::string(64, '0'))).substr(0, 3),
            "404");
}

TEST_F(ServerTest, Refusals) {
  EXPECT_EQ(Refusal("GET /images/oci:none/attestations"), "404 {\"message\":\"no such image: oci:none\"}\n");
  EXPECT_EQ(Refusal("GET /images/oci:app/attestations?platform=linux/s390x").substr(0, 3), "404");
  EXPECT_EQ(Refusal("GET /images/oci:app:2/attestations").substr(0, 3), "404");
  EXPECT_EQ(Refusal("GET /images/oci:/etc/attestations").substr(0, 3), "403");
  EXPECT_EQ(Refusal("GET /images/oci:../x/attestations").substr(0, 3), "403");
  EXPECT_EQ(Refusal("GET /images/alpine/attestations").substr(0, 3), "403");
  EXPECT_EQ(Refusal("GET /images/oci:a%00/attestations").substr(0, 3), "400");
  EXPECT_EQ(Refusal("GET /images/%zz/attestations"),
            "400 {\"message\":\"invalid URL escape in the target of the request\"}\n");
  EXPECT_EQ(Refusal("GET /images/oci:app/attestations?platform={").substr(0, 3), "400");
  EXPECT_EQ(Refusal("GET /images/oci:app/attestations?type=sbomb").substr(0, 3), "400");
  EXPECT_EQ(Refusal("GET /containers/json"), "404 {\"message\":\"page not found\"}\n");
  EXPECT_EQ(Refusal("POST /_ping"), "405 {\"message\":\"method not allowed\"}\n");
  EXPECT_EQ(Refusal("DELETE /images/oci:app/attestations").substr(0, 3), "405");
  EXPECT_EQ(Refusal("GET /_ping", "Content-Length: 5\r\n").substr(0, 3), "413");
  EXPECT_EQ(Refusal("GET /_ping", "Transfer-Encoding: chunked\r\n").substr(0, 3), "413");
}

TEST_F(ServerTest, PathsOfThisProcessStayHere) {
  std::ofstream(root_ + "/file.tar") << std::string(1024, 'x');
  const std::string refusal = Refusal("GET /images/oci-archive:file.tar/attestations");
  EXPECT_FALSE(absl::StrContains(refusal, "/proc/")) << refusal;
  EXPECT_TRUE(absl::StrContains(refusal, "file.tar")) << refusal;
}

// DNS rebinding: a page under its own name asks this machine.
TEST_F(ServerTest, OtherHosts) {
  Client client(address());
  client.Send("GET /_ping HTTP/1.1\r\nHost: evil.example.com:1234\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(absl::StartsWith(client.ReadAll(), "HTTP/1.1 403 "));
}

TEST_F(ServerTest, HeadsThatAreTooLargeOrNone) {
  EXPECT_EQ(Refusal("GET /_ping", absl::StrCat("X: ", std::string(100'000, 'x'), "\r\n")).substr(0, 3), "431");
  EXPECT_EQ(Refusal(absl::StrCat("GET /_ping?", std::string(100'000, 'x'))).substr(0, 3), "431");
  for (const char* bytes :
       {"\r\n\r\n\r\nhello\r\n\r\n", "GET\r\n\r\n", "GET /\x01 HTTP/1.1\r\n\r\n", "GET / HTTP/7\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET / HTTP/1.1\r\nA\x01: b\r\n\r\n"}) {
    Client client(address());
    client.Send(bytes);
    EXPECT_TRUE(absl::StartsWith(client.ReadAll(), "HTTP/1.1 400 ")) << bytes;
  }
}

TEST_F(ServerTest, ASlowHeadIsGivenUp) {
  Start({.limits = {.head = absl::Milliseconds(50)}});
  Client client(address());
  client.Send("GET /_ping HT");
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(ServerTest, IdleConnectionsMakeRoom) {
  Start({.connections = 2});
  Client first(address());
  Client second(address());
  second.Send("GET /_p");
  Client third(address());
  third.Send("GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(absl::EndsWith(third.ReadUntil("OK"), "OK"));
  EXPECT_EQ(first.ReadAll(), "");
}

TEST_F(ServerTest, DrainEndsIdleConnections) {
  Client client(address());
  client.Send("GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.ReadUntil("OK");
  server_->Drain(absl::InfiniteDuration());
  EXPECT_EQ(client.ReadAll(), "");
}

// Gives an answer that is larger than what sockets hold, and tells when it ended.
class Endless final : public Handler {
 public:
  std::variant<Answer, Work> Take(const Request&) override {
    return Work([this](const oci::Context& context, Reply& reply) {
      absl::Status status = reply.Begin({}, std::nullopt);
      const std::string bytes(1 << 20, 'x');
      while (status.ok()) status = reply.Write(bytes);
      ended = status;
      stopped = !context.Check().ok();
      return status;
    });
  }
  absl::Status ended;
  bool stopped = false;
};

TEST_F(ServerTest, AClientThatStopsReadingIsGivenUp) {
  Endless endless;
  const auto listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")};
  auto server = Server::Start({.listen = listen, .limits = {.write = absl::Milliseconds(100)}}, endless);
  ASSERT_TRUE(server.ok()) << server.status();
  Client client((*server)->addresses().front());
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(absl::StartsWith(client.ReadOnce(), "HTTP/1.1 200 "));
  // Ends only because the answer was broken off.
  (*server)->Drain(absl::InfiniteDuration());
  EXPECT_EQ(oci::ReasonOf(endless.ended), oci::Reason::kNetwork);
  EXPECT_FALSE(absl::EndsWith(client.ReadAll(), "\r\n0\r\n\r\n"));
}

TEST_F(ServerTest, OneConnectionTooMany) {
  Endless endless;
  const auto listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")};
  auto server = Server::Start({.listen = listen, .connections = 1}, endless);
  ASSERT_TRUE(server.ok()) << server.status();
  Client first((*server)->addresses().front());
  first.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(absl::StartsWith(first.ReadOnce(), "HTTP/1.1 200 "));
  Client second((*server)->addresses().front());
  EXPECT_TRUE(absl::StartsWith(second.ReadOnce(), "HTTP/1.1 503 "));
}

TEST_F(ServerTest, OneRequestTooMany) {
  Endless endless;
  const auto listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")};
  auto server = Server::Start({.listen = listen, .parallel = 1, .waiting = 1}, endless);
  ASSERT_TRUE(server.ok()) << server.status();
  Client first((*server)->addresses().front());
  first.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(absl::StartsWith(first.ReadOnce(), "HTTP/1.1 200 "));
  // One of these waits for the worker, and the other is refused.
  Client second((*server)->addresses().front());
  Client third((*server)->addresses().front());
  for (Client* client : {&second, &third}) client->Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::vector<pollfd> both = {second.ToPoll(), third.ToPoll()};
  ASSERT_EQ(poll(both.data(), both.size(), 60'000), 1);
  Client& refused = both[0].revents != 0 ? second : third;
  const std::string refusal = refused.ReadOnce();
  EXPECT_TRUE(absl::StartsWith(refusal, "HTTP/1.1 503 ")) << refusal;
  EXPECT_TRUE(absl::StrContains(refusal, "Retry-After: ")) << refusal;
}

TEST_F(ServerTest, AnImpatientDrainBreaksOff) {
  Endless endless;
  const auto listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")};
  auto server = Server::Start({.listen = listen}, endless);
  ASSERT_TRUE(server.ok()) << server.status();
  Client client((*server)->addresses().front());
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(absl::StartsWith(client.ReadOnce(), "HTTP/1.1 200 "));
  (*server)->Drain(absl::ZeroDuration());
  EXPECT_TRUE(endless.stopped);
}

}  // namespace
}  // namespace waybill::exporter::attestations::http
