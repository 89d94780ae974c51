// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/listener.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "exporter/rpc/listen/limits.h"
#include "gtest/gtest.h"
#include "oci/file/fd.h"

namespace waybill::exporter::rpc::listen {
namespace {

// Ends every call with its name.
class NamedService : public grpc::CallbackGenericService {
 public:
  explicit NamedService(std::string name) : name_(std::move(name)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    class Answer : public grpc::ServerGenericBidiReactor {
     public:
      explicit Answer(const std::string& name) { Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, name)); }
      void OnDone() override { delete this; }
    };
    return new Answer(name_);
  }

 private:
  const std::string name_;
};

class ListenerTest : public ::testing::Test {
 protected:
  ListenerTest() {
    char name[] = "/tmp/waybill-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~ListenerTest() override {
    if (listener_ != nullptr) Stop();
    std::filesystem::remove_all(directory_);
  }

  void Serve(const std::vector<Address>& addresses) {
    auto listener = Listener::Create({.addresses = addresses, .tcp_credentials = grpc::InsecureServerCredentials()});
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    for (NamedService& service : services_) {
      grpc::ServerBuilder builder;
      SetListenerLimits(builder, 64 << 20);
      builder.RegisterCallbackGenericService(&service);
      listener_->Attach(builder);
      servers_.push_back(builder.BuildAndStart());
      ASSERT_NE(servers_.back(), nullptr);
    }
    listener_->Start();
  }
  void Stop() {
    listener_->Stop();
    for (const std::unique_ptr<grpc::Server>& server : servers_) {
      server->Shutdown(std::chrono::system_clock::now());
      server->Wait();
    }
  }
  static std::shared_ptr<grpc::Channel> Connect(const Address& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    return grpc::CreateCustomChannel(address.GrpcTarget(), grpc::InsecureChannelCredentials(), arguments);
  }
  static bool Answers(const Address& address) {
    return Connect(address)->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }

  // The name of the server that answers a call.
  static std::string ServerAt(const Address& address) {
    grpc::ClientContext context;
    grpc::GenericStub stub(Connect(address));
    grpc::CompletionQueue queue;
    const grpc::ByteBuffer request;
    const auto call = stub.PrepareUnaryCall(&context, "/test/Name", request, &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    return status.error_message();
  }

  std::string directory_;
  NamedService services_[3] = {NamedService("first"), NamedService("second"), NamedService("third")};
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<grpc::Server>> servers_;
};

// All file descriptors that the process may have but `count`.
class Exhaustion {
 public:
  explicit Exhaustion(int count) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = kLimit;
    setrlimit(RLIMIT_NOFILE, &low);
    for (oci::file::Fd fd(dup(0)); fd.valid(); fd = oci::file::Fd(dup(0))) fds_.push_back(std::move(fd));
    fds_.resize(fds_.size() - count);
  }
  ~Exhaustion() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  static constexpr rlim_t kLimit = 256;
  rlimit before_ = {};
  std::vector<oci::file::Fd> fds_;
};

TEST_F(ListenerTest, ListensWhereItIsTold) {
  Serve({{Address::Kind::kUnix, directory_ + "/s"}, {Address::Kind::kTcp, "127.0.0.1:0"}});
  const std::vector<Address> addresses = listener_->addresses();
  ASSERT_EQ(addresses.size(), 2u);
  for (const Address& address : addresses) EXPECT_TRUE(Answers(address)) << address.ToString();
  Stop();
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/s"));
  listener_.reset();
}

TEST_F(ListenerTest, ClientsOfSocketsAndOfAddressesHaveServersOfTheirOwn) {
  Serve({{Address::Kind::kUnix, directory_ + "/s"}, {Address::Kind::kTcp, "127.0.0.1:0"}});
  const std::vector<Address> addresses = listener_->addresses();
  EXPECT_EQ(ServerAt(addresses[0]), "first");
  const std::string of_this_address = ServerAt(addresses[1]);
  EXPECT_TRUE(of_this_address == "second" || of_this_address == "third") << of_this_address;
  EXPECT_EQ(ServerAt(addresses[1]), of_this_address);
}

TEST_F(ListenerTest, GoesOnAfterDescriptorsRanOut) {
  Serve({{Address::Kind::kTcp, "127.0.0.1:0"}});
  const Address address = listener_->addresses().front();
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(address.Port(), &port));
  sockaddr_in at = {};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  {
    // One for the client; none is left to accept it with.
    const Exhaustion exhaustion(1);
    const oci::file::Fd client(socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_TRUE(client.valid());
    ASSERT_EQ(connect(client.number(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
    const timeval patience = {.tv_sec = 0, .tv_usec = 300'000};
    ASSERT_EQ(setsockopt(client.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    char byte = 0;
    EXPECT_EQ(recv(client.number(), &byte, 1, 0), -1) << "a server that accepted would send its settings";
  }
  EXPECT_TRUE(Answers(address));
}

}  // namespace
}  // namespace waybill::exporter::rpc::listen
