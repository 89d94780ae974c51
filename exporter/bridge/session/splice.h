// SPDX-License-Identifier: Apache-2.0
// Joins a stream of gRPC messages with a socket: message bytes go into the socket, what comes out of it goes into
// messages. Back-pressure both ways: at most one message waits in each direction, the rest in the kernel's buffers.
#ifndef WAYBILL_EXPORTER_BRIDGE_SESSION_SPLICE_H_
#define WAYBILL_EXPORTER_BRIDGE_SESSION_SPLICE_H_

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/session/poller.h"
#include "oci/file/fd.h"

namespace waybill::exporter::bridge::session {

// The stream's side: starts one operation. The answers go to Splice::OnRead and Splice::OnWritten.
class SliceStream {
 public:
  virtual ~SliceStream() = default;
  virtual void Read() = 0;
  virtual void Write(const grpc::ByteBuffer& message) = 0;
  // The socket has ended: nothing more will be written.
  virtual void EndWrites() = 0;
};

// May be destroyed when the stream is over and every wait that was taken has been given back.
class Splice {
 public:
  // Counts what still holds on to the splice. Give may destroy it.
  class Waits {
   public:
    virtual ~Waits() = default;
    virtual void Take() = 0;
    virtual void Give() = 0;
  };

  // `socket` and `twin` are two non-blocking descriptors of one socket.
  Splice(Poller& poller, oci::file::Fd socket, oci::file::Fd twin, SliceStream& stream, Waits& waits);

  // Starts both directions. Once, when the stream takes operations.
  void Start();
  void OnRead(bool ok, const grpc::ByteBuffer& message);
  void OnWritten(bool ok);
  // Ends the socket in both directions; the stream's input is read on and dropped.
  void Shutdown();
  // The stream takes no more operations. True when a write is still on its way.
  bool Detach();

 private:
  // One direction's wait for the socket.
  class Direction : public Waiter {
   public:
    Direction(Splice& splice, void (Splice::*go)()) : splice_(splice), go_(go) {}
    void OnReady() override;

   private:
    Splice& splice_;
    void (Splice::*go_)();
  };

  void Fill();   // message bytes into the socket
  void Drain();  // socket bytes into a message
  void FillLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DrainLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool WaitFor(int fd, Poller::For what, Direction& direction) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Poller& poller_;
  const oci::file::Fd socket_;
  const oci::file::Fd twin_;
  SliceStream& stream_;
  Waits& waits_;
  Direction filling_{*this, &Splice::Fill};
  Direction draining_{*this, &Splice::Drain};

  absl::Mutex mutex_;
  std::string pending_ ABSL_GUARDED_BY(mutex_);
  size_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::ByteBuffer outgoing_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool detached_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::exporter::bridge::session

#endif  // WAYBILL_EXPORTER_BRIDGE_SESSION_SPLICE_H_
