// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/splice.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/bridge/session/poller.h"
#include "exporter/bridge/session/slice.h"
#include "exporter/bridge/session/socket_pair.h"

namespace waybill::exporter::bridge::session {
namespace {

// A step that has not come by then never will.
constexpr absl::Duration kLimit = absl::Seconds(60);

TEST(SliceTest, RoundTripAndWhatIsNone) {
  for (const size_t size : {0, 1, 127, 128, 16384, 65536}) {
    const std::string bytes(size, '\xfe');
    EXPECT_EQ(*DecodeSlice(EncodeSlice(grpc::Slice(bytes))), bytes);
  }
  // protoc --encode of {data: "hi"}, and a field that nobody knows before it.
  const grpc::Slice known("\x0a\x02hi");
  EXPECT_EQ(*DecodeSlice(grpc::ByteBuffer(&known, 1)), "hi");
  const grpc::Slice unknown("\x10\x05\x0a\x02hi");
  EXPECT_EQ(*DecodeSlice(grpc::ByteBuffer(&unknown, 1)), "hi");
  const grpc::Slice cut("\x0a\x05hi");
  EXPECT_FALSE(DecodeSlice(grpc::ByteBuffer(&cut, 1)).ok());
}

// The stream's side, step by step: what the splice asked for.
class FakeStream : public SliceStream {
 public:
  void Read() override {
    absl::MutexLock lock(&mutex_);
    ++reads_;
  }
  void Write(const grpc::ByteBuffer& message) override {
    absl::MutexLock lock(&mutex_);
    written_ = *DecodeSlice(message);
    ++writes_;
  }
  void EndWrites() override {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  void AwaitReads(int count) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&] { return reads_ >= count; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&reached), kLimit));
    EXPECT_EQ(reads_, count);
  }
  std::string AwaitWrite(int count) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&] { return writes_ >= count; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&reached), kLimit));
    EXPECT_EQ(writes_, count);
    return written_;
  }
  void AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&ended_), kLimit));
  }

 private:
  absl::Mutex mutex_;
  int reads_ = 0;
  int writes_ = 0;
  bool ended_ = false;
  std::string written_;
};

class Counter : public Splice::Waits {
 public:
  void Take() override {
    absl::MutexLock lock(&mutex_);
    ++count_;
  }
  void Give() override {
    absl::MutexLock lock(&mutex_);
    --count_;
  }
  void AwaitNone() {
    absl::MutexLock lock(&mutex_);
    const auto none = [&] { return count_ == 0; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&none), kLimit));
  }

 private:
  absl::Mutex mutex_;
  int count_ = 0;
};

class SpliceTest : public testing::Test {
 protected:
  SpliceTest() {
    absl::StatusOr<SocketPair> pair = SocketPair::Make();
    peer_ = std::move(pair->grpc_end);
    splice_ = std::make_unique<Splice>(*poller_, std::move(pair->our_end), std::move(pair->our_twin), stream_, waits_);
  }
  ~SpliceTest() override {
    splice_->Shutdown();
    splice_->Detach();
    waits_.AwaitNone();
  }
  // Everything that comes within what was written; the peer's end does not block.
  std::string Receive(size_t size) {
    std::string bytes(size, '\0');
    size_t got = 0;
    while (got < size) {
      pollfd ready{.fd = peer_.number(), .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(kLimit))) <= 0) break;
      const ssize_t count = recv(peer_.number(), bytes.data() + got, size - got, 0);
      if (count <= 0) break;
      got += static_cast<size_t>(count);
    }
    bytes.resize(got);
    return bytes;
  }

  std::unique_ptr<Poller> poller_ = *Poller::New();
  FakeStream stream_;
  Counter waits_;
  oci::file::Fd peer_;
  std::unique_ptr<Splice> splice_;
};

TEST_F(SpliceTest, BytesPassBothWays) {
  splice_->Start();
  stream_.AwaitReads(1);
  splice_->OnRead(true, EncodeSlice(grpc::Slice("to the socket")));
  EXPECT_EQ(Receive(13), "to the socket");
  stream_.AwaitReads(2);

  ASSERT_EQ(send(peer_.number(), "one", 3, 0), 3);
  EXPECT_EQ(stream_.AwaitWrite(1), "one");
  // Nothing more is taken before the message is on its way.
  ASSERT_EQ(send(peer_.number(), "two", 3, 0), 3);
  ASSERT_EQ(send(peer_.number(), "three", 5, 0), 5);
  splice_->OnWritten(true);
  EXPECT_EQ(stream_.AwaitWrite(2), "twothree");
  splice_->OnWritten(true);
}

TEST_F(SpliceTest, ASlowSocketHoldsTheStreamBack) {
  splice_->Start();
  const std::string big(4 << 20, 'x');
  splice_->OnRead(true, EncodeSlice(grpc::Slice(big)));
  stream_.AwaitReads(1);
  EXPECT_TRUE(Receive(big.size()) == big);
  stream_.AwaitReads(2);
}

TEST_F(SpliceTest, TheStreamsEndIsTheSocketsEnd) {
  splice_->Start();
  splice_->OnRead(false, grpc::ByteBuffer());
  EXPECT_EQ(Receive(1), "");
}

TEST_F(SpliceTest, TheSocketsEndIsTheStreamsEnd) {
  splice_->Start();
  peer_ = oci::file::Fd();
  stream_.AwaitEnd();
  // What still comes is dropped, and read on until the stream ends.
  splice_->OnRead(true, EncodeSlice(grpc::Slice("too late")));
  stream_.AwaitReads(2);
}

TEST_F(SpliceTest, DetachedStreamsAreLeftAlone) {
  splice_->Start();
  EXPECT_FALSE(splice_->Detach());
  ASSERT_EQ(send(peer_.number(), "x", 1, 0), 1);
  splice_->OnRead(true, EncodeSlice(grpc::Slice("y")));
  EXPECT_EQ(Receive(1), "y");
  splice_->Shutdown();
  waits_.AwaitNone();
  stream_.AwaitReads(1);
}

}  // namespace
}  // namespace waybill::exporter::bridge::session
